"""Metrics by month: made with the database and as time goes on, taken away by retention, and back."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import Connection

from infra.ddl.deploy import deploy_script
from infra.ddl.rollback import CONFIRMATION, rollback_scripts
from infra.models.metrics import MetricsSettings
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from tests.clusters import DEPLOYER, Database
from tests.ddl.scripts import catalog_marks, plain, run_script

BY_MONTH: Final = define(rollout(1), deployer=DEPLOYER, metrics=MetricsSettings(partitioned=True, keep_months=12))
SCRIPTS: Final = rollback_scripts(BY_MONTH)
#: The month, the next three, and what takes the rest; the name tells a month from every other.
LEAVES: Final = """
    SELECT n.nspname || '.' || c.relname FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE h.inhparent IN (to_regclass('public.pipeline_metrics'), to_regclass('pipeline_archive.pipeline_metrics'))
       AND c.relkind = 'r' ORDER BY 1
"""
#: Tables in whatever place that hold months and are not closed: row security not forced, or somebody but the owner in.
OPEN: Final = """
    SELECT c.oid::regclass::text FROM pg_class AS c
     WHERE c.relname ~ '^pipeline_metrics_(p[0-9]{8}|default)$' AND c.relkind = 'r'
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND c.relowner = 'pipeline_owner'::regrole
                AND NOT EXISTS (SELECT FROM aclexplode(c.relacl) AS x WHERE x.grantee <> c.relowner))
"""
PLACES: Final = """
    SELECT m.tableoid::regclass::text, count(*) FROM public.pipeline_metrics AS m GROUP BY 1 ORDER BY 1
