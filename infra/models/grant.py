"""The grants on one relation, function or schema, as a whole."""

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from infra.models.base import AnyName, FullName, Model, Name, fault


def _no_shorthand(value: object) -> object:
    if isinstance(value, str) and value.lower() in {"all", "all privileges"}:
        raise fault(
            "SEC013",
            f"{value!r} gives TRUNCATE, REFERENCES and TRIGGER as well",
            allowed="the privileges that are used, one by one",
            fix="name each privilege",
        )
    return value


_PrivilegeName = Literal[
    "select",
    "insert",
    "update",
    "delete",
    "truncate",
    "references",
    "trigger",
    "maintain",
    "execute",
    "usage",
    "create",
]
Privilege = Annotated[_PrivilegeName, BeforeValidator(_no_shorthand)]
COLUMN_PRIVILEGES: Final = frozenset({"select", "insert", "update", "references"})


class Target(StrEnum):
    """What is granted on."""

    RELATION = "relation"
    FUNCTION = "function"
    SCHEMA = "schema"


_NAME: Final = r"[a-z_][a-z0-9_]{0,62}"
_TYPE: Final = rf"{_NAME}(\.{_NAME})?( [a-z]+)*(\(\d+(,\d+)?\))?( [a-z]+)*(\[\])*"
_TYPES: Final = rf"({_TYPE}(, {_TYPE})*)?"
_OBJECT_NAMES: Final = {
    Target.RELATION: re.compile(rf"{_NAME}\.{_NAME}"),
    Target.FUNCTION: re.compile(rf"{_NAME}\.{_NAME}\({_TYPES}\)"),
    Target.SCHEMA: re.compile(_NAME),
}
_ALLOWED: Final = {
    Target.RELATION: frozenset(
        {"select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"}
    ),
    Target.FUNCTION: frozenset({"execute"}),
    Target.SCHEMA: frozenset({"usage", "create"}),
}

#: Every privilege that a grant can name.
PRIVILEGES: Final[frozenset[str]] = frozenset().union(*_ALLOWED.values())


class Entry(Model):
    """One privilege of one role; with `columns`, on these columns only."""

    role: AnyName
    privilege: Privilege
    columns: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _columns_fit(self) -> "Entry":
        if self.columns and self.privilege not in COLUMN_PRIVILEGES:
            problem = f"{self.privilege} cannot be granted by column"
            raise fault("DEF002", problem, allowed="select, insert, update", fix="leave the columns out")
        return self


class Grant(Model):
    """Everything granted on one object. What is not listed is revoked when `exclusive`, owner apart.

    `policies` closes the set of policies of a table in the same transaction: any other policy is dropped with the
    switch to these grants, so that there is no moment with neither or with both.
    `replaces_policies` says that policies which let creators write may be replaced on adoption.
    """

    target: Target = Target.RELATION
    object_name: Annotated[str, Field(alias="object", min_length=1)]
    entries: tuple[Entry, ...] = ()
    exclusive: bool = True
    policies: tuple[FullName, ...] | None = None
    replaces_policies: bool = True

    @property
    def identity(self) -> str:
        """The id: target and object."""
        return f"{self.target.value}:{self.object_name}"

    @property
    def function_name(self) -> str:
        """The qualified name of a function, without its arguments."""
        return self.object_name.partition("(")[0]

    @property
    def function_arguments(self) -> str:
        """The argument types of a function, separated by commas."""
        return self.object_name.partition("(")[2].removesuffix(")")

    def sorted_entries(self) -> tuple[Entry, ...]:
        """Return the entries in the order in which they are issued: it decides the order in the ACL."""
        return tuple(sorted(self.entries, key=lambda entry: (entry.role, entry.privilege, bool(entry.columns))))

    @model_validator(mode="after")
    def _names_an_object(self) -> "Grant":
        if not _OBJECT_NAMES[self.target].fullmatch(self.object_name):
            raise fault(
                "DEF001",
                f"{self.object_name!r} is not the name of a {self.target.value}",
                allowed="schema.table for a relation, schema.name(types) for a function, a name for a schema",
                fix="write the whole name",
            )
        return self

    @model_validator(mode="after")
    def _fits_target(self) -> "Grant":
        wrong = sorted({entry.privilege for entry in self.entries} - _ALLOWED[self.target])
        if wrong:
            allowed = ", ".join(sorted(_ALLOWED[self.target]))
            raise fault("DEF002", f"{', '.join(wrong)} on a {self.target}", allowed=allowed, fix="take it out")
        seen = [(entry.role, entry.privilege, bool(entry.columns)) for entry in self.entries]
        if len(set(seen)) != len(seen):
            raise fault("DEF003", "the same role and privilege twice", allowed="once", fix="merge the entries")
        return self
