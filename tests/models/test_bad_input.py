"""Every bad definition is refused by the model that it is given to, with the whole error and all errors at once."""

import re

import pytest
from pydantic import ValidationError

from infra.models.base import faults_of
from infra.models.definition import Definition, Extension, Schema
from infra.models.role import Role
from infra.models.table import Column, Table
from tests.checks.samples import SOUND
from tests.models.bad_input import REFUSED, Refused, table


def _errors(refused: Refused) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        refused.model.load(refused.given)
    return [str(error) for error in faults_of(caught.value, "it", refused.model)]


@pytest.mark.parametrize("refused", REFUSED, ids=lambda case: f"line{case.line}-{case.model.__name__}-{case.said[:50]}")
def test_refuses(refused: Refused) -> None:
    found = [text for text in _errors(refused) if text.startswith(refused.said)]
    assert len(found) == 1, _errors(refused)
    assert re.fullmatch(r"[A-Z]+\d{3} \S+: .+[.?] Fix: .+\.", found[0], re.DOTALL), found[0]
    assert " Allowed: " in found[0] or "unknown key" in found[0], found[0]


@pytest.mark.parametrize("word", ["user", "order", "select", "table", "all", "group"])
def test_reserved_words_are_names(word: str) -> None:
    """Line 22: every name is quoted wherever it stands, so that no word is reserved for us."""
    assert Column(name=word, type="text").name == word
    assert Schema(name=word).name == word


@pytest.mark.parametrize("name", ["extensions", "cron", "net", "graphql_public", "supabase_migrations", "_realtime"])
def test_a_schema_of_the_platform_takes_no_table(name: str) -> None:
    with pytest.raises(ValidationError, match="is not ours"):
        Table.load(table("a", "b") | {"schema": name})


def test_an_extension_may_live_where_the_platform_keeps_them() -> None:
    assert Extension(name="citext").schema_name == "extensions"
    assert Extension.load({"name": "citext", "schema": "extensions"}).dump() == {"name": "citext"}
    with pytest.raises(ValidationError, match="'auth' is not ours"):
        Extension.load({"name": "citext", "schema": "auth"})


def test_circles_of_deferrable_keys_are_allowed() -> None:
    """Line 38: a true circle can be filled when its keys are looked at in the end."""
    tables = [table("a", "b"), table("b", "a", deferrable=True)]
    assert len(Definition.load({"tables": tables}).tables) == 2


def test_a_key_to_its_own_table_is_no_circle() -> None:
    assert Definition.load({"tables": [table("a", "a")]}).tables[0].name == "a"


def test_all_fields_are_told_at_once() -> None:
    """A person mends an object in one go."""
    given = {"name": "A", "owner": "postgres", "columns": [{"name": "id", "type": "x y z!"}], "colunms": []}
    with pytest.raises(ValidationError) as caught:
        Table.load(given)
    found = [str(error) for error in faults_of(caught.value, "it", Table)]
    for said in (
        "DEF001 it.name:",
        "DEF001 it.owner:",
        "DEF002 it.columns.0.type:",
        "DEF005 it.primaryKey: it is missing.",
        "DEF005 it.colunms: unknown key 'colunms'; did you mean 'columns'?",
    ):
        assert any(text.startswith(said) for text in found), (said, found)


def test_unknown_keys_inside_are_told_with_the_nearest_of_their_place() -> None:
    given = {**SOUND["tables"][0], "columns": [{"name": "id", "type": "uuid", "nulable": False}]}
    with pytest.raises(ValidationError) as caught:
        Table.load(given)
    texts = [str(error) for error in faults_of(caught.value, "it", Table)]
    assert texts[0].startswith("DEF005 it.columns.0.nulable: unknown key 'nulable'; did you mean 'nullable'?"), texts


def test_a_password_of_the_wrong_type_is_not_shown() -> None:
    """Line 46: the error that refuses a secret says nothing of it."""
    with pytest.raises(ValidationError) as caught:
        Role.load({"name": "app", "login": True, "password": 12345678})
    (error,) = faults_of(caught.value, "it", Role)
    assert str(error).startswith("DEF005 it.password: ")
    assert "12345678" not in str(error)
