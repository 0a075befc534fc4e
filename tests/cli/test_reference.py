"""The reference says what the command line has, and the command says what the reference says."""

from infra.cli.reference import FILE, reference
from tests.cli.commands import Project


def test_the_reference_is_not_stale() -> None:
    assert FILE.read_text(encoding="utf-8") == reference(), "run `python -m infra.cli.reference`"


def test_every_command_is_in_it() -> None:
    text = reference()
    for name in ("up", "preview", "refresh", "destroy", "import TYPE NAME ID", "status", "state export"):
        assert f"## rollout {name}" in text
    for name in ("sql deploy", "sql remove", "sql restore", "sql destroy-data"):
        assert f"## rollout {name}" in text
    for name in ("db start", "db stop", "db url", "db psql"):
        assert f"## rollout {name}" in text


def test_the_exit_codes_are_in_the_help_as_well(project: Project) -> None:
    shown = project.rollout("--help")
    assert shown.code == 0
    assert "3 something would change (with --expect-no-changes)" in " ".join(shown.out.split())
    bare = project.rollout("db")
    assert bare.code == 2
    assert "start" in bare.out
