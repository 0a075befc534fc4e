"""What nobody has approved is refused, in a preview as in an `up`; on a way back it is left as it stands instead."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

from infra.database.approved import goes_back, record_approvals
from infra.database.catalog.grants import read_grant
from infra.database.workspace import Workspace
from infra.ddl.approving import summary_of
from infra.ddl.statement import Hazard, Plan
from infra.errors import RolloutError, RolloutErrors
from infra.models.approval import LONGEST, Placed, Review, find
from infra.models.base import Model
from infra.models.digests import digest
from infra.models.function import Function, Security
from infra.models.grant import Grant
from infra.models.spelling import Applied
from infra.models.view import View
from infra.provider.handler import Call

#: How an object came to be, as the record has it.
MADE: Final = "made"
#: Made by us too; it shows or does what its owner may, whoever asks.
MADE_FOR_OWNER: Final = "made for its owner"
FOUND: Final = "found"
#: What nobody but its owner may use when we have made it, and what a grant on it is called.
MADE_CLOSED: Final = {"Table": "relation", "View": "relation", "Function": "function"}
GONE: Final = Applied("", "gone")


@dataclass(frozen=True)
class Judgement:
    """The approvals under which a plan may be carried out; or that the object stays as it stands."""

    used: tuple[Placed, ...] = ()
    stays: bool = False


NOTHING: Final = Judgement()


@cache
def _read(text: str) -> Review:
    return Review.model_validate_json(text)


def review_of(call: Call) -> Review | None:
    """Return what the provider was told of approvals; None on a stack that needs none."""
    return _read(call.review) if call.review else None


def declaration(wanted: Model, review: Review | None) -> str:
    """Return the hash of what is declared of an object: in all phases, where it differs from one to another."""
    content = {key: value for key, value in wanted.dump().items() if key != "password"}
    if review is not None and isinstance(wanted, Grant) and wanted.identity in review.phased:
        content["entries"] = list(review.phased[wanted.identity])
    return digest(json.dumps(content, sort_keys=True))


def origin_of(wanted: Model) -> str:
    """Return how an object comes to be that we are about to make."""
    definer = isinstance(wanted, Function) and wanted.security is Security.DEFINER
    return MADE_FOR_OWNER if definer or (isinstance(wanted, View) and not wanted.security_invoker) else MADE


def judge(call: Call, workspace: Workspace, name: str, hazards: tuple[Hazard, ...], plan: Plan) -> Judgement:
    """Return whether the hazards of an object's plan may be carried out.

    Raises:
        RolloutErrors: APP001 for each that nobody has approved, unless the program takes the database back.
    """
    judged, missing = _weigh(review_of(call), name, hazards, plan)
    if missing and not goes_back(workspace.session, review_of(call)):
        raise RolloutErrors(missing)
    for error in missing:
        call.log("warning", f"{name} stays as it is, since nothing but the way back is carried out: {error}")
    return Judgement(stays=True) if missing else judged


def judge_removal(call: Call, name: str, hazards: tuple[Hazard, ...], plan: Plan) -> Judgement:
    """Return under which approvals an object may go; it waits for them on a way back, too.

    Raises:
        RolloutErrors: as `judge` does.
    """
    judged, missing = _weigh(review_of(call), name, hazards, plan)
    if missing:
        raise RolloutErrors(missing)
    return judged


def serves_nobody(workspace: Workspace, relation: str) -> bool:
    """Whether nobody but the owner may do anything with a relation: it is being taken away, or was never opened."""
    state = read_grant(workspace.session, Grant(object_name=relation))
    return state is None or not state.grant.entries


def _weigh(
    review: Review | None, name: str, hazards: tuple[Hazard, ...], plan: Plan
) -> tuple[Judgement, list[RolloutError]]:
    if review is None:
        return NOTHING, []
    now = datetime.now(UTC)
    found = {hazard: find(review.approvals, hazard.value, name) for hazard in hazards}
    holding = {hazard: placed[0] for hazard, placed in found.items() if placed and placed[0].approval.holds(now)}
    missing = [_refusal(review, name, item, found[item], plan) for item in hazards if item not in holding]
    return Judgement(tuple(holding.values())), missing


def carried_out(workspace: Workspace, judged: Judgement) -> None:
    """Let the ledger tell under which approvals something was done, as soon as there is one."""
    workspace.approved += judged.used
    if workspace.approved and record_approvals(workspace.session, workspace.approved):
        workspace.approved.clear()


def _refusal(review: Review, name: str, hazard: Hazard, expired: tuple[Placed, ...], plan: Plan) -> RolloutError:
    problem = f"{hazard.value} ({summary_of(plan, hazard)}), and nobody has approved that"
    if expired:
        last = expired[0]
        problem = (
            f"{problem} any longer: the approval by {last.approval.by} held until {last.approval.until} ({last.where})"
        )
    line = f'{{hazard: {hazard.value}, object: "{name}", why: <why>, by: <who>, until: <date>}}'
    fix = (
        f"run `rollout approve -s {review.stack} --all --why <why> --by <who> --until <date>`, or write below"
        f" `approvals:` in Pulumi.{review.stack}.yaml, or into approvals.yaml beside it: - {line}"
    )
    return RolloutError("APP001", name, problem, allowed=f"what is approved, for up to {LONGEST.days} days", fix=fix)
