"""How steps, values and counts read; how events become steps."""

import pytest

from infra.cli.engine_events import steps_of
from infra.cli.flow import code_of
from infra.cli.report import Action, Message, Report, Step
from infra.cli.wording import LONGEST, change_line, focus, headline, summary
from infra.embedded.engine.events import Difference, Event, Kind, Op
from infra.embedded.engine.run import INTERRUPTED
from infra.embedded.engine.values import Secret
from infra.provider.handler import UNKNOWN

BASE = "urn:pulumi:dev::creative-pipeline::"
TABLE = f"{BASE}creative-pipeline:components:Database$rollout:postgres:Table::public.t"
COMPONENT = f"{BASE}creative-pipeline:components:Database::database"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Difference("a", "update", 1, 2), "a: 1 → 2"),
        (Difference("a", "update", "x", None), "a: - x"),
        (Difference("a", "add", None, ["x"]), 'a: + ["x"]'),
        (Difference("a", "delete", "x", None), "a: - x"),
        (Difference("a", "update-replace", "x", "y"), "a: x → y (needs a replacement)"),
        (Difference("a", "update", "", "x"), 'a: "" → x'),
        (Difference("a", "update", Secret("hunter2"), Secret("hunter3")), "a: [secret] → [secret]"),
        (Difference("a", "update", "x", UNKNOWN), "a: x → (known after apply)"),
        (Difference("a", "update"), "a"),
        (Difference("a", "update", "one\n  two", "one three"), "a: one two → one three"),
    ],
)
def test_a_change_on_one_line(change: Difference, expected: str) -> None:
    assert change_line(change) == expected


def test_two_long_texts_are_shown_from_where_they_differ() -> None:
    """The beginning of two function bodies says nothing when only their ends differ."""
    before, after = focus("x" * 500 + "old" + "y" * 500, "x" * 500 + "new" + "y" * 500)
    assert before.startswith("…xxxxxxxxxxxxold")
    assert after.startswith("…xxxxxxxxxxxxnew")
    assert len(before) <= LONGEST
    before, after = focus("z" * 100, "z" * 110)
    assert before != after


def test_a_headline_names_what_is_done_to_what() -> None:
    step = Step(TABLE, Op.CREATE)
    assert headline(step, Action.UP, preview=True) == "+ create    Table public.t"
    assert headline(step, Action.UP, preview=False) == "+ created   Table public.t"
    assert headline(Step(TABLE, Op.DELETE), Action.REFRESH, preview=True) == "- gone      Table public.t"
    index = f"{BASE}creative-pipeline:components:Table$rollout:postgres:Index::public.i (retired)"
    assert headline(Step(index, Op.CREATE), Action.UP, preview=False) == "  absent    Index public.i (retired)"
    provider = Step(f"{BASE}pulumi:providers:rollout::rollout", Op.UPDATE)
    assert headline(provider, Action.UP, preview=True) == "~ update    Provider rollout"
    failed = Step(TABLE, Op.CREATE, problem="DB001 …")
    assert headline(failed, Action.UP, preview=False) == "! failed    Table public.t"
    untried = Step(TABLE, Op.CREATE, problem="not tried: x failed")
    assert headline(untried, Action.UP, preview=False) == "! not tried Table public.t"


def test_a_summary_counts_changes_before_what_stays() -> None:
    counts = {Op.SAME: 90, Op.CREATE: 2}
    assert summary(counts, Action.UP, preview=True) == "2 to create, 90 unchanged"
    assert summary(counts, Action.UP, preview=False) == "2 created, 90 unchanged"
    assert summary({Op.UPDATE: 1}, Action.REFRESH, preview=True) == "1 changed by hand"
    assert summary({}, Action.UP, preview=True) == "nothing there"


def test_events_become_steps_with_what_was_said_of_each() -> None:
    difference = (Difference("a", "update", 1, 2),)
    steps, general = steps_of(
        [
            Event(Kind.MESSAGE, text="about the run", severity="warning"),
            Event(Kind.DONE, COMPONENT, op=Op.CREATE),
            Event(Kind.DONE, TABLE, op=Op.REFRESH, text="it was changed outside of this stack"),
            Event(Kind.STARTED, TABLE, op=Op.UPDATE, differences=difference),
            Event(Kind.MESSAGE, TABLE, text="a hazard", severity="warning"),
            Event(Kind.MESSAGE, TABLE, text="a hazard", severity="warning"),
            Event(Kind.MESSAGE, TABLE, text="noise", severity="debug"),
            Event(Kind.DONE, TABLE, op=Op.UPDATE, differences=difference),
        ]
    )
    assert general == (Message("warning", "about the run"),)
    component, table = steps
    assert component.is_structure
    assert (table.op, table.changes, table.kind, table.name) == (Op.UPDATE, difference, "Table", "public.t")
    assert [message.text for message in table.messages] == ["it was changed outside of this stack", "a hazard"]


def test_a_replacement_stays_one_whatever_comes_before_or_after() -> None:
    events = [
        Event(Kind.DONE, TABLE, op=Op.DELETE, text="replaced"),
        Event(Kind.DONE, TABLE, op=Op.REPLACE),
        Event(Kind.DONE, TABLE, op=Op.DELETE, text="replaced"),
    ]
    assert [step.op for step in steps_of(events)[0]] == [Op.REPLACE]
    assert [step.op for step in steps_of(reversed(events))[0]] == [Op.REPLACE]


def test_failures_come_before_what_was_therefore_not_tried() -> None:
    other = f"{TABLE}2"
    events = [
        Event(Kind.SKIPPED, other, text="not tried: public.t failed", severity="warning"),
        Event(Kind.STARTED, TABLE, op=Op.CREATE),
        Event(Kind.FAILED, TABLE, text="DB001 no", severity="error"),
        Event(Kind.FAILED, text="ENG001 the run", severity="error"),
    ]
    steps, general = steps_of(events)
    report = Report(Action.UP, "dev", "embedded", preview=False, steps=steps, messages=general, ok=False)
    assert [problem.text for problem in report.problems] == ["ENG001 the run", "DB001 no", "not tried: public.t failed"]
    assert not report.changes
    assert {step.name: step.op for step in steps}["public.t"] is Op.CREATE
    assert [found["severity"] for found in report.to_json()["diagnostics"]] == ["error", "error", "error"]


def test_one_fault_of_many_resources_is_told_once() -> None:
    """A login that is refused is refused to each of them."""
    events = [Event(Kind.FAILED, f"{TABLE}{n}", op=Op.CREATE, text="DB002 no", severity="error") for n in range(3)]
    steps, general = steps_of([*events, Event(Kind.FAILED, TABLE, op=Op.CREATE, text="DB003 x", severity="error")])
    report = Report(Action.UP, "dev", "embedded", preview=False, steps=steps, messages=general, ok=False)
    assert report.told == ("DB002 no (3 resources)", "DB003 x")
    assert len(report.to_json()["diagnostics"]) == 4


def test_a_cancelled_run_counts_what_it_left_and_has_the_exit_code_of_ctrl_c() -> None:
    texts = [INTERRUPTED] * 2 + ["cancelled"] * 3
    events = [Event(Kind.SKIPPED, f"{TABLE}{n}", text=text, severity="warning") for n, text in enumerate(texts)]
    steps, _ = steps_of(events)
    report = Report(Action.UP, "dev", "embedded", preview=False, steps=steps, ok=False, cancelled=True)
    assert (report.told, report.left) == ((), ("2 were cancelled while under way", "3 were not tried"))
    assert code_of(report, expect_no_changes=True) == 130
