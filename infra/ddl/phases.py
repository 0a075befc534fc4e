"""One phase up or down, as scripts for plain psql; and the kill switch. Built from the definitions of both phases."""

import json
from typing import Final

from infra.ddl import conditions
from infra.ddl.budget import budgeted
from infra.ddl.deploy import deploy_script
from infra.ddl.grant import plan_grant
from infra.ddl.guards import guard_alone, guard_author, guard_grants, guard_phase, guard_ready, guard_until
from infra.ddl.phase_entries import OPERATOR, TEMPLATE, override_part
from infra.ddl.phase_texts import (
    CLEAR_FIRST,
    RUN,
    TO_PHASE_ONE,
    about_down,
    about_members,
    about_up,
    crowded_words,
    inside_words,
    where_up,
)
from infra.ddl.phase_variants import in_phase
from infra.ddl.rollout import STATE, plan_rollout, wire
from infra.ddl.script import Part, Script, quote_argument, render_script
from infra.ddl.statement import Hazard, Step
from infra.ddl.templates import render
from infra.models.definition import Definition
from infra.models.flag import FlagName
from infra.models.grant import Grant
from infra.models.rollout import Rollout
from infra.pipeline.phases import FIRST, LAST, PHASES, phase, rollout

#: The variables of psql that say that a flag is ready, in the order in which the flags require each other.
READY: Final = {
    "ready_launch": FlagName.CREATOR_AGENT_LAUNCH,
    "ready_full": FlagName.CREATIVE_PIPELINE_FULL,
}
_SAID: Final = ("by", "why")
_OVERRIDE: Final = (*_SAID, "until")
_KEEPS: Final = "every row and every object; whoever is in stays in"


def deploy_scripts(definition: Definition) -> dict[str, str]:
    """Return ``phase-1.sql``, which makes everything, and for each later phase the script that leads up to it."""
    first = f"phase-{FIRST}.sql"
    scripts = {first: deploy_script(in_phase(definition, FIRST), first, about=RUN, names_deployer=False)}
    return scripts | {f"phase-{item.number}.sql": _up(definition, item.number) for item in PHASES[1:]}


def lowering_scripts(definition: Definition) -> dict[str, str]:
    """Return a script for each way down, ``phase-N-to-M.sql``."""
    return {
        f"phase-{before}-to-{after}.sql": _down(definition, before, after)
        for before in range(FIRST + 1, LAST + 1)
        for after in range(FIRST, before)
    }


def switch_scripts() -> dict[str, str]:
    """Return the kill switch and how to lift it: one statement each, which waits for no deploy."""
    author = guard_author(*_SAID)
    names = {"immediate.sql": "set", "clear.sql": "lift"}
    return {
        name: render("switch.sql.j2", action=action, author=author, name=name) + "\n" for name, action in names.items()
    }


def _up(definition: Definition, number: int) -> str:
    differing = differing_grants(in_phase(definition, number - 1), in_phase(definition, number))
    last = number == LAST
    script = Script(
        title=f"Brings the database from phase {number - 1} to phase {number}, {phase(number).name}.",
        about=(*about_up(number, READY if last else {}), *([] if last else about_members()), ""),
        guards=(
            guard_author(*_OVERRIDE, problem="GATE003 who, why and until when must be said"),
            guard_until(),
            *([guard_ready(READY)] if last else []),
            guard_alone(),
            guard_phase(number - 1, number, hint=where_up(number), latch_hint=CLEAR_FIRST),
            *(guard_grants(*pair) for pair in differing),
        ),
        parts=(
            override_part(number - 1, number),
            *_grant_parts(differing),
            *(_last_parts() if last else [_set_part(rollout(number), conditions.phase_is(number - 1))]),
        ),
        ending=f"Done: the database is in phase {number}.",
    )
    return render_script(script)


def _down(definition: Definition, before: int, after: int) -> str:
    differing = differing_grants(in_phase(definition, before), in_phase(definition, after))
    name = f"phase-{before}-to-{after}.sql"
    hint = f"sql/rollback has a script for each way down, such as {name}."
    script = Script(
        title=f"Takes the database from phase {before} back to phase {after}, {phase(after).name}.",
        about=(*about_down(before, after), ""),
        guards=(
            guard_author(*_SAID),
            guard_alone(),
            guard_phase(before, after, hint=hint, latch_hint="" if after == FIRST else TO_PHASE_ONE.format(before)),
            *(guard_grants(*pair) for pair in differing),
        ),
        # Nobody gets in from the first part on; what is granted beyond that follows.
        parts=(lower_part(rollout(after), before), *_grant_parts(differing)),
        ending=f"Done: the database is in phase {after}. Every row is where it was.",
        report=_places_report(rollout(after)),
    )
    return render_script(script)


def differing_grants(before: Definition, after: Definition) -> list[tuple[Grant, Grant]]:
    """Return each grant that differs between two definitions of the same objects, as it is in both."""
    known = {grant.identity: grant for grant in before.grants}
    pairs = [(known[grant.identity], grant) for grant in after.grants]
    return [(one, other) for one, other in pairs if one.sorted_entries() != other.sorted_entries()]


def _grant_parts(differing: list[tuple[Grant, Grant]]) -> list[Part]:
    return [
        Part(step, conditions.grants_differ(after)) for before, after in differing for step in plan_grant(before, after)
    ]


def _set_part(wanted: Rollout, condition: str) -> Part:
    (step,) = plan_rollout(rollout(wanted.phase - 1), wanted, OPERATOR)
    return Part(step, condition)


def _last_parts() -> list[Part]:
    """Return a part for each degree of readiness. In the last phase already, a flag is turned on and none off."""
    names, ready = list(READY), list(READY.values())
    parts = []
    for degree in range(len(names) + 1):
        said = [f":'{name}'" if number < degree else f"NOT :'{name}'" for number, name in enumerate(names)]
        due = conditions.phase_is(LAST - 1)
        if degree:
            due = f"{due}\n    OR {conditions.flag_is_off(ready[degree - 1])}"
        wanted = rollout(LAST, ready=ready[:degree])
        parts.append(_set_part(wanted, conditions.both(" AND ".join(said), due)))
    return parts


def lower_part(wanted: Rollout, before: int) -> Part:
    """Return the part that takes the database down from a phase: no flag is turned on, and no place made."""
    lower = budgeted(
        TEMPLATE,
        "lower",
        STATE,
        wanted=json.dumps(wire(wanted)),
        actor=OPERATOR.actor,
        commit=OPERATOR.commit,
        reason=OPERATOR.reason,
    )
    summary = f"phase {before} → {wanted.phase}: flags off, who may enter, and how many"
    step = Step("rollout", summary, (lower,), hazards=(Hazard.ACCESS_NARROWED,), keeps=_KEEPS)
    return Part(step, conditions.phase_is(before))


def _places_report(wanted: Rollout) -> str:
    """Return the text that tells how many beta creators are in beyond the places of the phase."""
    cap = wanted.beta_cap or 0
    words = {
        "over_words": quote_argument(crowded_words(cap, wanted.phase)),
        "inside_words": quote_argument(inside_words(cap, wanted.phase)),
    }
    return render(f"{TEMPLATE}.sql.j2", action="over the places", cap=cap, **words)
