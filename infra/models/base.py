"""The common base of all models: frozen, nothing unknown, camelCase on the wire; faults as named errors."""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from infra.errors import RolloutError
from infra.identifiers import FULL_NAME, FULL_NAME_RULE, MAX_BYTES, OWN_NAME, OWN_NAME_RULE

#: PostgreSQL's own schemas, and those that the platform keeps for itself.
RESERVED_SCHEMAS = frozenset(
    {
        "pg_catalog",
        "information_schema",
        "pg_toast",
        "auth",
        "storage",
        "realtime",
        "_realtime",
        "vault",
        "extensions",
        "graphql",
        "graphql_public",
        "cron",
        "net",
        "pgbouncer",
        "pgmq",
        "pgsodium",
        "pgsodium_masks",
        "supabase_functions",
        "supabase_migrations",
    }
)
#: The platform's schema for everybody's extensions.
EXTENSIONS_SCHEMA: Final = "extensions"
RESERVED_ROLES = frozenset({"public", "none", "postgres", "current_user", "session_user", "current_role"})
#: The platform makes these and gives them their rights; they may be granted to, not made or given objects.
PLATFORM_ROLES = frozenset({"anon", "authenticated", "service_role", "authenticator", "dashboard_user", "pgbouncer"})
#: The value of such a field is never shown, not even in the error that refuses it.
_SECRET: Final = re.compile(r"password|secret|verifier", re.IGNORECASE)
_QUALIFIED: Final = re.compile(rf"{FULL_NAME.pattern}\.{FULL_NAME.pattern}")
#: What pydantic says of a value's limits, in words.
_LIMITS: Final = {
    "expected": "{}",
    "pattern": "text of the form {}",
    "min_length": "{} or more",
    "max_length": "{} at most",
    "ge": "{} and more",
    "gt": "more than {}",
    "le": "{} and less",
    "lt": "less than {}",
}


class Model(BaseModel):
    """A frozen value. `dump` is its form on the wire."""

    #: A model's validator is built when it is first used: of the hundred a command needs a few.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        defer_build=True,
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
    return [_named(detail, path, model) for detail in error.errors(include_url=False)]


def _named(detail: ErrorDetails, path: str, model: type[BaseModel]) -> RolloutError:
    where = ".".join([path, *(str(part) for part in detail["loc"])]).strip(".")
    context = detail.get("ctx", {})
    if "problem" in context:
        return RolloutError(detail["type"], where, context["problem"], allowed=context["allowed"], fix=context["fix"])
    if detail["type"] == "extra_forbidden":
        return _unknown_key(where, str(detail["loc"][-1]), keys_at(model, detail["loc"][:-1]))
    if detail["type"] == "missing":
        return RolloutError("DEF005", where, "it is missing", fix="give it a value")
    given = "" if _SECRET.search(where) else f" ({_shorten(detail['input'])})"
    limits = [text.format(context[name]) for name, text in _LIMITS.items() if name in context]
    return RolloutError("DEF005", where, f"{detail['msg']}{given}", allowed=", ".join(limits), fix="correct the value")


def keys_at(model: type[BaseModel], loc: Iterable[int | str]) -> list[str]:
    """Return the keys that the model at this place knows."""
    for part in loc:
        fields = {key: field for name, field in model.model_fields.items() for key in (name, field.alias)}
        if part in fields:
            model = next(_models_in(fields[str(part)].annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


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
        raise fault(
            "DEF001",
            f"schema {value!r} is not ours",
            allowed="public and schemas of our own",
            fix="put the object in public or the private schema",
        )
    return _own_name(value)


def _extension_schema(value: str) -> str:
    return value if value == EXTENSIONS_SCHEMA else _own_schema(value)


def _own_role(value: str) -> str:
    if value.lower() in RESERVED_ROLES | PLATFORM_ROLES or value.lower().startswith(("pg_", "supabase_")):
        raise fault(
            "DEF001",
            f"role {value!r} is reserved or the platform's own",
            allowed=f"a role of our own: {OWN_NAME_RULE}",
            fix="choose another name",
        )
    return _own_name(value)


def any_name(value: str) -> str:
    """Return the value when PostgreSQL could have it as a name, whoever gave it.

    Raises:
        PydanticCustomError: DEF001; for use in validators.
    """
    size = len(value.encode(errors="replace"))
    if not value.isprintable() or not 0 < size <= MAX_BYTES:
        raise fault(
            "DEF001",
            f"{value[:80]!r} ({size} bytes) is not a PostgreSQL name",
            allowed=f"1 to {MAX_BYTES} bytes of printable text",
            fix="write the name as the server has it",
        )
    return value


def _qualified_name(value: str) -> str:
    if not _QUALIFIED.fullmatch(value):
        raise fault(
            "DEF001", f"{value!r} is not a qualified name", allowed="schema.object", fix="write the schema and the name"
        )
    return value


def _not_empty(value: str) -> str:
    if not value.strip():
        raise fault(
            "DEF002",
            f"empty text ({value!r}) where something must stand",
            allowed="an expression or a statement",
            fix="fill it in or leave the field out",
        )
    if "\x00" in value:
        raise fault("DEF002", "a NUL byte cannot stand in SQL", allowed="text without NUL", fix="remove the NUL byte")
    return value


Name = Annotated[str, AfterValidator(_own_name)]
"""A name that we give an object of ours, with room for the suffixes of what belongs to it."""
FullName = Annotated[str, AfterValidator(_full_name)]
"""The name of an index, constraint, policy or trigger."""
SchemaName = Annotated[str, AfterValidator(_own_schema)]
"""A schema in which objects of ours may live."""
ExtensionSchemaName = Annotated[str, AfterValidator(_extension_schema)]
"""A schema in which an extension may live: the platform's own for extensions, or one of ours."""
RoleName = Annotated[str, AfterValidator(_own_role)]
"""A role that we may create."""
AnyName = Annotated[str, AfterValidator(any_name)]
"""A name that may be somebody else's, such as a role of the platform: it is quoted wherever it stands."""
QualifiedName = Annotated[str, AfterValidator(_qualified_name)]
"""``schema.object``, in lower case."""
SqlText = Annotated[str, AfterValidator(_not_empty)]
"""An expression, query or body: data of the definition, parsed when defined."""
