"""What PostgreSQL makes of our expressions when it stores them still compares as equal to what we wrote."""

from typing import Any

import pytest
from psycopg import sql

from infra.identifiers import quote_identifier, quote_literal
from infra.models.access import Access
from infra.models.definition import Definition
from infra.models.expressions import equal_expressions, equal_queries
from infra.models.table import Column, Table
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from tests.cluster_state import Connection
from tests.clusters import Database

Texts = dict[str, str | None]


@pytest.fixture(params=list(Access), ids=lambda access: access.value)
def definition(request: pytest.FixtureRequest) -> Definition:
    return define(rollout(5), access=request.param, deployer="deployer")


def test_stored_spellings(database: Database, definition: Definition) -> None:
    """Every check, policy and view of the pipeline is stored, read back and found equal, and none to another."""
    with database.connect(user="admin") as connection:
        _build(connection, definition)
        # With public in the path PostgreSQL would leave the schema out of what it prints.
        connection.execute("SET search_path = pg_catalog")
        _compare(_wanted_checks(definition), _stored_checks(connection))
        _compare(_wanted_policies(definition), _stored_policies(connection))
        for view in definition.views:
            text = _one(connection, "SELECT pg_get_viewdef(%s::regclass)", view.identity)
            assert equal_queries(view.query, text), text


def _compare(wanted: Texts, stored: Texts) -> None:
    assert wanted.keys() == stored.keys()
    for name, text in wanted.items():
        assert equal_expressions(text, stored[name]), (name, text, stored[name])
        others = [other for other in wanted.values() if other and not equal_expressions(other, text)]
        assert not [other for other in others if equal_expressions(other, stored[name])]


def _one(connection: Connection, query: Any, *values: object) -> str:
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return str(row[0])


def _build(connection: Connection, definition: Definition) -> None:
    for role in definition.roles:
        connection.execute(_text(f"CREATE ROLE {quote_identifier(role.name)}"))
    for schema in definition.schemas:
        connection.execute(_text(f"CREATE SCHEMA {schema.name}"))
    for table in definition.tables:
        connection.execute(_text(_table(table)))
    for policy in definition.policies:
        using = f" USING ({policy.using})" if policy.using else ""
        check = f" WITH CHECK ({policy.check})" if policy.check else ""
        roles = ", ".join(map(quote_identifier, policy.roles))
        connection.execute(
            _text(f"CREATE POLICY {policy.name} ON {policy.relation} FOR {policy.command} TO {roles}{using}{check}")
        )
    for view in definition.views:
        connection.execute(_text(f"CREATE VIEW {view.identity} AS {view.query}"))


def _text(text: str) -> sql.SQL:
    return sql.SQL(text)


def _table(table: Table) -> str:
    checks = (f"CONSTRAINT {check.name} CHECK ({check.expression})" for check in table.checks)
    return f"CREATE TABLE {table.identity} ({', '.join([*map(_column, table.columns), *checks])})"


def _column(column: Column) -> str:
    default = ""
    if column.default is not None:
        text = column.default.function or column.default.unsafe_sql or quote_literal(column.default.literal)
        default = f" DEFAULT {text}"
    return f"{quote_identifier(column.name)} {column.type}{default}"


def _wanted_checks(definition: Definition) -> Texts:
    return {f"{table.identity}.{check.name}": check.expression for table in definition.tables for check in table.checks}


def _stored_checks(connection: Connection) -> Texts:
    rows = connection.execute(
        "SELECT format('%s.%s.%s', n.nspname, c.relname, k.conname), pg_get_expr(k.conbin, k.conrelid)"
        " FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE k.contype = 'c'"
        " AND n.nspname IN ('public', 'pipeline_private')"
    )
    return dict(rows.fetchall())


def _wanted_policies(definition: Definition) -> Texts:
    using = {f"{policy.identity} using": policy.using for policy in definition.policies}
    return using | {f"{policy.identity} check": policy.check for policy in definition.policies}


def _stored_policies(connection: Connection) -> Texts:
    rows = connection.execute(
        "SELECT format('%s.%s.%s', schemaname, tablename, policyname), qual, with_check FROM pg_policies"
        " WHERE schemaname IN ('public', 'pipeline_private')"
    ).fetchall()
    return {f"{name} using": using for name, using, _ in rows} | {f"{name} check": check for name, _, check in rows}
