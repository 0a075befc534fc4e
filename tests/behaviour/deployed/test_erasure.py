"""Deleting a user erases what belongs to them, and nothing of anybody else's."""

import uuid
from typing import Final

from psycopg import sql

from infra.pipeline.tables import CREATOR_TABLES
from tests.behaviour.pipelines import Creator, Pipeline
from tests.behaviour.writes import fill

OWN: Final = sql.SQL("SELECT FROM {} WHERE creator_profile_id = %s")


def test_deleting_a_user_erases_everything(pipeline: Pipeline) -> None:
    """The platform's login service deletes the user; it has no right to our tables, and every row goes."""
    others = pipeline.checksums()
    creator = pipeline.sign_up()
    fill(pipeline, creator)
    assert all(total > others[name][0] for name, (total, _) in pipeline.checksums().items())
    delete_user(pipeline, creator.user)
    assert pipeline.checksums() == others


def test_a_deleted_profile_takes_its_rows_along(pipeline: Pipeline, creator: Creator) -> None:
    """Rows of the other six tables are the profile's."""
    fill(pipeline, creator)
    with pipeline.admin() as admin:
        admin.execute("DELETE FROM public.creator_profiles WHERE id = %s", [creator.profile])
        left = sum(
            admin.execute(OWN.format(sql.Identifier("public", table.name)), [creator.profile]).rowcount
            for table in CREATOR_TABLES
        )
    assert left == 0


def test_who_set_a_flag_is_not_erased_silently(pipeline: Pipeline, creator: Creator) -> None:
    """As today, the key of `set_by` keeps a user whose flags stand: the server says so, and nothing is lost."""
    fill(pipeline, creator)
    with pipeline.refused(("23503", "creator_feature_flags_set_by_fkey")):
        delete_user(pipeline, creator.staff)
    delete_user(pipeline, creator.user)
    delete_user(pipeline, creator.staff)


def delete_user(pipeline: Pipeline, user: uuid.UUID) -> None:
    """Delete the user as the platform's login service does, which has no rights to our tables."""
    with pipeline.admin() as admin:
        admin.execute("SET ROLE supabase_auth_admin")
        assert admin.execute("DELETE FROM auth.users WHERE id = %s", [user]).rowcount == 1
