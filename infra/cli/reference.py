"""Writes the reference of the commands, docs/commands.md, from the command line itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

from infra.cli.app import EXIT_CODES, app

FILE: Final = Path(__file__).parents[2] / "docs" / "commands.md"
_OPENING: Final = """\
# The `rollout` command

Written by `python -m infra.cli.reference`; a test fails when it is stale. `python -m infra.cli` is the same command.

Run it in the project's folder or below. The stack `dev`, and any other with `embedded: true` in its file, runs on the
embedded engine, which needs neither Pulumi's CLI nor an account; every other stack runs under Pulumi's own CLI, on the
backend that it is logged in to. `--engine` says otherwise; the two have states of their own, so stay with one. The
embedded engine cannot read what Pulumi has encrypted: for a database that is not the embedded one it takes the
deployer's password from `PGPASSWORD`.

The state of the embedded engine and the embedded PostgreSQL are kept in `.rollout/`, or where `ROLLOUT_HOME` says.
To hand a stack over to Pulumi: `pulumi stack init STACK` (on Pulumi Cloud with `--secrets-provider passphrase`), which
writes the `encryptionsalt` that the export needs (CLI006 without), then `rollout state export -s STACK > FILE` and
`pulumi stack import -s STACK --file FILE`, and remove the file, as it holds secrets.

Results go to stdout, notes and errors to stderr. With `--json` one document goes to stdout and nothing else:
`operation`, `stack`, `engine`, `preview`, `ok`, `summary` (how many resources by operation), `steps` (each with `urn`,
`type`, `name`, `op`, `changes`), `diagnostics`, `outputs`, and `dsn` after a change. On an error it has at least `ok`,
`summary`, `steps` and `diagnostics`. There are colours on a terminal only, and none with `NO_COLOR`.
No password is ever shown, save by `db url` and in what `state export` writes.

Under Pulumi's CLI `up`, `refresh` and `destroy` first clear what a run that was killed has left behind. On a file
backend the lock of a dead run of this machine is removed, that one alone; one that may be alive, or another
machine's, is told and stays (CLI007). Operations that were under way are cleared with one `pulumi refresh
--clear-pending-creates`, which is said once. On other backends a lock is told, with its owner, and left. A wrong
passphrase is told before any connection (CLI008).

An unexpected failure is told in one line; with `ROLLOUT_DEBUG=FILE` its traceback is added to that file. With it set,
`pulumi up --debug` also shows the SDK's own lines for each resource: sent always, they would cost a tenth of its time.
The first Ctrl-C cancels: what is under way ends, nothing new is begun, and the state is written. The second one stops.

"""


def reference() -> str:
    """Return the whole text."""
    root = typer.main.get_command(app)
    sections = [_section(path, command) for path, command in _leaves("rollout", root)]
    return _OPENING + f"{' '.join(EXIT_CODES.split())}\n\n" + "\n".join(sections)


def write_reference() -> None:
    """Write the file anew."""
    FILE.write_text(reference(), encoding="utf-8")


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    if command.invoke_without_command:
        yield path, command
    for name, child in children.items():
        yield from _leaves(f"{path} {name}", child)


def _section(path: str, command: Any) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    usage = " ".join([path, *(argument.metavar for argument in arguments), *(["[OPTIONS]"] if options else [])])
    lines = [f"## {usage}\n", f"{' '.join((command.help or '').split())}\n"]
    lines += [f"- `{argument.metavar}`: {argument.help}" for argument in arguments]
    lines += [f"- {_flags(option)}: {option.help}{_default(option)}" for option in options]
    return "\n".join(lines) + "\n"


def _flags(option: Any) -> str:
    value = "" if option.is_flag else f" {option.metavar or option.name.upper()}"
    return ", ".join(f"`{flag}{value}`" for flag in option.opts)


def _default(option: Any) -> str:
    return f" Default: `{option.default}`." if isinstance(option.default, str) and option.default else ""


if __name__ == "__main__":
    write_reference()
