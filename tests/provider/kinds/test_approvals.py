"""Approvals at the handlers: what a protected stack refuses, in a preview as in an `up`, and what it lets through."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from infra.models.approval import Approval, Placed, Review, digest_entries
from infra.models.base import Model
from infra.models.grant import Entry, Grant
from infra.models.policy import Command, Policy
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import (
    FUNCTION,
    FUNCTION_GRANT,
    INDEX,
    NOTES,
    PEOPLE,
    POLICY,
    TABLE_GRANT,
    TOUCH,
    TRIGGER,
    VIEW,
    VIEW_GRANT,
)

_MADE: Final = (PEOPLE, NOTES, FUNCTION, TOUCH, POLICY, INDEX, TRIGGER, TABLE_GRANT, FUNCTION_GRANT, VIEW, VIEW_GRANT)
OPEN_POLICY: Final = POLICY.model_copy(update={"check": "true"})
NAME: Final = f"policy {POLICY.identity}"
MORE: Final = Entry(role="authenticated", privilege="delete")


def approved(name: str, *hazards: str, days: int = 30) -> Review:
    """Return what a stack hands the provider that approves these until so many days from now."""
    until = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"
    said = [Approval(hazard=code, object_name=name, why="a test", by="Ada", until=until) for code in hazards]
    return Review(stack="prod", approvals=tuple(Placed(approval=one, where="approvals.yaml") for one in said))


@pytest.fixture
def protected(bench18: Bench) -> Bench:
    """A database of a protected stack on which everything was made from nothing: that needed nobody's word."""
    bench18.review = Review(stack="prod")
    bench18.create(*_MADE)
    return bench18


def refused(bench: Bench, model: Model, old: Model | None = None) -> list[str]:
    """Return what a preview and an `up` say, which is the same."""
    told = [[str(error) for error in bench.refusals(model, old, preview=preview)] for preview in (True, False)]
    assert told[0] == told[1]
    return told[0]


def stands(bench: Bench) -> object:
    return bench.rows("SELECT polqual IS NULL, pg_get_expr(polwithcheck, polrelid) FROM pg_policy")


def test_a_changed_policy_waits_for_its_approval(protected: Bench) -> None:
    """By hazard and object, while it holds; what is refused stays, and the refusal has the line to write."""
    before = stands(protected)
    wider, other = refused(protected, OPEN_POLICY, POLICY)
    assert wider.startswith(f"APP001 {NAME}: ACCESS_WIDENED (")
    assert other.startswith(f"APP001 {NAME}: CORRECTNESS (change check), and nobody has approved that.")
    assert f'- {{hazard: CORRECTNESS, object: "{NAME}", why: <why>, by: <who>, until: <date>}}' in other
    protected.review = approved("policy public.notes.another", "ACCESS_WIDENED", "CORRECTNESS")
    assert refused(protected, OPEN_POLICY, POLICY) == [wider, other]
    protected.review = approved(NAME, "ACCESS_WIDENED")
    assert refused(protected, OPEN_POLICY, POLICY) == [other]
    protected.review = approved(NAME, "ACCESS_WIDENED", "CORRECTNESS", days=-2)
    late = refused(protected, OPEN_POLICY, POLICY)
    assert ["any longer: the approval by Ada held until" in text for text in late] == [True, True]
    assert stands(protected) == before
    protected.review = approved(NAME, "ACCESS_WIDENED", "CORRECTNESS")
    protected.update(POLICY, OPEN_POLICY, preview=True)
    assert stands(protected) == before
    protected.update(POLICY, OPEN_POLICY)
    assert stands(protected) != before


def test_what_was_weakened_by_hand_is_mended_without_anybodys_word(protected: Bench) -> None:
    """The record tells it from a new definition: the same change, declared, is refused."""
    before = stands(protected)
    protected.admin(
        "ALTER POLICY creator_update ON public.notes WITH CHECK (true)", "REVOKE ALL ON public.notes FROM authenticated"
    )
    protected.reopen()
    for model in (POLICY, TABLE_GRANT):
        snapshot = protected.read(model)
        assert snapshot is not None
        protected.create(model, preview=True)
        protected.create(model)
    assert stands(protected) == before
    assert protected.drift(TABLE_GRANT) == []
    wider = TABLE_GRANT.model_copy(update={"entries": (*TABLE_GRANT.entries, MORE)})
    assert [text.partition(" (")[0] for text in refused(protected, wider, TABLE_GRANT)] == [
        f"APP001 grant {TABLE_GRANT.identity}: ACCESS_WIDENED"
    ]


def test_a_new_policy_on_a_table_in_use_is_not_made_from_nothing(protected: Bench) -> None:
    """It may show rows to whoever may read the table already."""
    new = Policy(table="notes", name="all_select", command=Command.SELECT, roles=("authenticated",), using="true")
    assert [text.partition(" (")[0] for text in refused(protected, new)] == [
        f"APP001 policy {new.identity}: ACCESS_WIDENED"
    ]


def test_a_grant_once_taken_away_is_no_first_one(protected: Bench) -> None:
    """Else a table could be opened anew in two changes of which neither widens anything."""
    protected.delete(TABLE_GRANT)
    protected.reopen()
    assert [text.partition(" (")[0] for text in refused(protected, TABLE_GRANT)] == [
        f"APP001 grant {TABLE_GRANT.identity}: ACCESS_WIDENED"
    ]


def test_an_index_is_dropped_once_nobody_needs_it(protected: Bench) -> None:
    """While the table is used it waits for its approval; taken away with the table, it does not."""
    with pytest.raises(Exception, match=f"APP001 index {INDEX.identity}: INDEX_DROPPED"):
        protected.delete(INDEX)
    protected.delete(TABLE_GRANT)
    protected.delete(INDEX)
    assert protected.read(INDEX) is None


def test_a_phase_opens_what_it_always_opened(protected: Bench) -> None:
    """From one phase to another the same declaration stands; one that opens more in any of them is another."""
    first = TABLE_GRANT
    second = first.model_copy(update={"entries": (*first.entries, MORE)})
    protected.review = Review(stack="prod", phased={first.identity: (digest_entries(first), digest_entries(second))})
    protected.create(first)
    protected.update(first, second, preview=True)
    protected.update(first, second)
    protected.update(second, first)
    third = second.model_copy(update={"entries": (*second.entries, Entry(role="anon", privilege="select"))})
    digests = (digest_entries(first), digest_entries(third))
    protected.review = Review(stack="prod", phased={first.identity: digests})
    assert len(refused(protected, third, first)) == 1
    assert _entries(protected, first) == first.sorted_entries()


def _entries(bench: Bench, grant: Grant) -> tuple[Entry, ...]:
    snapshot = bench.read(grant)
    assert snapshot is not None
    return Grant.load(snapshot.inputs).sorted_entries()


def test_where_nothing_is_protected_nothing_waits(bench18: Bench) -> None:
    """The same change goes through, and nothing is remembered for it."""
    bench18.create(*_MADE)
    bench18.update(POLICY, OPEN_POLICY)
    assert bench18.workspace.record.declared("Policy", POLICY.identity) is None