"""
MAKE: Final = "SELECT pipeline_private.make_months('public.pipeline_metrics', %s, 3)"
RETIRE: Final = "SELECT pipeline_private.retire_months('public.pipeline_metrics', %s, %s, %s)"
ADD: Final = "SELECT pipeline_private.add_month('public.pipeline_metrics', 'pipeline_metrics', %s)"
BACK: Final = "SELECT pipeline_private.return_month('public.pipeline_metrics', %s)"
BACKUP: Final = (
    "INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, details)"
    """ VALUES ('backup', 'a backup', 'Ada', '{"verified": true}')"""
)


@pytest.fixture
def months(database: Database, tmp_path: Path) -> Database:
    run_script(database, deploy_script(BY_MONTH), tmp_path)
    return database


@pytest.fixture
def deployer(months: Database) -> Iterator[Connection]:
    """Whoever deploys, who is no superuser."""
    with months.connect() as connection:
        yield connection


@pytest.fixture
def creator(months: Database) -> uuid.UUID:
    """A profile whose metrics are written; the user is of the same id."""
    return _creator(months)


def _creator(database: Database) -> uuid.UUID:
    user = database.sign_up(f"{uuid.uuid4()}@example.com")
    with database.connect(user="admin") as admin:
        admin.execute("SET session_replication_role = replica")  # whatever the phase lets in
        admin.execute("INSERT INTO public.creator_profiles (id, user_id) VALUES (%s, %s)", [user, user])
    return user


def _measure(database: Database, profile: uuid.UUID, *moments: str) -> None:
    """Write as the service does, through the table."""
    with database.connect(user="admin") as admin:
        admin.execute("SET ROLE service_role")
        for moment in moments:
            admin.execute(
                "INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value,"
                " recorded_at) VALUES (%s, 'quality', 'stage_completion', 1, %s)",
                [profile, moment],
            )


def _value(connection: Connection, query: str, *values: object) -> Any:
    row = connection.execute(query.encode(), values).fetchone()
    return row[0] if row else None


def _leaves(database: Database) -> list[str]:
    with database.connect(user="admin") as admin:
        assert admin.execute(OPEN).fetchall() == []
        return [name for (name,) in admin.execute(LEAVES).fetchall()]


def test_the_scripts_go_there_and_back(months: Database, creator: uuid.UUID, tmp_path: Path) -> None:
    """Made with four months and a leaf for the rest; parked with every row, restored, run twice, and destroyed."""
    _measure(months, creator, "now", "2020-05-05")
    dump, leaves = months.dump(), _leaves(months)
    assert len(leaves) == 5
    run_script(months, deploy_script(BY_MONTH), tmp_path, check=False)
    run_script(months, SCRIPTS["remove.sql"], tmp_path)
    with months.connect(user="admin") as admin:
        assert _value(admin, "SELECT count(*) FROM pipeline_archive.pipeline_metrics") == 2
    assert _leaves(months) == leaves
    run_script(months, SCRIPTS["restore.sql"], tmp_path)
    assert plain(months.dump()) == plain(dump)
    marks = catalog_marks(months)
    run_script(months, SCRIPTS["restore.sql"], tmp_path)
    assert catalog_marks(months) == marks
    with months.connect() as deployer:
        deployer.execute(ADD, ["2020-05-01"])
        assert _value(deployer, RETIRE, "now", 12, "archive") == ["pipeline_metrics_p20200501"]
    told = run_script(months, SCRIPTS["destroy-data.sql"], tmp_path, check=False)
    assert "pipeline_archive.pipeline_metrics_p20200501 |    1" in told.stdout
    run_script(months, SCRIPTS["destroy-data.sql"], tmp_path, "-v", f"confirm={CONFIRMATION}")
    with months.connect(user="admin") as admin:
        assert _value(admin, "SELECT count(*) FROM pg_class WHERE relname ~ '^pipeline_metrics'") == 0


def test_the_month_turns(months: Database, deployer: Connection, creator: uuid.UUID) -> None:
    """Months are made up to three ahead, twice makes nothing, and what came before its month moves into it."""
    deployer.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA pipeline_private GRANT ALL ON TABLES TO anon, authenticated, PUBLIC"
    )
    _measure(months, creator, "2019-12-31 23:59:59.999999+00", "2020-01-01 00:00+00", "2031-02-01 00:00+00")
    first = _leaves(months)
    assert _value(deployer, MAKE, "2031-01-31 23:59:59+00") == [
        "pipeline_metrics_p20191201",
        "pipeline_metrics_p20200101",
        *(f"pipeline_metrics_p2031{number:02}01" for number in (1, 2, 3, 4)),
    ]
    assert len(_leaves(months)) == len(first) + 6
    assert deployer.execute(PLACES).fetchall() == [
        ("pipeline_private.pipeline_metrics_p20191201", 1),
        ("pipeline_private.pipeline_metrics_p20200101", 1),
        ("pipeline_private.pipeline_metrics_p20310201", 1),
    ]
    assert _value(deployer, MAKE, "2031-01-31 23:59:59+00") == []
    # In another time zone the month is the same.
    deployer.execute("SET TimeZone = 'Pacific/Auckland'")
    assert _value(deployer, MAKE, "2031-02-01 00:00:00+00") == ["pipeline_metrics_p20310501"]
    indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'pipeline_private.{}'::regclass AND indisvalid"
    assert {_value(deployer, indexes.format(name.partition(".")[2])) for name in _leaves(months)} == {4}


def test_what_has_expired_goes_to_the_archive_and_can_come_back(
    months: Database, deployer: Connection, creator: uuid.UUID
) -> None:
    """Closed, with its rows and its key: the rows of a user who is deleted go there, too."""
    other = _creator(months)
    _measure(months, creator, "2020-01-15", "2020-02-15")
    _measure(months, other, "2020-01-15")
    assert len(_value(deployer, MAKE, "now")) == 2
    # A month may go when its last moment is two months old, and not a moment before.
    assert _value(deployer, RETIRE, "2020-03-31 23:59:59.999999+00", 2, "archive") == []
    assert _value(deployer, RETIRE, "2020-04-01 00:00+00", 2, "archive") == ["pipeline_metrics_p20200101"]
    assert _value(deployer, RETIRE, "2020-04-01 00:00+00", 2, "archive") == []
    parked = "SELECT count(*) FROM pipeline_archive.pipeline_metrics_p20200101"
    assert _value(deployer, parked) == 2
    assert _value(deployer, "SELECT count(*) FROM public.pipeline_metrics") == 1
    _leaves(months)
    # What comes late for it joins it there.
    _measure(months, other, "2020-01-16")
    _value(deployer, MAKE, "now")
    assert _value(deployer, RETIRE, "2020-04-01 00:00+00", 2, "archive") == ["pipeline_metrics_p20200101"]
    assert _value(deployer, parked) == 3
    with months.connect(user="admin") as admin:
        admin.execute("DELETE FROM auth.users WHERE id = %s", [creator])
    assert _value(deployer, parked) == 2
    _measure(months, other, "2020-01-17")
    assert _value(deployer, BACK, "2020-01-01") == "pipeline_metrics_p20200101"
    assert _value(deployer, "SELECT count(*) FROM public.pipeline_metrics WHERE recorded_at < '2020-02-01'") == 3
    assert "pipeline_private.pipeline_metrics_p20200101" in _leaves(months)
    with months.connect(user="admin") as admin:
        admin.execute("DELETE FROM auth.users WHERE id = %s", [other])
    assert _value(deployer, "SELECT count(*) FROM public.pipeline_metrics") == 0


def test_a_month_is_dropped_once_a_backup_of_it_is_proven(
    months: Database, deployer: Connection, creator: uuid.UUID
) -> None:
    _measure(months, creator, "2020-01-15")
    _value(deployer, MAKE, "now")
    assert _value(deployer, RETIRE, "now", 12, "drop") == []
    deployer.execute(BACKUP.replace("true", "false"))
    assert _value(deployer, RETIRE, "now", 12, "drop") == []
    deployer.execute(BACKUP)
    assert _value(deployer, RETIRE, "now", 12, "drop") == ["pipeline_metrics_p20200101"]
    assert _value(deployer, "SELECT to_regclass('pipeline_archive.pipeline_metrics_p20200101')") is None
    assert _value(deployer, "SELECT count(*) FROM public.pipeline_metrics") == 0
    entry = "SELECT subject || ' ' || to_value FROM pipeline_private.rollout_ledger WHERE event = 'removal'"
    assert _value(deployer, entry) == "pipeline_metrics_p20200101 dropped"


def test_two_at_a_time_make_each_month_once(months: Database, deployer: Connection) -> None:
    def make(_number: int) -> list[str]:
        with months.connect() as connection:
            made: list[str] = _value(connection, MAKE, "2031-01-01")
            return made

    before = len(_leaves(months))
    with ThreadPoolExecutor(3) as pool:
        made = [name for names in pool.map(make, range(3)) for name in names]
    assert sorted(made) == [f"pipeline_metrics_p2031{number:02}01" for number in (1, 2, 3, 4)]
    assert len(_leaves(months)) == before + 4
    assert _value(deployer, MAKE, "2031-01-01") == []


def test_whoever_is_in_the_way_is_not_waited_for(months: Database, deployer: Connection, creator: uuid.UUID) -> None:
    """Behind a transaction that does not end it gives up, with nothing half made; nobody queues behind it for long."""
    before = _leaves(months)
    deployer.execute("SET lock_timeout = '10ms'")
    with months.connect(user="admin") as writer, writer.transaction():
        writer.execute("UPDATE public.creator_profiles SET updated_at = now() WHERE id = %s", [creator])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            _value(deployer, MAKE, "2031-01-01")
    assert _leaves(months) == before
    assert len(_value(deployer, MAKE, "2031-01-01")) == 4


def test_nobody_but_the_deployer_may_call_them(months: Database) -> None:
    for role in ("anon", "authenticated", "service_role"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), months.connect(role) as connection:
            connection.execute("SELECT pipeline_private.keep_metrics()")
