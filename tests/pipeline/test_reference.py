"""The definition keeps what the application reads and writes: every name, type, default, rule and key."""

import re

import pytest

from infra.identifiers import quote_literal
from infra.models.access import Access
from infra.models.expressions import equal_expressions, parse_query
from infra.models.function import Security
from infra.models.table import Column, ForeignKey, OnDelete, Table
from infra.pipeline.access import ANSWER_COLUMNS, LEGACY_INSERTS, LEGACY_UPDATES, SIGN_UP_COLUMNS
from infra.pipeline.definition import define
from infra.pipeline.functions import CREATOR_PIPELINE_STATUS
from infra.pipeline.phases import rollout
from infra.pipeline.tables import TABLES
from infra.pipeline.views import OVERVIEW
from tests.pipeline import reference

DEFINITION = define(rollout(5), access=Access.SERVICE, deployer="deployer")


def test_the_tables_are_those_of_the_reference() -> None:
    assert {table.name for table in TABLES} == set(reference.TABLES)
    assert {table.schema_name for table in TABLES} == {"public"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns(table: Table) -> None:
    """Every column stands as it was, in its order, and there is no other."""
    wanted = [line.strip() for line in reference.TABLES[table.name].strip().splitlines()]
    assert [_line(table, column) for column in table.columns] == wanted
    assert table.primary_key == ("id",)


def _line(table: Table, column: Column) -> str:
    parts = [column.name, column.type, "" if column.nullable else "!", _default(column), _rule(table, column)]
    keys = [_key(key) for key in table.foreign_keys if key.columns == (column.name,)]
    return " ".join(part for part in (*parts, *keys) if part)


def _default(column: Column) -> str:
    if column.default is None:
        return ""
    assert column.default.unsafe_sql is None
    return f"= {column.default.function or quote_literal(column.default.literal)}"


def _rule(table: Table, column: Column) -> str:
    """Return the rule of the column's check, after making sure that the check says that and no more."""
    rules = []
    for check in table.checks:
        if equal_expressions(check.expression, f"{column.name} >= 0 AND {column.name} <= 100"):
            rules.append("? 0..100")
        elif check.expression.startswith(f"{column.name} IN ("):
            words = re.findall(r"'([^']*)'", check.expression)
            assert equal_expressions(check.expression, f"{column.name} IN ({', '.join(map(quote_literal, words))})")
            short = {text: name for name, text in reference.WORDS.items()}
            rules.append(f"? {short.get(' '.join(words), ' '.join(words))}")
    assert len(rules) <= 1
    return "".join(rules)


def _key(key: ForeignKey) -> str:
    target = f"{key.references.removeprefix('public.')}({', '.join(key.referenced_columns)})"
    return f"> {target}{' cascade' if key.on_delete is OnDelete.CASCADE else ''}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_check_is_of_the_reference(table: Table) -> None:
    """No rule was added: what the application writes today it can write tomorrow."""
    assert len(table.checks) == sum(bool(_rule(table, column)) for column in table.columns)
    assert all(len(key.columns) == 1 for key in table.foreign_keys)
    assert len(table.foreign_keys) == sum(" > " in line for line in reference.TABLES[table.name].splitlines())


@pytest.mark.parametrize("name", reference.INDEXES)
def test_queries_that_had_an_index_have_one(name: str) -> None:
    """Each index of old stands, or another one starts with its columns; what stands too much is retired."""
    table = DEFINITION.table(f"public.{name}")
    standing = [index for index in DEFINITION.indexes_of(table) if not index.absent]
    fronts = [tuple(f"{'-' * column.descending}{column.name}" for column in index.columns) for index in standing]
    retired = {index.name for index in DEFINITION.indexes_of(table) if index.absent}
    for columns in reference.INDEXES[name]:
        assert any(front[: len(columns)] == columns for front in fronts), columns
        plain = "_".join((name, *(column.lstrip("-") for column in columns), "idx"))
        assert columns in fronts or plain in retired, columns


def test_one_profile_a_user() -> None:
    assert [index.columns[0].name for index in DEFINITION.indexes if index.unique] == ["user_id"]


def test_the_overview_has_its_columns() -> None:
    targets = parse_query(OVERVIEW.query).targetList or ()
    names = [target.name or target.val.fields[-1].sval for target in targets]
    assert names == reference.OVERVIEW.split()
    assert OVERVIEW.security_invoker


def test_the_status_function_keeps_its_signature_and_keys() -> None:
    function = CREATOR_PIPELINE_STATUS
    assert function.identity == "public.get_creator_pipeline_status(uuid)"
    assert (function.arguments[0].name, function.returns) == ("creator_id", "json")
    assert function.security is Security.INVOKER
    for key in (*reference.STATUS, *reference.SUMMARY):
        assert f"'{key}'," in function.body


def test_triggers_stand_where_they_stood() -> None:
    updated = {trigger.table for trigger in DEFINITION.triggers if "touch_updated_at" in trigger.function}
    active = {trigger.table for trigger in DEFINITION.triggers if "touch_creator_activity" in trigger.function}
    assert (updated, active) == (set(reference.UPDATED), set(reference.ACTIVE))
    retired = {name for trigger in DEFINITION.triggers for name in trigger.retires}
    assert retired == {"public.update_updated_at_column", "public.update_creator_activity"}


def test_what_the_application_sends_may_be_sent() -> None:
    assert set(SIGN_UP_COLUMNS) == set(reference.SIGN_UP.split())
    assert set(ANSWER_COLUMNS) == set(reference.ANSWERS.split())
    assert set(LEGACY_UPDATES["creator_profiles"]) == set(reference.RESULTS.split())
    for table, columns in reference.LEGACY_INSERTS.items():
        assert set(LEGACY_INSERTS[table]) == set(columns.split())
