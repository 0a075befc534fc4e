"""The common base of all models: frozen, nothing unknown, camelCase on the wire; faults as named errors."""

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from infra.errors import RolloutError
from infra.identifiers import FULL_NAME, FULL_NAME_RULE, OWN_NAME, OWN_NAME_RULE

RESERVED_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_toast", "auth", "storage", "realtime", "vault"})
RESERVED_ROLES = frozenset({"public", "none", "postgres", "current_user", "session_user", "current_role"})


class Model(BaseModel):
    """A frozen value. `dump` is its form on the wire."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    def dump(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults, with camelCase keys and plain values."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    @classmethod
    def load(cls, properties: dict[str, Any]) -> Self:
        """Return the model of these properties.

        Raises:
            pydantic.ValidationError: with every fault; `faults_of` turns it into named errors.
        """
        return cls.model_validate(properties)


def fault(code: str, problem: str, *, allowed: str = "", fix: str = "") -> PydanticCustomError:
    """Return an error to raise in a validator; `faults_of` gives it its path."""
    context = {"problem": problem, "allowed": allowed, "fix": fix}
    return PydanticCustomError(code, "{problem}", context)


def faults_of(error: ValidationError, path: str, model: type[BaseModel]) -> list[RolloutError]:
    """Return the named errors of a failed validation, each with its path below `path`."""
    known = [field.alias or name for name, field in model.model_fields.items()]
    return [_named(detail, path, known) for detail in error.errors(include_url=False)]


def _named(detail: ErrorDetails, path: str, known: Iterable[str]) -> RolloutError:
    where = ".".join([path, *(str(part) for part in detail["loc"])]).strip(".")
    context = detail.get("ctx", {})
    if "problem" in context:
        return RolloutError(detail["type"], where, context["problem"], allowed=context["allowed"], fix=context["fix"])
    if detail["type"] == "extra_forbidden":
        return _unknown_key(where, str(detail["loc"][-1]), known)
    given = "" if detail["type"] == "missing" else f" ({_shorten(detail['input'])})"
    return RolloutError(
        "DEF005", where, f"{detail['msg']}{given}", fix="correct the value", allowed=str(context.get("expected", ""))
    )


def _unknown_key(where: str, key: str, known: Iterable[str]) -> RolloutError:
    near = difflib.get_close_matches(key, list(known), n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return RolloutError("DEF005", where, f"unknown key '{key}'{hint}", fix="remove or rename the key")


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"  # noqa: PLR2004 - a line of an error, not a limit of the input


def _own_name(value: str) -> str:
    if not OWN_NAME.fullmatch(value):
        raise fault("DEF001", f"{value!r} is not a name we can give", allowed=OWN_NAME_RULE, fix="choose another name")
    return value


def _full_name(value: str) -> str:
    if not FULL_NAME.fullmatch(value):
        raise fault("DEF001", f"{value!r} is not a name we can give", allowed=FULL_NAME_RULE, fix="choose another name")
    return value


def _own_schema(value: str) -> str:
    if value in RESERVED_SCHEMAS or value.startswith("pg_"):
        raise fault("DEF001", f"schema {value!r} is not ours", fix="put the object in public or the private schema")
    return _own_name(value)


def _own_role(value: str) -> str:
    if value in RESERVED_ROLES or value.startswith("pg_"):
        raise fault("DEF001", f"role {value!r} is reserved or the platform's own", fix="choose another name")
    return _own_name(value)


def _not_empty(value: str) -> str:
    if not value.strip():
        raise fault("DEF002", "empty text where something must stand", fix="fill it in or leave the field out")
    if "\x00" in value:
        raise fault("DEF002", "a NUL byte cannot stand in SQL", fix="remove the NUL byte")
    return value


Name = Annotated[str, AfterValidator(_own_name)]
"""A name that we give an object of ours, with room for the suffixes of what belongs to it."""
FullName = Annotated[str, AfterValidator(_full_name)]
"""The name of an index, constraint, policy or trigger."""
SchemaName = Annotated[str, AfterValidator(_own_schema)]
"""A schema in which objects of ours may live."""
RoleName = Annotated[str, AfterValidator(_own_role)]
"""A role that we may create."""
SqlText = Annotated[str, AfterValidator(_not_empty)]
"""An expression, query or body: data of the definition, parsed when defined."""
