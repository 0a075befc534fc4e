"""The benchmark of deploying: what is measured is the same schema, and a tool that is not there is shown as such."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import deploying, peers
from bench.peer_runs import Runs, go_through, left_out
from bench.peers import OTHERS, Psql, Stage
from bench.scaled import ONE_MORE, scaled, suffix
from bench.sections import Spread
from bench.yard import Yard, script_of, yard
from infra.checks import check_definition
from infra.ddl.deploy import deploy_plan
from infra.models.definition import Definition
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout

ONCE = define(rollout(1), deployer="deployer")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with yard(tmp_path_factory.mktemp("yard")) as made:
        yield made


@pytest.mark.parametrize("times", [2, 5, 100])
def test_copies_of_the_tables_are_a_definition_without_a_fault(times: int) -> None:
    """Every copy has all that its table has, and refers to its own siblings."""
    made = scaled(ONCE, times)
    assert check_definition(made) == []
    for kind in ("tables", "policies", "indexes", "triggers", "functions", "views", "grants"):
        once, twice, many = (len(getattr(one, kind)) for one in (ONCE, scaled(ONCE, 2), made))
        assert many - once == (times - 1) * (twice - once) > 0
    copy = made.table(f"public.pipeline_metrics{suffix(times)}")
    assert [key.references for key in copy.foreign_keys] == [f"public.creator_profiles{suffix(times)}"]
    assert all(
        f"creator_profiles{suffix(times)}" in (one.using or "") for one in made.policies_of(copy) if one.using != "true"
    )


def test_one_time_is_the_definition_itself() -> None:
    """What is measured at its own size is what is deployed everywhere."""
    assert scaled(ONCE, 1) == ONCE
    assert scaled(ONCE, 1, one_more=True) == Definition.model_validate(
        {name: getattr(ONCE, name) for name in Definition.model_fields} | {"indexes": (*ONCE.indexes, ONE_MORE)}
    )


@pytest.mark.parametrize(
    ("times", "stages"),
    [(2, [Stage.NOTHING]), (1, list(Stage))],
    ids=["from nothing, twice the tables", "all stages"],
)
@pytest.mark.full
def test_ours_and_psql_s_leave_the_same_schema(place: Yard, times: int, stages: list[Stage]) -> None:
    """Side by side are two ways to one database, and no change changes nothing.

    Taken away, the tables are the same, and closed. The script parks them with their indexes and policies; `destroy`
    takes each of those away by itself, before the table.
    """
    schemas: list[dict[Stage, str]] = []
    for tool in (Psql(place, times), deploying.Ours(place, times)):
        place.fresh()
        found = {}
        for stage in stages:
            ended = tool.run(stage)
            assert ended.code == 0, ended.said
            found[stage] = place.schema()
        schemas.append(found)
    psql, ours = schemas
    for found in schemas:
        if removed := found.pop(Stage.REMOVAL, None):
            found[Stage.REMOVAL] = _tables(removed)
            assert "pipeline_archive.creator_profiles" in found[Stage.REMOVAL]
    assert psql == ours
    assert ("creator_profiles_02" in psql[Stage.NOTHING]) is (times > 1)
    assert len(set(psql.values())) == len(set(stages) - {Stage.SAME})


def test_a_tool_that_is_not_there_is_shown_with_the_way_to_get_it(place: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """No figure is made up, and none is missing without a word."""
    monkeypatch.setattr(peers, "which", lambda _program: None)
    ours = Runs(taken={Stage.NOTHING: [5.0]})
    rows = list(deploying.others(place, 1, ours, set(), OTHERS))
    assert [row.against for row in rows] == [kind.name for kind in OTHERS]
    for row, kind in zip(rows, OTHERS, strict=True):
        assert (row.ours, row.theirs) == (Spread.of([5.0]), None)
        assert kind.how in row.why
        assert not row.is_unexplained


def test_a_tool_that_fails_is_shown_in_its_own_words(place: Yard, tmp_path: Path) -> None:
    """A failure stands where its figure would, and ends what depends on it."""

    class Broken(Psql):
        name = "a tool that fails"

        def write(self) -> None:
            self.file("deploy.sql", "SELECT 1;\nSELECT * FROM nowhere;\n")

    del tmp_path
    runs = Runs()
    peer = Broken(place, 1)
    go_through(place, peer, runs)
    assert runs.spread(Stage.NOTHING) is None
    assert "nowhere" in runs.refused[Stage.NOTHING]
    wanted = {("table", "public.a"), ("policy", "public.a.b")}
    row, *rest = deploying.peer_rows(1, Runs(taken={Stage.NOTHING: [1.0]}), peer, runs, wanted)
    assert row.theirs is None
    assert "nowhere" in row.verdict
    assert len(rest) == len(Stage) - 1
    for one in rest:
        assert one.theirs is None
        assert "not tried" in one.verdict
        assert not one.is_unexplained


def test_what_a_tool_leaves_out_is_counted() -> None:
    """Of each kind, and what it leaves open to others."""
    wanted = {("policy", "a"), ("policy", "b"), ("table", "t"), ("grant", "SELECT t to reader")}
    assert left_out(wanted, wanted) == ""
    made = {("policy", "a"), ("table", "t"), ("grant", "SELECT t to anon")}
    said = "makes 0 of 1 grants, 1 of 2 policies; leaves 1 grants that nobody asked for"
    assert left_out(wanted, made) == said


def test_the_floor_s_sql_is_whole() -> None:
    """Each step stands in its own transaction, but for those that may not."""
    lines = script_of(deploy_plan(ONCE))
    assert lines.count("BEGIN") == lines.count("COMMIT") > 0
    inside = False
    for line in lines:
        inside = line == "BEGIN" or (inside and line != "COMMIT")
        assert not (inside and "CONCURRENTLY" in line)


def _tables(dump: str) -> str:
    """Return of a dump what it says of tables, their keys and what is granted on them."""
    entries = re.split(r"\n--\n(?=-- Name: )", dump)
    return "\n".join(
        entry for entry in entries if re.match(r"-- Name: (?!SCHEMA ).*; Type: (TABLE|ACL|.*CONSTRAINT);", entry)
    )
