"""The cohort: who may enter before everybody may."""

import uuid
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, field_validator

from infra.models.base import Model, fault


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


UserId = Annotated[str, AfterValidator(_user)]
Person = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


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
