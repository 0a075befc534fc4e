"""The rollup of the metrics from the command line: computed, told, and what `doctor` says of it."""

from infra.database.session import open_session
from infra.doctor.rollup import rollup_checks
from infra.preflight.report import Outcome
from tests.cli.commands import Project
from tests.cli.on_server import document, on_server, run
from tests.clusters import Database
from tests.database.entering import enter

_ROWS = """
INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
SELECT p.id, 'quality', 'readiness_score', n, now() - interval '1 hour' * n
  FROM public.creator_profiles AS p, generate_series(2, 30) AS n
"""


def _doctor(database: Database) -> list[Outcome]:
    with open_session(database.deployer, application_name="test") as session:
        return [check.outcome for check in rollup_checks(session)]


def test_the_rollup_is_computed_whole(project: Project, database18: Database) -> None:
    """It computes what is over, and once more nothing; `doctor` warns before, and is content after."""
    on_server(project, database18, phase=2)
    enter(database18, 2)
    assert _doctor(database18) == [Outcome.WARNED]
    user = database18.sign_up("one@example.org")
    with database18.connect(user="admin") as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("INSERT INTO public.creator_profiles (user_id) VALUES (%s)", [user])
        connection.execute("SET session_replication_role = origin")
        connection.execute(_ROWS.encode())
    done = document(project, "metrics", "refresh")
    assert (done["ok"], done["hours"], done["stale"]) == (True, 29, 0)
    assert _doctor(database18) == [Outcome.PASSED]
    again = run(project, "metrics", "refresh")
    assert again.out.startswith("0 hours computed; the rollup holds up to 2")


def test_without_a_rollup_it_says_what_to_do(project: Project, database18: Database) -> None:
    """A database of before has none: gates and `doctor` do without, and the command names the way to it."""
    on_server(project, database18, phase=2)
    enter(database18, 2)
    with database18.connect(user="admin") as connection:
        connection.execute("DROP FUNCTION pipeline_private.metrics_between")
    done = run(project, "metrics", "refresh")
    assert (done.code, "the rollup of the metrics is not there" in done.err) == (1, True)
    assert _doctor(database18) == []
    assert "no data" in run(project, "gate", "--gate", "3").out
