"""From the models of delivery to the package schema: maps of flags, and types in a module of their own."""

from collections.abc import Mapping
from typing import Any

from infra.models.base import Model


def resource_schema(model: type[Model], module: str, outputs: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return a resource's description, inputs, which of them are required, and the outputs besides."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return {
        "description": schema["description"],
        "inputProperties": {name: _property(spec, module) for name, spec in schema["properties"].items()},
        "requiredInputs": sorted(schema.get("required", [])),
        "properties": {name: dict(spec) for name, spec in outputs.items()},
    }


def named_types(model: type[Model], module: str) -> dict[str, Any]:
    """Return the object types that a model's properties refer to."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return {
        _token(name, module): {
            "type": "object",
            "description": spec.get("description", ""),
            "properties": {key: _property(value, module) for key, value in spec["properties"].items()},
            "required": sorted(spec.get("required", [])),
        }
        for name, spec in schema.get("$defs", {}).items()
    }


def _token(name: str, module: str) -> str:
    return f"rollout:{module}:{name}"


def _property(spec: Mapping[str, Any], module: str) -> dict[str, Any]:
    described = {"description": spec["description"]} if "description" in spec else {}
    return {**_shape(spec, module), **described}


def _shape(spec: Mapping[str, Any], module: str) -> dict[str, Any]:
    match spec:
        case {"$ref": reference}:
            return {"$ref": f"#/types/{_token(reference.rpartition('/')[2], module)}"}
        case {"anyOf": [one, {"type": "null"}]}:
            return _shape(one, module)
        case {"type": "array", "items": items}:
            return {"type": "array", "items": _shape(items, module)}
        case {"type": "object", "additionalProperties": values}:
            return {"type": "object", "additionalProperties": _shape(values, module)}
        case _:
            return {"type": spec["type"]}
