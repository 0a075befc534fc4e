"""The package's schema, put together from the handlers, so that a project in any Pulumi language can add it."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final

from infra.provider.configuration import INPUTS, REQUIRED
from infra.provider.handler import Handler

NAME: Final = "rollout"
_LANGUAGES: Final[dict[str, Any]] = {
    "python": {"pyproject": {"enabled": True}, "readme": "The rollout provider."},
    "nodejs": {"packageName": "@pulumi/rollout"},
    "go": {"generateResourceContainerTypes": True},
    "csharp": {"namespaces": {"postgres": "Postgres"}},
}


def package_schema(handlers: Iterable[Handler], version: str) -> dict[str, Any]:
    """Return the schema of the whole package."""
    handlers = list(handlers)
    types: dict[str, Any] = {}
    for handler in handlers:
        types |= copy.deepcopy(handler.types())
    return {
        "name": NAME,
        "displayName": "Rollout",
        "version": version,
        "description": "PostgreSQL objects that are created or adopted, compared with the catalog and kept.",
        "keywords": ["postgresql", "row-security", "category/database"],
        "attribution": "",
        "meta": {"moduleFormat": "(.*)"},
        "config": {"variables": copy.deepcopy(INPUTS), "required": list(REQUIRED)},
        "provider": _provider(),
        "types": types,
        "resources": {handler.token: resource_schema(handler) for handler in handlers},
        "functions": {},
        "language": copy.deepcopy(_LANGUAGES),
    }


def _provider() -> dict[str, Any]:
    return {
        "description": "Where the database is and who logs in.",
        "inputProperties": copy.deepcopy(INPUTS),
        "requiredInputs": list(REQUIRED),
    }


def resource_schema(handler: Handler) -> dict[str, Any]:
    """Return a kind's schema, made whole: outputs repeat the inputs, and secrets are marked in both."""
    schema = copy.deepcopy(handler.schema())
    inputs: dict[str, Any] = schema.setdefault("inputProperties", {})
    required = schema.setdefault("requiredInputs", [])
    schema["properties"] = _outputs(inputs) | schema.get("properties", {})
    schema["required"] = sorted({*required, *schema.get("required", [])})
    for properties in (inputs, schema["properties"]):
        for name in handler.secrets & properties.keys():
            properties[name]["secret"] = True
    return schema


def _outputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs as outputs, which have no defaults and are replaced by nothing."""
    inputs_only = ("default", "defaultInfo", "willReplaceOnChanges", "replaceOnChanges", "const")
    return {
        name: {key: value for key, value in copy.deepcopy(spec).items() if key not in inputs_only}
        for name, spec in inputs.items()
    }
