"""The database's own time, and the backup that the ledger tells of."""

import itertools
import threading
from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from infra.errors import RolloutError
from infra.gates import probes
from infra.gates.evaluation import evaluate
from infra.gates.probes import BUDGET, CREATOR_PROBES, SERVICE_PROBES, probe_figures
from infra.gates.report import Outcome
from infra.models.gate import CriterionName as Name
from infra.pipeline.gates import criteria
from tests.gates.ground import NONE, Ground, settings


def test_the_read_queries_are_timed(ground_everywhere: Ground) -> None:
    """Each is run as often as asked, as the service and, once there is one, as a creator; nothing is written."""
    ground = ground_everywhere
    found = probe_figures(ground.session, 3)
    assert found.samples == 3
    assert 0 < found.finite[0] < 10_000
    assert f"of {len(SERVICE_PROBES)} queries" in found.detail
    ground.creator()
    assert f"of {len(SERVICE_PROBES) + len(CREATOR_PROBES)} queries" in probe_figures(ground.session, 2).detail
    assert ground.row(Name.DATABASE_LATENCY).outcome is Outcome.PASSED
    slow = settings(criteria={"database-latency": {"threshold": 0.0001}})
    row = ground.row(Name.DATABASE_LATENCY, slow)
    assert (row.outcome, row.samples) == (Outcome.FAILED, 20)
    assert " ms is not < 0.0001 ms; 20 samples; the slowest of 5 queries is " in row.why


def test_a_probe_is_repeated_for_its_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many runs a stack file asks for, and however little of the time is the server's own."""
    plan = [{"QUERY PLAN": [{"Planning Time": 0.0, "Execution Time": 0.0}]}]
    ticks = itertools.count(0.0, 1.0)
    monkeypatch.setattr(probes, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    session: Any = SimpleNamespace(query=lambda *_: plan, one=lambda *_: None, transaction=nullcontext)
    found = probe_figures(session, 1_000_000)
    assert found.samples == BUDGET + 1


def test_a_table_that_stays_locked_leaves_the_time_open(ground: Ground) -> None:
    """A gate does not queue behind somebody's migration for long, and does not call that a slow database."""
    with ground.database.connect(user="admin") as other, other.transaction():
        other.execute("LOCK TABLE public.pipeline_metrics")
        row = ground.row(Name.DATABASE_LATENCY)
    assert row.outcome is Outcome.INCONCLUSIVE
    assert row.why.startswith("DB004")


def test_a_cancel_ends_the_measuring(ground: Ground) -> None:
    """It is no figure of any criterion."""
    with ground.database.connect(user="admin") as other, other.transaction():
        other.execute("LOCK TABLE public.pipeline_metrics")
        timer = threading.Timer(0.3, ground.session.cancel)
        timer.start()
        with pytest.raises(RolloutError, match="PRV004"):
            evaluate(ground.session, 1, NONE, ground.now)
        timer.join()


def test_a_verified_backup_within_the_window(ground: Ground) -> None:
    """A backup that nobody restored is none, and an old one is none either."""
    name = Name.BACKUP_RESTORED
    assert ground.row(name).why == "no data; in 1d"
    ground.ledger("backup", details={"verified": False})
    assert (ground.row(name).outcome, ground.row(name).why) == (
        Outcome.FAILED,
        "0 backups is not ≥ 1 backups; 1 sample; in 1d, none is verified",
    )
    ground.ledger("backup", details={"verified": "true"})
    assert ground.row(name).outcome is Outcome.FAILED
    ground.ledger("backup", details={"verified": True})
    row = ground.row(name)
    assert row.outcome is Outcome.PASSED
    assert row.why.startswith("1 backups; 3 samples; in 1d, verified last at 20")
    ground.now += timedelta(days=2)
    assert (ground.row(name).outcome, ground.row(name).why[:24]) == (Outcome.INCONCLUSIVE, "no data; in 1d, verified")
    assert ground.row(name, settings(criteria={"backup-restored": {"window": "7d"}})).outcome is Outcome.PASSED


def test_a_whole_gate(ground: Ground) -> None:
    """Every criterion has its row in the guide's order, and everything that is kept is plain."""
    for gate in range(1, 6):
        report = evaluate(ground.session, gate, NONE, ground.now)
        assert [row.criterion for row in report.rows] == [found.name for found in criteria(gate)]
        assert all(row.why and "\n" not in row.why for row in report.rows)
        assert not report.verdict.opens
        assert report.evidence()["gate"] == gate
        assert len(report.lines()) == len(report.rows) + 1
