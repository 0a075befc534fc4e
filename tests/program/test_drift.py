"""What is changed by hand on each kind of object shows in a preview and is repaired by `up`."""

import re
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.engine.engine import Result
from infra.embedded.engine.events import Op
from tests.clusters import Database
from tests.program.test_on_postgres import done, engine

#: Changes by hand to each kind, some of which take an object away: the resource that must show it, and the statement.
BY_HAND = (
    ("Role::pipeline_monitor", "ALTER ROLE pipeline_monitor CONNECTION LIMIT 3"),
    ("Setting::role:pipeline_monitor:statement_timeout", "ALTER ROLE pipeline_monitor SET statement_timeout = '1h'"),
    ("Setting::role:pipeline_service:statement_timeout", "ALTER ROLE pipeline_service RESET statement_timeout"),
    ("Grant::schema:pipeline_private", "GRANT USAGE ON SCHEMA pipeline_private TO anon"),
    ("Table::public.creator_profiles", "ALTER TABLE public.creator_profiles NO FORCE ROW LEVEL SECURITY"),
    ("Table::public.assessment_scores", "ALTER TABLE public.assessment_scores ALTER max_score DROP DEFAULT"),
    (
        "Table::public.pipeline_sessions",
        "ALTER TABLE public.pipeline_sessions DROP CONSTRAINT pipeline_sessions_stage_check",
    ),
    (
        "Policy::public.creator_profiles.creator_update",
        "ALTER POLICY creator_update ON public.creator_profiles USING (true)",
    ),
    (
        "Policy::public.pipeline_metrics.creator_select",
        "DROP POLICY creator_select ON public.pipeline_metrics",
    ),
    ("Index::public.pipeline_sessions_stage_idx", "DROP INDEX public.pipeline_sessions_stage_idx"),
    (
        "Index::public.creator_profiles_user_id_idx (retired)",
        "CREATE INDEX again ON public.creator_profiles (user_id)",
    ),
    (
        "View::public.creator_pipeline_overview",
        "ALTER VIEW public.creator_pipeline_overview SET (security_invoker = false)",
    ),
    (
        "Function::public.get_creator_pipeline_status(uuid)",
        "ALTER FUNCTION public.get_creator_pipeline_status(uuid) SECURITY DEFINER",
    ),
    (
        "Trigger::public.creator_profiles.creator_profiles_touch_updated_at",
        "ALTER TABLE public.creator_profiles DISABLE TRIGGER creator_profiles_touch_updated_at",
    ),
    ("Grant::relation:public.creator_economics", "GRANT TRUNCATE ON public.creator_economics TO authenticated"),
    (
        "Grant::relation:public.creator_feature_flags",
        "CREATE POLICY open_door ON public.creator_feature_flags FOR ALL TO authenticated USING (true)",
    ),
    ("Rollout::rollout", "UPDATE pipeline_private.feature_flags SET enabled = true"),
    (
        "Grant::function:public.get_creator_pipeline_status(uuid)",
        "GRANT EXECUTE ON FUNCTION public.get_creator_pipeline_status(uuid) TO PUBLIC",
    ),
)


def roles(database: Database) -> list[dict[str, Any]]:
    """Return the roles, their settings in one order: one that was reset and set again stands last on the server."""
    return [
        role | {"settings": {key: sorted(found) for key, found in role["settings"].items()}}
        for role in database.roles()
    ]


def schema(database: Database) -> str:
    """Return the schema, with each policy's roles in one order: a dump has them as the roles lie in their catalog."""
    return re.sub(r"(?<= TO )[\w, ]+(?= USING| WITH)", lambda found: _sorted(found[0]), database.dump())


def _sorted(names: str) -> str:
    return ", ".join(sorted(names.split(", ")))


def changed(result: Result) -> set[str]:
    """Return the resources that a run changes, as ``Kind::name``."""
    touched = {event.urn for event in result.events if event.op in {Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE}}
    return {_short(urn) for urn in touched if ":rollout:" in urn or "$rollout:" in urn}


def _short(urn: str) -> str:
    kind, _, name = urn.partition("::")[2].partition("::")[2].partition("::")
    return f"{kind.rpartition(':')[2]}::{name}"


@pytest.mark.full
def test_drift_of_each_kind_shows_and_is_repaired(database: Database, tmp_path: Path) -> None:
    """The preview names exactly what was touched by hand; one `up` leaves the schema as it was and nothing to do."""
    done(engine(database, tmp_path).up())
    before = schema(database), roles(database)
    with database.connect(user="admin") as admin:
        for _, statement in BY_HAND:
            admin.execute(statement)
    preview = engine(database, tmp_path).preview()
    assert changed(preview) == {resource for resource, _ in BY_HAND} | {
        # A policy that is gone or new also shows in the grants of its table, which close the set of policies.
        "Grant::relation:public.pipeline_metrics"
    }
    done(engine(database, tmp_path).up())
    assert done(engine(database, tmp_path).preview()) == {Op.SAME}
    assert (schema(database), roles(database)) == before
