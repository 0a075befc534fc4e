"""The handlers of the rollout itself: the phase with its flags, and the cohort's members."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from infra.database.cohort import (
    STACK,
    TABLES,
    count_beta_sign_ups,
    has_creators,
    missing_users,
    read_members,
)
from infra.database.identity import remember_identity
from infra.database.ledger import is_gate_open, is_kept
from infra.database.provenance import provenance
from infra.database.rollout import State, StoredFlag, missing_relations, read_state
from infra.database.workspace import Workspace
from infra.ddl.rollout import Author, plan_cohort, plan_rollout, plan_rollout_removal, wire
from infra.ddl.statement import Hazard, Plan
from infra.errors import RolloutError
from infra.models.approval import Review
from infra.models.cohort import Cohort, Member, MemberKind
from infra.models.flag import FlagName
from infra.models.phase import Audience
from infra.models.rollout import Rollout
from infra.models.spelling import Spelling
from infra.provider.handler import Call, Properties, Snapshot
from infra.provider.kinds.base import Kind, Seen
from infra.provider.kinds.schema import named_types, resource_schema

MODULE: Final = "rollout:flags"
ALL: Final = 2**31 - 1


class RolloutKind(Kind[Rollout]):
    """Phase, audience, places and flags of a database: one row of its own and one a flag."""

    model = Rollout
    remembers = False
    replaces: ClassVar[frozenset[str]] = frozenset()

    @property
    def token(self) -> str:
        """The type."""
        return f"{MODULE}:{self.name}"

    def identity(self, wanted: Rollout) -> str:
        """Return the one id that there is in a database."""
        return wanted.identity

    def stub(self, identity: str) -> Rollout:
        """Return a rollout of which nothing is known."""
        del identity
        return Rollout.model_construct(phase=1, audience=Audience.NOBODY, flags={}, cohort_only=(), beta_cap=None)

    def look(self, workspace: Workspace, wanted: Rollout, spelling: Spelling) -> Seen[Rollout] | None:
        """Return where the database stands."""
        del spelling
        state = read_state(workspace.session)
        return None if state is None else Seen(_as_stands(state, wanted), state)

    def is_adoption(self, seen: Seen[Rollout]) -> bool:
        """A phase that stands already is told of by what changes."""
        del seen
        return False

    def conflicts(self, workspace: Workspace, seen: Seen[Rollout] | None, wanted: Rollout) -> list[RolloutError]:
        """Return the kill switch, while anything that obeys it is to be on."""
        del workspace
        state: State | None = seen.state if seen else None
        if state is None or not state.latched:
            return []
        on = [item["name"] for item in wire(wanted)["flags"] if item["enabled"] and item["obeysLatch"]]
        return [_latched(state, on)] if on else []

    def absences(self, workspace: Workspace, seen: Seen[Rollout] | None, wanted: Rollout) -> Iterator[RolloutError]:
        """Yield how many creators are in beyond the places: they stay. And that a running application takes no more."""
        if seen is None and wanted.audience is Audience.NOBODY and has_creators(workspace.session):
            yield _closing(wanted.phase)
        yield from over_the_cap(count_beta_sign_ups(workspace.session), wanted.beta_cap, wanted.phase)

    def plan(self, workspace: Workspace, seen: Seen[Rollout] | None, wanted: Rollout, former: Rollout | None) -> Plan:
        """Return the step to the phase."""
        del workspace, former
        return plan_rollout(seen.model if seen else None, wanted, _author())

    def to_approve(
        self, workspace: Workspace, review: Review | None, seen: Seen[Rollout] | None, wanted: Rollout, plan: Plan
    ) -> tuple[Hazard, ...]:
        """Return nothing: what a phase opens has passed its gate, and flags are turned on by their own word."""
        del workspace, review, seen, wanted, plan
        return ()

    def plan_delete(self, seen: Seen[Rollout], wanted: Rollout) -> Plan:
        """Return the step that turns the pipeline off, and says so in the ledger."""
        del seen, wanted
        return plan_rollout_removal(_author())

    def bring(self, call: Call, inputs: Properties, old: Properties | None) -> Snapshot:
        """Bring the database to the phase; a higher one only through its gate."""
        if not call.preview:
            require_gate(call.database(), self._load(inputs))
        snapshot = super().bring(call, inputs, old)
        if not call.preview and call.stack:
            _remember_stack(call.database(), call.stack)
        return snapshot

    def schema(self) -> dict[str, Any]:
        """Return the resource's part of the package schema."""
        return resource_schema(self.model, MODULE)

    def types(self) -> dict[str, Any]:
        """Return the named types that the schema refers to."""
        return named_types(self.model, MODULE)


