"""The proof from the command: its matrix, its exit codes, and what it says of a database that is too open."""

import json

import pytest

from infra.cli import verify_mutation
from infra.cli.app import app
from infra.cli.rollback_connection import Place
from infra.cli.verify_commands import verify
from infra.cli.verify_run import PASSWORD_VARIABLE
from infra.errors import RolloutError
from infra.pipeline.names import ANON, API
from infra.verify.mutants import Mutant
from tests.cli.places import STACK, say
from tests.phases.rollouts import Stage
from tests.verify.ground import fingerprint, run


@pytest.fixture(autouse=True)
def _without_the_apis_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)


def test_a_sound_database_is_proven(first: Stage, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A protected stack, gently: every cell has a mark, the verdict says how many, and nothing stays."""
    before = fingerprint(first.database)
    assert verify(stack=STACK) == 0
    assert fingerprint(first.database) == before
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["anon", "creator", "service"]
    assert "creator_profiles update" in lines[3]
    assert "✓ own 8/17" in lines[3]
    assert all(set("✓c") & set(line) and "✗" not in line for line in lines[1:-1])
    assert lines[-1].startswith("proven: all 3605 cells are as declared (phase 1, access service; ")
    assert "gently" in lines[-1]
    assert place.file.is_file()


def test_a_weaker_database_ends_with_five(first: Stage, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The cells that differ are named, with what was seen, in words and in the document."""
    run(first.database, "GRANT SELECT (id, user_id) ON public.creator_profiles TO anon")
    assert verify(stack=STACK) == 5
    told = capsys.readouterr().out
    seen = "✗ anon: select public.creator_profiles (id, user_id): 0 rows, not refused (42501); the catalog says"
    assert seen in told
    assert told.splitlines()[-1].startswith("not proven: 2 cells differ, ")
    assert verify(stack=STACK, json=True) == 5
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert [(item["role"], item["column"], item["declared"]) for item in document["differs"]] == [
        (ANON, "id", "42501"),
        (ANON, "user_id", "42501"),
    ]
    assert any("granted to anon" in text for text in document["findings"])
    square = {"role": ANON, "on": "public.creator_profiles", "operation": "select", "declared": "42501"}
    assert square | {"mark": "differs"} in document["matrix"]
    assert place.file.is_file()


def test_what_could_not_be_tried_ends_with_three(
    first: Stage, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    run(first.database, "REVOKE anon FROM deployer")
    assert verify(stack=STACK) == 3
    assert "could not be tried" in capsys.readouterr().out.splitlines()[-1]
    assert place.file.is_file()


def test_an_unprotected_stack_is_tried_with_everything(
    first: Stage, place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API's own login too, its password being known; it is shown nowhere."""
    password = first.database.authenticator.password or ""
    monkeypatch.setenv(PASSWORD_VARIABLE, password)
    say(place, "  creative-pipeline:protect: false\n")
    assert verify(stack=STACK, json=True) == 0
    told = capsys.readouterr().out
    assert password not in told
    document = json.loads(told)
    assert document["gently"] is False
    marks = {(item["role"], item["operation"]): item["mark"] for item in document["matrix"]}
    assert marks[ANON, "truncate"] == "proven"
    assert marks[API, "truncate"] == "proven"


def test_triggers_of_others_are_told(first: Stage, place: Place) -> None:
    run(
        first.database,
        "CREATE FUNCTION public.welcome() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER welcome AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.welcome()",
    )
    with pytest.raises(RolloutError, match=r"VER001 auth\.users: .*welcome.*--with-user-triggers"):
        verify(stack=STACK)
    assert verify(stack=STACK, with_user_triggers=True, json=True) == 0
    assert place.file.is_file()


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("ALTER TABLE public.pipeline_metrics DISABLE ROW LEVEL SECURITY", 0, "1 of 1 mutants noticed (100.0 %)"),
        ("SELECT 1", 5, "0 of 1 mutants noticed (0.0 %)"),
    ],
    ids=["noticed", "not noticed"],
)
def test_mutants_on_a_copy(
    first: Stage,
    place: Place,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    code: int,
    words: str,
) -> None:
    """The copy is a server of its own, made by the deploy script: the stack's database sees nothing of it."""
    monkeypatch.setattr(verify_mutation, "mutants", lambda _: (Mutant("the one", (statement,)),))
    before = fingerprint(first.database)
    assert verify(stack=STACK, mutate=True) == code
    assert capsys.readouterr().out.splitlines()[-1].startswith(words)
    assert fingerprint(first.database) == before
    assert place.file.is_file()


def test_it_is_a_command() -> None:
    assert "verify" in {command.callback.__name__ for command in app.registered_commands if command.callback}
