"""The command that says what was changed out of band."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from infra.cli.options import EngineOption, JsonOption, StackOption, make_output, open_runner


def drift(*, stack: StackOption = "dev", engine: EngineOption = "auto", json: JsonOption = False) -> int:
    """Say in words what was changed past the program, object by object. Nothing is written.

    What is not ours (a column, index, table or function of somebody else's) is told and left alone.
    Exits with 0 for no drift, 3 for drift, 5 for an incident: something that guards the data was weakened.
    """
    from infra.cli.drift_look import look_for_drift

    output = make_output(json=json)
    _, runner = open_runner(stack, engine, output, read_only=True)
    return look_for_drift(runner, output)
