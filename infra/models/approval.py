"""Approvals of hazards: which hazard, of which object, who says so, why, and until when."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from infra.models.base import Model, fault
from infra.models.digests import digest
from infra.models.grant import Grant
from infra.models.moments import last_moment, moment_of
from infra.models.words import one_line, said

#: An approval is of a change that is about to be carried out, not of a kind of change for good.
LONGEST: Final = timedelta(days=90)
_LONGEST_OBJECT: Final = 300


def _hazard(value: Any) -> str:
    if not isinstance(value, str) or not value.replace("_", "").isalpha() or not value.isupper():
        problem = f"{str(value)[:40]!r} is not the code of a hazard"
        raise fault(
            "APP002", problem, allowed="a code such as ACCESS_WIDENED", fix="write the code that a preview shows"
        )
    return value


def _object(value: Any) -> str:
    line = one_line(value) if isinstance(value, str) else None
    kind, _, name = (line or "").partition(" ")
    if line is None or len(line) > _LONGEST_OBJECT or not kind.isalpha() or not name or "*" in line:
        problem = f"{str(value)[:60]!r} names no object"
        allowed = "one object as a preview names it, such as `policy public.creator_profiles.own_profile`; no wildcard"
        raise fault("APP002", problem, allowed=allowed, fix="write each object that is approved")
    return line


def _until(value: Any) -> str:
    text = moment_of(value)
    if text is None:
        problem = f"{str(value)[:40]!r} is not a date"
        raise fault("APP002", problem, allowed="a date such as 2030-12-31", fix="write the date as year-month-day")
    return text


Said = Annotated[str, BeforeValidator(partial(said, code="APP002")), WithJsonSchema({"type": "string"})]
Until = Annotated[str, BeforeValidator(_until), WithJsonSchema({"type": "string"})]
#: Left out is as wrong as empty, and the same error.
_MUST_BE_SAID: Final[Any] = Field(default="", validate_default=True)


class Approval(Model):
    """A person's word that one hazard of one object may be carried out. Without a stack it holds for each."""

    hazard: Annotated[str, BeforeValidator(_hazard), WithJsonSchema({"type": "string"})] = _MUST_BE_SAID
    object_name: Annotated[
        str, BeforeValidator(_object), WithJsonSchema({"type": "string"}), Field(alias="object", validate_default=True)
    ] = ""
    why: Said = _MUST_BE_SAID
    by: Said = _MUST_BE_SAID
    until: Until = _MUST_BE_SAID
    stack: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return now < last_moment(self.until)

    def is_too_long(self, now: datetime) -> bool:
        """Whether it would hold for longer than an approval may."""
        return last_moment(self.until) > now + LONGEST + timedelta(days=1)


class Placed(Model):
    """An approval, and where it is written."""

    approval: Approval
    where: str


class Review(Model):
    """What a protected stack hands its provider: what is approved, and what a way back is told by.

    `phased` has, for each grant that differs from phase to phase, a hash of its entries in each of them, the first
    phase's first: to go from one to another is the gate's affair. `phase` and `flags_on` are what the program wants.
    """

    stack: str
    approvals: tuple[Placed, ...] = ()
    phased: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    phase: int = 0
    flags_on: tuple[str, ...] = ()


def find(approvals: tuple[Placed, ...], hazard: str, name: str) -> tuple[Placed, ...]:
    """Return what is approved of this hazard of this object, expired or not, what holds longest first."""
    found = [one for one in approvals if (one.approval.hazard, one.approval.object_name) == (hazard, name)]
    return tuple(sorted(found, key=lambda one: last_moment(one.approval.until), reverse=True))


def digest_entries(grant: Grant) -> str:
    """Return the hash of what is granted, in whatever order it was written down."""
    entries = [entry.model_copy(update={"columns": tuple(sorted(entry.columns))}) for entry in grant.sorted_entries()]
    return digest(json.dumps([entry.dump() for entry in entries]))
