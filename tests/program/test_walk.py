"""The walk: through all five phases and back, by editing one number, with a population that comes and stays."""

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from infra.embedded.engine.engine import Result
from infra.embedded.engine.events import Op
from infra.models.flag import FlagName
from tests.clusters import Database
from tests.program.graph import ROOT
from tests.program.test_on_postgres import done, engine
from tests.program.test_two_engines import Cli
from tests.program.walking import Walk, attestations, config

READY = {FlagName.CREATOR_AGENT_LAUNCH, FlagName.CREATIVE_PIPELINE_FULL}
UPWARDS = (2, 3, 4, 5)
DOWNWARDS = (4, 3, 2, 1)
Up = Callable[[int], None]


def changed(result: Result) -> set[str]:
    """Return the kinds of what a run changed."""
    writes = {Op.CREATE, Op.UPDATE, Op.DELETE, Op.REPLACE}
    return {event.urn.split("::")[2].rpartition(":")[2] for event in result.events if event.op in writes}


def walk(walker: Walk, up: Up, downwards: tuple[int, ...] = DOWNWARDS) -> None:
    """Go up to phase 5 and down to phase 1, and look at everything after each step."""
    up(1)
    walker.is_as_the_table_says(1)
    first = walker.database.dump(), walker.database.roles()
    for number in UPWARDS:
        walker.meet_the_gate(number - 1)
        up(number)
        walker.is_as_the_table_says(number)
        walker.keep(number)
    rows = walker.look()
    assert len(rows["members"]) > 100
    for number in downwards:
        up(number)
        walker.is_as_the_table_says(number)
        assert walker.look() == rows, "going down loses nothing and evicts nobody"
    assert (walker.database.dump(), walker.database.roles()) == first, "the schema is the one of the beginning"
    steps = ("", "1", *map(str, UPWARDS), *map(str, downwards))
    assert walker.phases_in_the_ledger() == list(pairwise(steps))
    assert walker.gates_in_the_ledger() == [(str(number), True) for number in UPWARDS]


def embedded(database: Database, state: Path) -> Up:
    """Return what goes to a phase on the embedded engine, and sees that the next plan is empty."""

    def up(number: int) -> None:
        result = engine(database, state, **config(number)).up()
        made = done(result)
        if Op.CREATE not in made:
            # The provider's own change is what the server's views show of us: the phase is in the name.
            assert changed(result) <= {"Gate", "Rollout", "Grant", "Stack", "rollout"}
        assert done(engine(database, state, **config(number)).preview()) == {Op.SAME}

    return up


@pytest.mark.full
def test_the_walk_on_the_embedded_engine(database18: Database, tmp_path: Path) -> None:
    """Each step changes the gate, the flags and at most one grant; the next plan is empty every time.

    Down it leaps: every single step down is taken in the long round, and by SQL in tests/ddl/test_phases.py.
    """
    walk(Walk(database18), embedded(database18, tmp_path), (3, 1))


@pytest.mark.full
def test_the_walk_on_an_older_server(database15: Database, tmp_path: Path) -> None:
    """The same on PostgreSQL 15."""
    walk(Walk(database15), embedded(database15, tmp_path))


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI")
def test_the_walk_under_pulumis_own_engine(database18: Database, tmp_path: Path) -> None:
    """The same by editing the stack file and `pulumi up`, with nothing of ours in between."""
    cli = Cli(tmp_path, database18)
    cli.make_stack()
    cli.configure(attestations=attestations())

    def up(number: int) -> None:
        cli.configure(phase=number)
        cli.run("up", "-y", "-s", "dev")
        cli.run("preview", "-s", "dev", "--expect-no-changes")

    walk(Walk(database18), up)


@pytest.mark.full
def test_ready_turns_the_last_two_flags_on(database18: Database, tmp_path: Path) -> None:
    """LAUNCH and FULL wait for somebody's word, one after the other."""
    overrides = [
        {"gate": gate, "by": "Ada", "why": "a new environment", "until": "2999-01-01"} for gate in (1, 2, 3, 4)
    ]
    walker = Walk(database18)
    done(engine(database18, tmp_path, **config(5, overrides=overrides)).up())
    walker.is_as_the_table_says(5)
    done(engine(database18, tmp_path, **config(5, ready={"launch": True})).up())
    walker.is_as_the_table_says(5, {FlagName.CREATOR_AGENT_LAUNCH})
    done(engine(database18, tmp_path, **config(5, ready={"launch": True, "full": True})).up())
    walker.is_as_the_table_says(5, READY)


@pytest.mark.full
def test_a_gate_that_is_not_passed_keeps_the_phase_where_it_is(database18: Database, tmp_path: Path) -> None:
    """The preview shows its table and does not fail; `up` refuses, opens nothing, and the attempt is kept.

    Once passed, it stands in between again where the database was rolled back by other means.
    """
    done(engine(database18, tmp_path, **config(1)).up())
    preview = engine(database18, tmp_path, **config(2)).preview()
    done(preview)
    told = "\n".join(event.text for event in preview.events)
    assert "backup-restored" in told
    refused = engine(database18, tmp_path, **config(2)).up()
    assert not refused.ok
    assert any(text.startswith("GATE001 gate 1 backup-restored: ") for text in "\n".join(refused.errors).splitlines())
    walker = Walk(database18)
    walker.is_as_the_table_says(1)
    assert walker.gates_in_the_ledger() == [("2", False)]
    assert engine(database18, tmp_path).outputs()["phase"] == 1, (
        "whoever reads the outputs learns what is, not the wish"
    )
    walker.meet_the_gate(1)
    done(engine(database18, tmp_path, **config(2)).up())
    assert engine(database18, tmp_path).outputs()["phase"] == 2
    walker.is_as_the_table_says(2)
    _rolled_back_by_other_means(walker, tmp_path)


def _rolled_back_by_other_means(walker: Walk, state: Path) -> None:
    """The state says phase 2, the database says 1: the gate is measured once more."""
    script = ROOT / "sql" / "rollback" / "phase-2-to-1.sql"
    walker.database.psql("-v", "by=Ada", "-v", "why=errors", "--file", str(script))
    assert walker.state().phase == 1
    refused = engine(walker.database, state, **config(2, attestations=[])).up()
    assert any("GATE001" in text for text in refused.errors)
    assert walker.state().phase == 1
    done(engine(walker.database, state, **config(2)).up())
    walker.is_as_the_table_says(2)


@pytest.mark.full
def test_skipped_phases_need_an_override_each(database18: Database, tmp_path: Path) -> None:
    """1 to 4: the gate of phase 1 is measured, those of 2 and 3 cannot be."""
    done(engine(database18, tmp_path, **config(1)).up())
    walker = Walk(database18)
    walker.meet_the_gate(1)
    refused = engine(database18, tmp_path, **config(4)).up()
    assert any("GATE002 phases 2, 3 were not passed" in text for text in refused.errors)
    one = {"gate": 2, "by": "Ada", "why": "restored from a backup", "until": "2999-01-01"}
    refused = engine(database18, tmp_path, **config(4, overrides=[one])).up()
    assert any("GATE002 phase 3 was not passed" in text for text in refused.errors)
    walker.is_as_the_table_says(1)
    done(engine(database18, tmp_path, **config(4, overrides=[one, one | {"gate": 3}])).up())
    walker.is_as_the_table_says(4)
