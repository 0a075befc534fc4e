"""What would be done to each object, with its locks, its hazards, its way back, and who may do what afterwards."""

from collections.abc import Callable
from typing import Final

import pytest

from infra.cli.output import Output
from infra.cli.preview_data import show
from infra.ddl.statement import Hazard, Lock
from infra.models.definition import Definition
from infra.preview.access import access_differences
from infra.preview.difference import Difference
from infra.preview.hazards import hazard_notes
from infra.preview.items import Action, Item
from infra.preview.objects import planned_object
from infra.preview.planning import plan_items, survey
from infra.preview.sizes import read_sizes
from tests.preview.ground import Ground, added, changed, state_of, without
from tests.preview.hazards import INDEX, METRICS, PROFILES, checked, granted, retyped

#: As sentences have them.
PROFILE_TABLE: Final = "creator_profiles"
METRIC_TABLE: Final = "pipeline_metrics"
#: As the server spells it: nothing is declared any more that it could be compared with.
OWN: Final = "((user_id = ( SELECT auth.uid() AS uid)))"


def only(items: tuple[Item, ...]) -> Item:
    (item,) = items
    return item


def test_nothing_to_do(ground: Ground) -> None:
    assert ground.plan() == ()
    assert ground.sentences() == []


CASES: Final[
    dict[str, tuple[Callable[[Definition], Definition], str, Action, set[Hazard], tuple[str, bool] | None]]
] = {
    "a dropped policy": (
        lambda d: without(d, "policies", f"{PROFILES}.monitor_select"),
        "Policy",
        Action.REMOVE,
        {Hazard.ACCESS_NARROWED, Hazard.EXCLUSIVE_LOCK},
        (f"policy monitor_select on {PROFILE_TABLE} decides no longer for pipeline_monitor (select)", False),
    ),
    "a dropped WITH CHECK": (
        lambda d: changed(d, "policies", f"{PROFILES}.creator_update", check=None),
        "Policy",
        Action.CHANGE,
        {Hazard.ACCESS_WIDENED, Hazard.CORRECTNESS, Hazard.EXCLUSIVE_LOCK},
        (
            f"policy creator_update on {PROFILE_TABLE} has no WITH CHECK any more; it was {OWN}",
            True,
        ),
    ),
    "a grant to anon": (
        lambda d: granted(d, "anon", "select"),
        "Grant",
        Action.CHANGE,
        {Hazard.ACCESS_WIDENED},
        (f"anon may now select {PROFILE_TABLE}", True),
    ),
    "a column more": (
        lambda d: granted(d, "pipeline_monitor", "update", ("readiness_score",)),
        "Grant",
        Action.CHANGE,
        {Hazard.ACCESS_WIDENED},
        (f"pipeline_monitor may now update {PROFILE_TABLE}.readiness_score", True),
    ),
    "an index": (
        lambda d: added(d, "indexes", INDEX),
        "Index",
        Action.CREATE,
        {Hazard.INDEX_BUILD},
        None,
    ),
    "an index less": (
        lambda d: without(d, "indexes", "public.pipeline_metrics_recorded_at_idx"),
        "Index",
        Action.REMOVE,
        {Hazard.INDEX_DROPPED},
        None,
    ),
    "a check": (checked, "Table", Action.CHANGE, {Hazard.CORRECTNESS, Hazard.EXCLUSIVE_LOCK}, None),
    "the view with its owner's rights": (
        lambda d: changed(d, "views", "public.creator_pipeline_overview", security_invoker=False),
        "View",
        Action.CHANGE,
        {Hazard.ACCESS_WIDENED, Hazard.EXCLUSIVE_LOCK},
        ("view creator_pipeline_overview shows rows with its owner's rights", True),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_change(ground: Ground, case: str) -> None:
    """One object, its hazards, what it means for access, and a way back that leads to an empty plan again."""
    change, kind, action, hazards, sentence = CASES[case]
    definition = change(ground.definition)
    found = [item for item in ground.plan(definition) if item.kind == kind]
    item = only(tuple(found))
    assert (item.action, set(item.hazards)) == (action, hazards)
    assert item.is_reversible
    if sentence is not None:
        assert sentence in ground.sentences(definition)
    for each in ground.plan(definition):
        for step in each.steps:
            ground.workspace.change((step,), lambda _text: None)
    ground.workspace.record.reread()
    for each in reversed(ground_items(ground, definition, item)):
        ground.take_back(each)
    assert ground.plan() == ()


def ground_items(ground: Ground, definition: Definition, item: Item) -> list[Item]:
    """Return the items whose way back is taken: what was planned, once it stands there is nothing more to do."""
    assert plan_items(ground.workspace, definition, state_of(definition)) == ()
    return [item]


def test_a_wider_type_has_no_way_back_of_its_own(ground: Ground) -> None:
    """Narrowing could lose digits: nothing of ours would do it."""
    item = only(ground.plan(retyped(ground.definition, "numeric(12,2)")))
    assert (item.kind, item.action, item.hazards) == ("Table", Action.CHANGE, (Hazard.EXCLUSIVE_LOCK,))
    assert item.back == ()
    assert not item.is_reversible


def test_what_was_done_by_hand(ground: Ground) -> None:
    """A grant to anon beside what is declared is taken away, and shows as such."""
    ground.run(f"GRANT SELECT ON {PROFILES} TO anon", f"ALTER TABLE {METRICS} NO FORCE ROW LEVEL SECURITY")
    assert {item.kind for item in ground.plan()} == {"Grant", "Table"}
    assert (f"anon may no longer select {PROFILE_TABLE}", False) in ground.sentences()
    assert (f"row security on {METRIC_TABLE} is forced now, not enabled", False) in ground.sentences()


def test_what_was_changed_since(ground: Ground) -> None:
    """It is drift, with the sentences that `rollout drift` has."""
    ground.run(f"GRANT SELECT ON {PROFILES} TO anon")
    found = survey(ground.workspace, ground.definition, state_of(ground.definition)).drift
    assert [(one.sentence, one.weakened) for one in found] == [(f"SELECT on {PROFILES} was granted to anon", True)]
    # What is to change besides makes no drift of its own.
    other = retyped(ground.definition, "numeric(12,2)")
    assert survey(ground.workspace, other, state_of(ground.definition)).drift == found


def test_sizes_and_document(ground: Ground) -> None:
    """Locks come with the size of what they lock; SQL stands beside the SQL that takes it back."""
    definition = retyped(ground.definition, "numeric(12,2)")
    items = ground.plan(definition)
    sizes = read_sizes(ground.workspace.session, items)
    planned = planned_object(only(items), sizes)
    (lock,) = planned.steps[0].locks
    assert (lock.lock, lock.relation) == (Lock.ACCESS_EXCLUSIVE.value, METRICS)
    assert lock.bytes > 0
    assert "numeric(12,2)" in planned.steps[0].sql[0]
    assert [change.model_dump() for change in planned.changes] == [
        {"path": "columns[metric_value].type", "before": "numeric(10,2)", "after": "numeric(12,2)"}
    ]
    (note,) = hazard_notes(items, sizes)
    assert (note.code, note.object) == ("EXCLUSIVE_LOCK", f"table {METRICS}")
    assert note.summary.startswith(f"AccessExclusiveLock on {METRICS} (")
    assert note.summary.endswith("readers and writers wait while it is taken")


def test_what_a_terminal_shows(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """Sentences with a sign, what widens first, and then where each hazard is; many of them are counted."""
    definition = granted(ground.definition, "anon", "select")
    items = ground.plan(definition)
    differences = access_differences(items)
    show(items, differences, Output(as_json=False))
    page = "(docs/hazards/access_widened.md)"
    wider = f"! ACCESS_WIDENED: grant relation:{PROFILES} {page}"
    assert capsys.readouterr().out.splitlines() == [f"+ anon may now select {PROFILE_TABLE}", wider]
    many = tuple(Difference(f"{number}", widens=number < 40) for number in range(50))
    show(items * 7, many, Output(as_json=False))
    shown = capsys.readouterr().out.splitlines()
    assert shown[30] == "  and 20 more, 10 of them wider: `--json` has them all"
    assert shown[31].endswith(f"and 2 more {page}")
