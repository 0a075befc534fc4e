"""The provider's own settings: where the database is and who logs in."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from infra.errors import RolloutError
from infra.provider.handler import UNKNOWN, ChangeKind, Problem, Properties, PropertyChange

if TYPE_CHECKING:  # imported when a target is made: pydantic would cost every start a tenth of a second
    from infra.database.target import Target

#: The settings as the package schema has them. None may be called `name` or `version`: engines without an entry of
#: their own among a provider's inputs would take that for the name or version of the plugin.
INPUTS: Final[dict[str, dict[str, Any]]] = {
    "host": {"type": "string", "description": "The database server's name or address; direct, not a pooler's."},
    "port": {"type": "integer", "description": "The server's port.", "default": 5432},
    "database": {"type": "string", "description": "The database's name."},
    "user": {"type": "string", "description": "The role that deploys; never a superuser."},
    "password": {"type": "string", "description": "Its password.", "secret": True},
    "sslmode": {
        "type": "string",
        "description": "disable, allow, prefer, require, verify-ca or verify-full, as libpq has them.",
        "default": "require",
    },
    "applicationName": {
        "type": "string",
        "description": "What the server's views show of our sessions; `rollout` and the stack when left out.",
    },
    "approvals": {
        "type": "string",
        "description": "As JSON: the hazards that somebody has approved, and what tells a way back. Others are refused;"
        " left out, nothing needs approval.",
    },
}
REQUIRED: Final = ("host", "database", "user")
SECRETS: Final = frozenset(name for name, spec in INPUTS.items() if spec.get("secret"))
SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
HIGHEST_PORT: Final = 65535
#: What engines add to a provider's inputs for themselves.
_ENGINES_OWN: Final = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "parameterization"})


@dataclass(frozen=True)
class Configuration:
    """The settings as they are; `target` is None while one of them is unknown, which only a preview may meet."""

    target: "Target | None" = None
    application_name: str | None = None
    review: str = ""
    """What needs approval and has it, as JSON; nothing needs any where it is empty."""


def check_configuration(given: Properties) -> list[Problem]:
    """Return every problem of the settings. Unknowns are passed over."""
    found = [_problem(name, "is missing", allowed="a text") for name in REQUIRED if given.get(name) is None]
    for name, value in given.items():
        if value is UNKNOWN or value is None or name in _ENGINES_OWN or name.startswith("__"):
            continue
        found += _check_one(name, value)
    return found


def _check_one(name: str, value: Any) -> list[Problem]:
    if name not in INPUTS:
        return [_problem(name, "is no setting of the provider", allowed=", ".join(INPUTS))]
    if name == "port":
        return [] if port_number(value) else [_problem(name, f"is not a port ({value!r})", allowed="1 to 65535")]
    if not isinstance(value, str) or not value:
        return [_problem(name, "is empty or not a text", allowed="a text")]
    if name == "sslmode" and value not in SSL_MODES:
        return [_problem(name, f"is not a mode of libpq ({value!r})", allowed=", ".join(SSL_MODES))]
    return []


def _problem(name: str, what: str, *, allowed: str) -> Problem:
    fix = "set it where the provider is made, or as rollout:" + name + " in the stack file"
    return Problem(name, RolloutError("PRV002", f"provider.{name}", what, allowed=allowed, fix=fix))


def port_number(value: Any) -> int | None:
    """Return the port; a stack file's own settings arrive as texts."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 1 <= value <= HIGHEST_PORT else None


def diff_configuration(old: Properties, new: Properties) -> list[PropertyChange]:
    """Return what changes. Nothing is ever replaced: the objects of another database are not made by moving there."""
    found = []
    for name in INPUTS:
        before, now = _settled(name, old.get(name)), _settled(name, new.get(name))
        if before != now:
            kind = ChangeKind.ADD if before is None else ChangeKind.DELETE if now is None else ChangeKind.UPDATE
            found.append(PropertyChange(name, kind))
    return found


def _settled(name: str, value: Any) -> Any:
    """Return a port as a number, whether it came as one or as a text."""
    return (port_number(value) or value) if name == "port" else value


def read_configuration(given: Properties) -> Configuration:
    """Return the settings of a checked configuration.

    Raises:
        RolloutError: PRV002 with every problem in one text.
    """
    known = {name: given[name] for name in INPUTS if given.get(name) is not None}
    application_name, review = (_known_text(known.pop(name, None)) for name in ("applicationName", "approvals"))
    if any(value is UNKNOWN for value in known.values()):
        return Configuration(None, application_name, review or "")
    problems = check_configuration(known)
    if problems:
        raise RolloutError("PRV002", "provider", "; ".join(str(problem.error) for problem in problems))
    from infra.database.target import Target  # noqa: PLC0415 - see above

    known["port"] = port_number(known.get("port", INPUTS["port"]["default"]))
    return Configuration(Target(name=known.pop("database"), **known), application_name, review or "")


def _known_text(value: Any) -> str | None:
    return None if value is UNKNOWN else value
