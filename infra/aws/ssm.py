"""The flags as parameters of AWS Systems Manager: one plain text a flag, ``true`` or ``false``."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from infra.aws.failures import aws_errors
from infra.errors import RolloutError, RolloutErrors
from infra.models.flag import FlagName
from infra.pipeline.flags import flag

_PATH: Final = "aws ssm"
_VALUES: Final = {"true": True, "false": False}
_OTHER_TYPES: Final = frozenset({"(SecureString)", "(StringList)"})
_LONGEST_SHOWN: Final = 40


def parameter_name(prefix: str, name: str) -> str:
    """Return the parameter's full name."""
    return f"{prefix}/{name}"


def read_parameters(client: Any, prefix: str) -> dict[str, bool | str]:
    """Return the flags that have a parameter, in the order of the rollout.

    A value that is neither true nor false is returned as its text; that of another type than String, as the type.
    """
    names = {parameter_name(prefix, name): name.value for name in FlagName}
    with aws_errors(_PATH):
        found = client.get_parameters(Names=list(names))["Parameters"]
    values = {names[parameter["Name"]]: _value(parameter) for parameter in found}
    return {name.value: values[name.value] for name in FlagName if name.value in values}


def _value(parameter: Mapping[str, Any]) -> bool | str:
    if parameter["Type"] != "String":
        return f"({parameter['Type']})"
    text = str(parameter["Value"])
    return _VALUES.get(text, text[:_LONGEST_SHOWN])


def put_parameters(client: Any, prefix: str, flags: Mapping[str, bool]) -> list[str]:
    """Write the flags that differ, and return their names.

    No flag is ever on while the one before it is off: those that go off are written first, the last one first. One that
    cannot be turned off keeps none of the others from it, but nothing is turned on then.

    Raises:
        RolloutErrors: AWS001 when AWS refuses; AWS002 for a parameter that is no plain text, which cannot be changed.
    """
    found = read_parameters(client, prefix)
    changed = [name for name in FlagName if name.value in flags and found.get(name.value) != flags[name.value]]
    going_off = [name for name in reversed(changed) if not flags[name]]
    going_on = [name for name in changed if flags[name]]
    errors = list(filter(None, [_try_off(client, prefix, name, found) for name in going_off]))
    if errors:
        raise RolloutErrors(errors)
    for name in going_on:
        _put(client, parameter_name(prefix, name), name, "true", found)
    return [name.value for name in (*going_off, *going_on)]


def _try_off(client: Any, prefix: str, name: FlagName, found: Mapping[str, bool | str]) -> RolloutError | None:
    try:
        _put(client, parameter_name(prefix, name), name, "false", found)
    except RolloutError as error:
        return error
    return None


def _put(client: Any, where: str, name: FlagName, value: str, found: Mapping[str, bool | str]) -> None:
    _refuse_other_types(where, found.get(name.value))
    with aws_errors(f"{_PATH} {where}"):
        client.put_parameter(Name=where, Description=flag(name).description, Value=value, Type="String", Overwrite=True)


def _refuse_other_types(where: str, found: bool | str | None) -> None:  # noqa: FBT001 - a value, not a switch
    if found in _OTHER_TYPES:
        problem = f"it is a {str(found).strip('()')}, and AWS lets nobody change a parameter's type"
        fix = f"delete it (`aws ssm delete-parameter --name {where}`), or choose another prefix"
        raise RolloutError("AWS002", f"{_PATH} {where}", problem, allowed="a String", fix=fix)


def delete_parameters(client: Any, prefix: str, names: Collection[str]) -> None:
    """Delete the parameters of these flags; those that are gone already are no error."""
    if names:
        with aws_errors(f"{_PATH} {prefix}"):
            client.delete_parameters(Names=[parameter_name(prefix, name) for name in FlagName if name in names])
