"""What a stack file says of the rollout: readiness, flags, the cohort and its caps; and the phase that comes of it."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StrictBool, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from infra.errors import RolloutError
from infra.models.base import Model, fault
from infra.models.cohort import Cohort, Member, MemberKind, Person, UserId
from infra.models.delivery import KnownFlag
from infra.models.flag import FlagName
from infra.models.rollout import Rollout
from infra.pipeline.flags import FLAGS, chain_of
from infra.pipeline.phases import PHASES, phase, rollout

_CAPS: Final = {str(item.number): item.beta_cap for item in PHASES if item.opens_sign_up and item.beta_cap is not None}


def _caps(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    caps = {str(number): cap for number, cap in value.items()}
    found = [(number, cap, _not_lowering(number, cap)) for number, cap in caps.items()]
    details = [InitErrorDetails(type=why, loc=(number[:20],), input=cap) for number, cap, why in found if why]
    if details:
        raise ValidationError.from_exception_data("caps", details)
    return caps


def _not_lowering(number: str, cap: Any) -> PydanticCustomError | None:
    """Return what is wrong with a cap; nothing when it lowers the phase's own."""
    highest = _CAPS.get(number)
    if highest is None:
        problem = f"phase {number[:20]} has no cap of beta creators"
        return fault("COH002", problem, allowed=f"phases {', '.join(_CAPS)}", fix="remove it")
    if isinstance(cap, int) and not isinstance(cap, bool) and 0 <= cap <= highest:
        return None
    problem = f"{str(cap)[:20]} is not a number of creators that lowers the phase's cap"
    return fault("COH002", problem, allowed=f"0 to {highest} creators", fix="write a whole number of creators")


class ReadySettings(Model):
    """Whether somebody has said that the last two flags may go on in phase 5."""

    launch: StrictBool = False
    full: StrictBool = False

    @property
    def flags(self) -> frozenset[FlagName]:
        """The flags that are ready."""
        said = {FlagName.CREATOR_AGENT_LAUNCH: self.launch, FlagName.CREATIVE_PIPELINE_FULL: self.full}
        return frozenset(name for name, ready in said.items() if ready)


class MemberSettings(Model):
    """A member of the cohort, and who let them in."""

    user: UserId
    added_by: Person


class CohortSettings(Model):
    """The cohort. `caps` lowers how many beta creators a phase lets in, by the phase's number."""

    team: tuple[MemberSettings, ...] = ()
    beta: tuple[MemberSettings, ...] = ()
    caps: Annotated[dict[str, int], BeforeValidator(_caps)] = Field(default_factory=dict)

    def members(self) -> Cohort:
        """Return every member.

        Raises:
            pydantic.ValidationError: COH001 for a user who stands twice.
        """
        kinds = ((MemberKind.TEAM, self.team), (MemberKind.BETA, self.beta))
        return Cohort(
            members=tuple(
                Member(user=one.user, kind=kind, added_by=one.added_by) for kind, all_ in kinds for one in all_
            )
        )


FlagSettings = dict[KnownFlag, StrictBool]


def rollout_of(number: int, flags: FlagSettings, ready: ReadySettings, caps: dict[str, int]) -> Rollout:
    """Return where a database is to stand."""
    off = {FlagName(name) for name, on in flags.items() if not on}
    return rollout(number, ready=ready.flags, off=off, cap=caps.get(str(number)))


def flag_faults(number: int, flags: FlagSettings, ready: ReadySettings) -> Iterator[RolloutError]:
    """Yield each flag that would be on ahead of its phase or of what it requires."""
    standing = rollout_of(number, flags, ready, {}).flags
    for name in map(FlagName, flags):
        if flags[name] and not standing[name]:
            yield _ahead(name, number)
    for name in (flag.name for flag in FLAGS if standing[flag.name]):
        off = [required for required in chain_of(name) if not standing[required]]
        if off:
            yield _unsupported(name, off[0])


def cap_warnings(number: int, caps: dict[str, int], cohort: Cohort) -> Iterator[RolloutError]:
    """Yield what is allowed and yet deserves a word: a phase that reaches nobody, more members than places."""
    cap = caps.get(str(number), phase(number).beta_cap)
    if number > PHASES[0].number and cap == 0:
        fix = "raise it, unless the phase is for the team alone"
        yield RolloutError("COH002", f"cohort.caps.{number}", f"phase {number} will reach nobody but the team", fix=fix)
    beta = sum(member.kind is MemberKind.BETA for member in cohort.members)
    if cap is not None and beta > cap and phase(number).opens_sign_up:
        problem = f"{beta} beta creators are named, {beta - cap} more than the {cap} places of phase {number}"
        fix = "nothing is to be done: whoever has a profile keeps it, the others get in as long as there are places"
        yield RolloutError("COH004", "cohort.beta", problem, fix=fix)


def _ahead(name: FlagName, number: int) -> RolloutError:
    opens = next((item for item in PHASES if name in (*item.flags, *item.when_ready)), PHASES[-1])
    waits = name in phase(number).when_ready
    if waits:
        key = "launch" if name is FlagName.CREATOR_AGENT_LAUNCH else "full"
        return RolloutError("FLAG003", f"flags.{name}", "it waits to be ready", fix=f"set `ready.{key}: true`")
    problem = f"phase {number} does not turn it on; it comes with phase {opens.number}"
    fix = f"remove it, and advance to phase {opens.number}"
    return RolloutError(
        "FLAG003", f"flags.{name}", problem, allowed="false, for a flag that the phase turns on", fix=fix
    )


def _unsupported(name: FlagName, required: FlagName) -> RolloutError:
    chain = " → ".join(chain_of(name))
    problem = f"{name} requires {required}, which is off ({chain})"
    fix = f"set `flags.{name}: false` as well, or turn {required} on"
    return RolloutError("FLAG004", f"flags.{name}", problem, fix=fix)
