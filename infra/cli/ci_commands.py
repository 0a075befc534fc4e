"""The commands that write the pipelines of GitHub and GitLab."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import JsonOption, make_output
from infra.errors import RolloutError

ci = typer.Typer(no_args_is_help=True, help="The pipelines that preview, deploy, look for drift and back up.")

OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FOLDER", help="The repository; the project's folder by default.")
]
StacksOption = Annotated[
    list[str] | None,
    typer.Option(
        "--stack",
        "-s",
        metavar="NAME",
        help="A stack, once for each in the order of deploying; by default those without an embedded database.",
    ),
]
BranchOption = Annotated[str, typer.Option("--branch", metavar="NAME", help="The branch that is deployed.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Also over a file that says something else.")]
CheckOption = Annotated[bool, typer.Option("--check", help="Write nothing; exit with 3 unless all files are current.")]
FleetOption = Annotated[
    str,
    typer.Option(
        "--fleet",
        metavar="FILE",
        help="The pipeline of this fleet file alone, wave after wave, in the place of the one that deploys.",
    ),
]


@ci.command("github")
def ci_github(
    *,
    out: OutOption = None,
    stack: StacksOption = None,
    branch: BranchOption = "main",
    fleet: FleetOption = "",
    force: ForceOption = False,
    check: CheckOption = False,
    json: JsonOption = False,
) -> int:
    """Write .github/workflows/rollout-*.yml for a repository with this project. docs/ci.md says what to set up."""
    return write_pipelines(texts_for("github", stack, branch, fleet), out, force=force, check=check, json=json)


@ci.command("gitlab")
def ci_gitlab(
    *,
    out: OutOption = None,
    stack: StacksOption = None,
    branch: BranchOption = "main",
    fleet: FleetOption = "",
    force: ForceOption = False,
    check: CheckOption = False,
    json: JsonOption = False,
) -> int:
    """Write .gitlab-ci.yml for a repository with this project. docs/ci.md says what to set up."""
    return write_pipelines(texts_for("gitlab", stack, branch, fleet), out, force=force, check=check, json=json)


Texts = tuple[tuple[str, ...], dict[str, str]]


def texts_for(forge: str, stacks: list[str] | None, branch: str, fleet: str) -> Texts:
    """Return the stacks in the order of deploying, and the files' texts by their paths."""
    from infra.cli.ci_files import deployed_stacks
    from infra.cli.stacks import find_project, find_stack
    from infra.config.fleet import read_fleet
    from infra.report.ci import Forge, Pipelines, render_pipelines
    from infra.report.ci_fleet import FleetPipeline, render_fleet

    project = find_project()
    if fleet:
        if stacks:
            raise RolloutError("CLI001", "--stack", "the fleet file names the stacks", fix="leave one of the two out")
        pipeline = FleetPipeline(read_fleet(project, fleet), branch)
        names = tuple(stack for wave in pipeline.fleet.plan for stack in wave.stacks)
        return names, render_fleet(Forge(forge), pipeline)
    names = tuple(find_stack(name).name for name in stacks) if stacks else deployed_stacks(project)
    return names, render_pipelines(Forge(forge), Pipelines(names, branch))


def write_pipelines(texts: Texts, out: Path | None, *, force: bool, check: bool, json: bool) -> int:
    """Write the files, or tell which are not current."""
    from infra.cli.ci_files import stale_files, write_files
    from infra.cli.stacks import find_project

    output = make_output(json=json)
    names, files = texts
    folder = find_project() if out is None else out.resolve()
    found = stale_files(folder, files) if check else write_files(folder, files, force=force)
    for path in found:
        output.line(f"{'stale' if check else 'written'}: {path}", "red" if check else "")
    if not found:
        output.line("current: " + ", ".join(files), "green")
    output.document({"ok": not (check and found), "stacks": names, "stale" if check else "written": found})
    return 3 if check and found else 0
