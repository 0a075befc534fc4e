"""The flags as parameters of AWS Systems Manager: one plain text a flag, ``true`` or ``false``."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from infra.aws.failures import aws_errors
from infra.errors import RolloutError
from infra.models.flag import FlagName
from infra.pipeline.flags import flag

_PATH: Final = "aws ssm"
_TEXTS: Final = {True: "true", False: "false"}
_VALUES: Final = {text: value for value, text in _TEXTS.items()}
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

    No flag is ever on while the one before it is off: those that go off are written first, the last one first.

    Raises:
        RolloutError: AWS001 when AWS refuses; AWS002 for a parameter that is no plain text, which cannot be changed.
    """
    found = read_parameters(client, prefix)
    changed = [name for name in FlagName if name.value in flags and found.get(name.value) != flags[name.value]]
    _refuse_other_types(prefix, {name: found[name] for name in changed if name in found})
    going_off = [name for name in reversed(changed) if not flags[name]]
    going_on = [name for name in changed if flags[name]]
    for name in (*going_off, *going_on):
        with aws_errors(f"{_PATH} {parameter_name(prefix, name)}"):
            client.put_parameter(
                Name=parameter_name(prefix, name),
                Description=flag(name).description,
                Value=_TEXTS[flags[name]],
                Type="String",
                Overwrite=True,
            )
    return [name.value for name in (*going_off, *going_on)]


def _refuse_other_types(prefix: str, found: Mapping[FlagName, bool | str]) -> None:
    for name, value in found.items():
        if value in ("(SecureString)", "(StringList)"):
            where = parameter_name(prefix, name)
            problem = f"it is a {str(value).strip('()')}, and AWS lets nobody change a parameter's type"
            fix = f"delete it (`aws ssm delete-parameter --name {where}`), or choose another prefix"
            raise RolloutError("AWS002", f"{_PATH} {where}", problem, allowed="a String", fix=fix)


def delete_parameters(client: Any, prefix: str, names: Collection[str]) -> None:
    """Delete the parameters of these flags; those that are gone already are no error."""
    if names:
        with aws_errors(f"{_PATH} {prefix}"):
            client.delete_parameters(Names=[parameter_name(prefix, name) for name in FlagName if name in names])
