"""From a model to the provider's schema: what a program in any Pulumi language may pass."""

from collections.abc import Mapping
from typing import Any, Final

from infra.models.base import Model

MODULE: Final = "rollout:postgres"
#: What every object of a database tells besides its inputs.
_OUTPUTS: Final[Mapping[str, Mapping[str, str]]] = {
    "cluster": {"type": "string", "description": "The cluster and database that the object was deployed to."}
}
_PRIMITIVES: Final = frozenset({"string", "integer", "number", "boolean"})


def resource_schema(
    model: type[Model], module: str = MODULE, outputs: Mapping[str, Mapping[str, str]] = _OUTPUTS
) -> dict[str, Any]:
    """Return a resource's description, inputs, which of them are required, and the outputs besides."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return {
        "description": schema.get("description", ""),
        "inputProperties": {name: _property(spec, module) for name, spec in schema.get("properties", {}).items()},
        "requiredInputs": sorted(schema.get("required", [])),
        "properties": {name: dict(spec) for name, spec in outputs.items()},
    }


def named_types(model: type[Model], module: str = MODULE) -> dict[str, Any]:
    """Return the object and enumeration types that a model's properties refer to."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return {f"{module}:{name}": _type(spec, module) for name, spec in schema.get("$defs", {}).items()}


def _type(spec: dict[str, Any], module: str) -> dict[str, Any]:
    described = {"description": spec["description"]} if "description" in spec else {}
    if "enum" in spec:
        return {"type": "string", "enum": [{"value": value} for value in spec["enum"]], **described}
    properties = {name: _property(item, module) for name, item in spec.get("properties", {}).items()}
    return {"type": "object", "properties": properties, "required": sorted(spec.get("required", [])), **described}


def _property(spec: dict[str, Any], module: str) -> dict[str, Any]:
    described = {"description": spec["description"]} if "description" in spec else {}
    return {**_shape(spec, module), **described}


def _shape(spec: dict[str, Any], module: str) -> dict[str, Any]:
    if "$ref" in spec:
        return {"$ref": f"#/types/{module}:{spec['$ref'].rpartition('/')[2]}"}
    if "anyOf" in spec:
        return _union([_shape(item, module) for item in spec["anyOf"] if item.get("type") != "null"])
    if "allOf" in spec:
        return _shape(spec["allOf"][0], module)
    if spec.get("type") == "array":
        return {"type": "array", "items": _shape(spec["items"], module)}
    if isinstance(spec.get("additionalProperties"), dict):
        return {"type": "object", "additionalProperties": _shape(spec["additionalProperties"], module)}
    kind = spec.get("type", "string")
    return {"type": kind if kind in _PRIMITIVES else "string"}


def _union(shapes: list[dict[str, Any]]) -> dict[str, Any]:
    distinct = [shape for index, shape in enumerate(shapes) if shape not in shapes[:index]]
    return distinct[0] if len(distinct) == 1 else {"oneOf": distinct}
