"""The months of the metrics through their handler: what is missing is a difference, and is made."""

from typing import Final

import pytest

from infra.ddl.deploy import deploy_plan
from infra.models.access import Access, Operation
from infra.models.metrics import MetricsSettings
from infra.pipeline.definition import define
from infra.pipeline.names import ARCHIVE, PRIVATE
from infra.pipeline.phases import rollout
from infra.preview.items import Action
from infra.preview.planning import plan_items, survey
from infra.verify.proof import definition_in, prove
from tests.provider.kinds.bench import Bench

BY_MONTH: Final = define(rollout(1), deployer="deployer", metrics=MetricsSettings(partitioned=True, keep_months=12))
(MONTHS,) = BY_MONTH.partitions
LAST: Final = (
    "SELECT c.oid::regclass::text FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid"
    " WHERE h.inhparent = 'public.pipeline_metrics'::regclass AND c.relname ~ '_p[0-9]+$' ORDER BY 1 DESC LIMIT 1"
)


@pytest.fixture
def monthly(bench: Bench) -> Bench:
    bench.workspace.change(deploy_plan(BY_MONTH), lambda _text: None)
    return bench


def test_a_preview_shows_them_before_anything_stands_and_once_one_is_missing(bench: Bench) -> None:
    """With the way back of each, which is none of the months' own."""
    items = {item.kind: item for item in plan_items(bench.workspace, BY_MONTH, {})}
    months = items["Partitions"]
    assert (months.action, [step.summary for step in months.steps]) == (
        Action.CREATE,
        ["make the months up to 3 ahead"],
    )
    assert months.back == ()
    bench.workspace.change(deploy_plan(BY_MONTH), lambda _text: None)
    ((last,),) = bench.rows(LAST)
    bench.run(f"DROP TABLE {last}")
    found = survey(bench.workspace, BY_MONTH, {"Partitions": [MONTHS.dump()]})
    (item,) = [item for item in found.items if item.kind == "Partitions"]
    assert [(change.path, change.before, change.after) for change in item.changes] == [("ahead", 2, 3)]
    assert "2 months stand ahead, and 3 should" in "".join(one.sentence for one in found.drift)


def _exposed(monthly: Bench) -> list[str]:
    """Return what the proof of row security finds, the bench's own grants on schemas apart."""
    session = monthly.workspace.session
    report = prove(session, definition_in(session, Access.SERVICE), Access.SERVICE)
    return [finding.sentence for finding in report.findings if "on schema" not in finding.sentence]


def test_what_is_missing_is_a_difference_until_it_is_made(monthly: Bench) -> None:
    """Somebody's month more is none; one that was dropped, or has expired, is."""
    assert monthly.drift(MONTHS) == []
    start = monthly.mark()
    monthly.create(MONTHS)
    assert monthly.logged(start) == []
    monthly.run("SELECT pipeline_private.add_month('public.pipeline_metrics', 'pipeline_metrics', '2099-01-01')")
    assert monthly.drift(MONTHS) == []
    monthly.run("DROP TABLE pipeline_private.pipeline_metrics_p20990101")
    ((last,),) = monthly.rows(LAST)
    monthly.run(f"DROP TABLE {last}")
    assert monthly.drift(MONTHS) == ["ahead"]
    monthly.create(MONTHS, preview=True)
    assert monthly.drift(MONTHS) == ["ahead"]
    monthly.update(MONTHS, MONTHS)
    assert monthly.drift(MONTHS) == []
    assert monthly.rows(LAST) == [(last,)]
    monthly.run("SELECT pipeline_private.add_month('public.pipeline_metrics', 'pipeline_metrics', '2020-01-01')")
    assert monthly.drift(MONTHS) == ["keepMonths"]
    monthly.update(MONTHS, MONTHS)
    assert monthly.drift(MONTHS) == []
    assert monthly.rows("SELECT to_regclass('pipeline_archive.pipeline_metrics_p20200101') IS NOT NULL") == [(True,)]
    # What somebody opens is closed again, in the archive too.
    for leaf in (f"{PRIVATE}.pipeline_metrics_default", f"{ARCHIVE}.pipeline_metrics_p20200101"):
        monthly.run(f"ALTER TABLE {leaf} DISABLE ROW LEVEL SECURITY", f"GRANT SELECT ON {leaf} TO anon, PUBLIC")
        assert monthly.drift(MONTHS) == ["closed"]
        assert _exposed(monthly) == [
            f"{leaf}, a part of public.pipeline_metrics, can be reached by itself by anon, everybody"
        ]
        monthly.update(MONTHS, MONTHS)
        assert monthly.drift(MONTHS) == []
    assert _exposed(monthly) == []
    # As pg_partman makes one: in `public`, where the platform's default privileges open it to everybody.
    monthly.run(
        "CREATE TABLE public.pipeline_metrics_p2099_01 PARTITION OF public.pipeline_metrics"
        " FOR VALUES FROM ('2099-01-01 00:00+00') TO ('2099-02-01 00:00+00')"
    )
    assert monthly.drift(MONTHS) == ["closed"]
    monthly.update(MONTHS, MONTHS)
    assert _exposed(monthly) == []
    session = monthly.workspace.session
    whole = prove(session, definition_in(session, Access.SERVICE), Access.SERVICE, gently=False)
    assert [str(result.cell) for result in whole.differing if result.cell.operation is Operation.REFERENCES] == []
    monthly.delete(MONTHS)
    assert monthly.drift(MONTHS) == []
