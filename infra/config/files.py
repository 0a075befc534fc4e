"""The stack files of a project, by their names."""

from pathlib import Path


def stack_names(folder: Path) -> list[str]:
    """Return the names of the stacks that a project has a file of, in order; a name may hold dots."""
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in folder.glob("Pulumi.*.yaml"))
