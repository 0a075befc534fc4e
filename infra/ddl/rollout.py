"""Steps that bring a database to its phase: flags, who may enter, and the cohort's members."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from infra.ddl.budget import On, Relations, budgeted
from infra.ddl.statement import Hazard, Plan, Step
from infra.identifiers import quote_literal
from infra.models.cohort import Cohort
from infra.models.rollout import Rollout
from infra.pipeline.flags import flag
from infra.pipeline.phases import rollout as rollout_of
from infra.pipeline.tables.cohort_members import COHORT_MEMBERS
from infra.pipeline.tables.feature_flags import FEATURE_FLAGS
from infra.pipeline.tables.rollout_ledger import ROLLOUT_LEDGER
from infra.pipeline.tables.rollout_state import ROLLOUT_STATE
from infra.pipeline.tables.sign_up_counter import SIGN_UP_COUNTER

_TEMPLATE: Final = "rollout"
_KEEPS: Final = "every row and every object"
_NO_FUNCTION: Final = ("42883",)
#: What the function that sets the rollout writes.
STATE: Final[Relations] = {
    On.STATE: [table.identity for table in (SIGN_UP_COUNTER, ROLLOUT_STATE, ROLLOUT_LEDGER, FEATURE_FLAGS)]
}


@dataclass(frozen=True)
class Author:
    """Who changes the rollout, from which commit and why, each as an SQL expression."""

    actor: str
    commit: str
    reason: str

    @classmethod
    def of(cls, actor: str, commit: str, reason: str = "") -> "Author":
        """Return the author of these plain texts."""
        return cls(quote_literal(actor), quote_literal(commit), quote_literal(reason))


def plan_rollout(actual: Rollout | None, desired: Rollout, author: Author) -> Plan:
    """Return the step to the wanted phase, flags and audience."""
    if actual == desired:
        return ()
    return (_step(desired, _summary(actual, desired), author, event="phase", hazards=_hazards(actual, desired)),)


def plan_rollout_removal(author: Author) -> Plan:
    """Return the step that turns the pipeline off before its tables go.

    Where an earlier removal was cut off after that, the function that does it is gone, and everything is off.
    """
    closed = rollout_of(1)
    summary = "turn every flag of the pipeline off: nobody may enter"
    step = _step(closed, summary, author, event="removal", hazards=(Hazard.ACCESS_NARROWED,))
    return (replace(step, fallback_on=_NO_FUNCTION),)


def plan_cohort(actual: Cohort, desired: Cohort, author: Author) -> Plan:
    """Return the step to the members that the stack file names."""
    if actual == desired:
        return ()
    members = json.dumps([member.dump() for member in desired.members])
    on = {
        On.MEMBERS: (COHORT_MEMBERS.identity,),
        On.LEDGER: (ROLLOUT_LEDGER.identity,),
        On.USERS: [key.references for key in COHORT_MEMBERS.foreign_keys],
    }
    statement = budgeted(_TEMPLATE, "cohort", on, members=members, actor=author.actor, commit=author.commit)
    before = {member.user for member in actual.members}
    after = {member.user for member in desired.members}
    summary = f"let {len(after - before)} in, take {len(before - after)} out, {len(after)} in all"
    return (Step("cohort", summary, (statement,), keeps="the profile and every row of whoever is taken out"),)


def wire(wanted: Rollout) -> dict[str, Any]:
    """Return what the function of the database takes: with what each flag requires."""
    flags = [
        {
            "name": name.value,
            "enabled": on,
            "requires": requires.value if (requires := flag(name).requires) else None,
            "cohortOnly": name in wanted.cohort_only,
            "obeysLatch": flag(name).obeys_latch,
        }
        for name, on in wanted.flags.items()
    ]
    return {
        "phase": wanted.phase,
        "audience": wanted.audience.value,
        "betaCap": wanted.beta_cap,
        "flags": flags,
    }


def _step(wanted: Rollout, summary: str, author: Author, *, event: str, hazards: tuple[Hazard, ...]) -> Step:
    statement = budgeted(
        _TEMPLATE,
        "set",
        STATE,
        wanted=json.dumps(wire(wanted)),
        event=event,
        actor=author.actor,
        commit=author.commit,
        reason=author.reason,
        details="{}",
    )
    return Step("rollout", summary, (statement,), hazards=hazards, keeps=_KEEPS)


def _summary(actual: Rollout | None, desired: Rollout) -> str:
    words = []
    if actual is None or actual.phase != desired.phase:
        words.append(f"phase {actual.phase} → {desired.phase}" if actual else f"phase {desired.phase}")
    before = actual.flags if actual else {}
    turned = {name: on for name, on in desired.flags.items() if before.get(name, False) != on}
    words += [f"{name.value} {'on' if on else 'off'}" for name, on in turned.items()]
    if actual is not None and actual.audience != desired.audience:
        words.append(f"open to {desired.audience.value}")
    if actual is not None and actual.beta_cap != desired.beta_cap:
        words.append(f"places for beta creators: {'no limit' if desired.beta_cap is None else desired.beta_cap}")
    return ", ".join(words) or "bring flags and state to the phase's"


def _hazards(actual: Rollout | None, desired: Rollout) -> tuple[Hazard, ...]:
    before = {name for name, on in (actual.flags if actual else {}).items() if on}
    after = {name for name, on in desired.flags.items() if on}
    opened = after - before or (actual is not None and actual.phase < desired.phase)
    closed = before - after or (actual is not None and actual.phase > desired.phase)
    return (*([Hazard.ACCESS_WIDENED] if opened else []), *([Hazard.ACCESS_NARROWED] if closed else []))
