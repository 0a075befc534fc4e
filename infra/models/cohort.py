"""The cohort: who may enter before everybody may."""

import uuid
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, field_validator

from infra.models.base import Model, fault
from infra.models.words import one_line

_LONGEST_NAME: Final = 200


class MemberKind(StrEnum):
    """The team, who are not counted, or the beta creators, whose number is capped."""

    TEAM = "team"
    BETA = "beta"


def _user(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise fault(
            "COH001", f"{value!r} is not the id of a user", allowed="a UUID of auth.users", fix="write the user's id"
        ) from None


def _person(value: str) -> str:
    line = one_line(value)
    if line is None or len(line) > _LONGEST_NAME:
        allowed = f"a text of 1 to {_LONGEST_NAME} characters, none of them a control character"
        raise fault("COH001", f"{value[:40]!r} is nobody's name", allowed=allowed, fix="write who lets the user in")
    return line


UserId = Annotated[str, AfterValidator(_user)]
Person = Annotated[str, AfterValidator(_person)]


class Member(Model):
    """A user who may enter, and who let them in."""

    user: UserId
    kind: MemberKind
    added_by: Person


class Cohort(Model):
    """The members that the stack file names. Those who were added by command are left alone."""

    members: tuple[Member, ...] = ()

    @field_validator("members")
    @classmethod
    def _once(cls, members: tuple[Member, ...]) -> tuple[Member, ...]:
        users = [member.user for member in members]
        twice = sorted({user for user in users if users.count(user) > 1})
        if twice:
            raise fault(
                "COH001", f"user {twice[0]} stands twice", allowed="each user once", fix="remove one of the two"
            )
        return tuple(sorted(members, key=lambda member: member.user))