class CohortKind(Kind[Cohort]):
    """The members that the stack file names."""

    model = Cohort
    remembers = False
    replaces: ClassVar[frozenset[str]] = frozenset()

    @property
    def token(self) -> str:
        """The type."""
        return f"{MODULE}:{self.name}"

    def identity(self, wanted: Cohort) -> str:
        """Return the one id that there is in a database."""
        del wanted
        return "cohort"

    def stub(self, identity: str) -> Cohort:
        """Return a cohort without members."""
        del identity
        return Cohort()

    def look(self, workspace: Workspace, wanted: Cohort, spelling: Spelling) -> Seen[Cohort] | None:
        """Return the members that came from a stack file."""
        del wanted, spelling
        if missing_relations(workspace.session, *TABLES):
            return None
        rows = [row for row in read_members(workspace.session) if row.source == STACK]
        members = tuple(Member(user=row.user, kind=MemberKind(row.kind), added_by=row.added_by) for row in rows)
        return Seen(Cohort(members=members))

    def is_adoption(self, seen: Seen[Cohort]) -> bool:
        """Members that stand already are told of by what changes."""
        del seen
        return False

    def conflicts(self, workspace: Workspace, seen: Seen[Cohort] | None, wanted: Cohort) -> list[RolloutError]:
        """Return every member who is no user."""
        known = {member.user for member in seen.model.members} if seen else set()
        asked = [member.user for member in wanted.members if member.user not in known]
        return [unknown_user(user) for user in (missing_users(workspace.session, asked) if asked else ())]

    def plan(self, workspace: Workspace, seen: Seen[Cohort] | None, wanted: Cohort, former: Cohort | None) -> Plan:
        """Return the step to the members."""
        del workspace, former
        return plan_cohort(seen.model if seen else Cohort(), wanted, _author())

    def plan_delete(self, seen: Seen[Cohort], wanted: Cohort) -> Plan:
        """Return nothing: the members stay with their table."""
        del seen, wanted
        return ()

    def schema(self) -> dict[str, Any]:
        """Return the resource's part of the package schema."""
        return resource_schema(self.model, MODULE)

    def types(self) -> dict[str, Any]:
        """Return the named types that the schema refers to."""
        return named_types(self.model, MODULE)


def require_gate(workspace: Workspace, wanted: Rollout) -> None:
    """Refuse a phase higher than the database's that no gate has let through.

    Raises:
        RolloutError: GATE001.
    """
    session = workspace.session
    state = read_state(session)
    before = state.phase if state else 1
    if wanted.phase <= before or not is_kept(session) or is_gate_open(session, wanted.phase):
        return
    problem = f"phase {wanted.phase} comes after phase {before}, and no gate has let it through"
    fix = "run `up` without --target and with refresh, so that the gate is measured"
    raise RolloutError("GATE001", "rollout", problem, fix=fix)


def over_the_cap(sign_ups: int, cap: int | None, phase: int) -> Iterator[RolloutError]:
    """Yield the warning that more beta creators are in than there are places."""
    if cap is not None and sign_ups > cap:
        problem = f"{sign_ups} beta creators are in, {sign_ups - cap} over the {cap} places of phase {phase}"
        fix = "nothing is to be done: they keep their data and may read it; nobody else gets in until there is a place"
        yield RolloutError("COH004", "cohort", problem, fix=fix)


def _closing(phase: int) -> RolloutError:
    problem = f"creators are here already, and phase {phase} lets nobody new in: the application takes no more sign-ups"
    fix = "begin in the phase that it is really in, with an override for each gate before it, if that is not meant"
    return RolloutError("COH005", "rollout", problem, fix=fix)


def unknown_user(user: str) -> RolloutError:
    """Return the error for a member who is no user of the platform."""
    return RolloutError(
        "COH001", f"cohort {user}", "there is no such user", fix="correct the id, or have them sign in once"
    )


def _remember_stack(workspace: Workspace, stack: str) -> None:
    who = provenance()
    remember_identity(workspace.session, stack, workspace.cluster, actor=who.actor, commit=who.commit)


def _author() -> Author:
    who = provenance()
    return Author.of(who.actor, who.commit)


def _latched(state: State, on: list[str]) -> RolloutError:
    since = f"{state.latched_at:%Y-%m-%d %H:%M:%S} UTC" if state.latched_at else "some time"
    problem = f"the kill switch is set since {since} by {state.latched_by} ({state.latched_reason})"
    return RolloutError(
        "FLAG005",
        "rollout",
        f"{problem}, so that {', '.join(on)} cannot be turned on",
        allowed="phase 1 while it is set",
        fix="set phase to 1, or lift it: rollout rollback --clear --by <who> --why <why>",
    )


def _as_stands(state: State, wanted: Rollout) -> Rollout:
    """Return the state as a rollout; a flag whose row is not as it is defined counts as missing, and is made anew."""
    defined = {item["name"]: item for item in wire(wanted)["flags"]}
    flags = {
        FlagName(name): flag.enabled
        for name, flag in state.stored.items()
        if name in FlagName.__members__ and _is_defined(flag, defined.get(name))
    }
    cohort_only = tuple(name for name in FlagName if name in state.stored and state.stored[name].cohort_only)
    return Rollout(
        phase=state.phase,
        audience=Audience(state.audience),
        beta_cap=state.beta_cap,
        flags=flags,
        cohort_only=cohort_only,
    )


def _is_defined(stored: StoredFlag, defined: dict[str, Any] | None) -> bool:
    return defined is None or (stored.requires, stored.obeys_latch) == (defined["requires"], defined["obeysLatch"])
