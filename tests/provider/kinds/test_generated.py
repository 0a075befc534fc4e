"""Whatever small table is declared, with policies and indexes: made twice it is as made once, and reads back equal."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.models.base import Model
from infra.models.index import Index, IndexColumn
from infra.models.policy import Command, Policy
from infra.models.table import Check, Column, Default, Table
from tests.clusters import Servers
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import ARCHIVE, ID, OWNER

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
#: Types with the literals that they hold, and an expression over a column of theirs.
TYPES: dict[str, tuple[st.SearchStrategy[object], str]] = {
    "text": (TEXTS, "{0} <> 'a''b' AND length({0}) < 10"),
    "varchar(40)": (TEXTS, "{0} IN ('x', 'y') OR {0} IS NULL"),
    "integer": (st.integers(-(2**31), 2**31 - 1), "{0} BETWEEN 0 AND 100"),
    "bigint": (st.integers(-(2**63), 2**63 - 1), "{0} > 10"),
    "numeric(12,4)": (st.decimals(-1000, 1000, places=4, allow_nan=False).map(float), "NOT ({0} < 1 OR {0} > 2.5)"),
    "boolean": (st.booleans(), "{0}"),
    "timestamptz": (st.sampled_from(["2024-02-29", "2024-01-01 12:00:00+02", "infinity"]), "{0} < now()"),
    "jsonb": (st.sampled_from(["{}", '{"b": 1, "a": [1, 2.50]}', "[]"]), "{0} ? 'a'"),
    "text[]": (st.sampled_from(["{}", '{a,"b c"}']), "'x' = ANY ({0})"),
    "uuid": (st.sampled_from(["8b3f7f1e-0000-4000-8000-00000000000a"]), "{0} = (SELECT auth.uid())"),
}
SORTED = frozenset(TYPES) - {"jsonb"}


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    kind = draw(st.sampled_from(sorted(TYPES)))
    literal = draw(st.none() | TYPES[kind][0])
    default = None if literal is None else Default(literal=literal)
    return Column(name=name, type=kind, nullable=draw(st.booleans()), default=default)


@st.composite
def definitions(draw: st.DrawFn) -> list[Model]:
    """Draw a table with a policy and an index for some of its columns."""
    parts = [draw(columns(f"c{number}")) for number in range(draw(st.integers(1, 4)))]
    checks = [
        Check(name=f"generated_{part.name}_check", expression=TYPES[part.type][1].format(part.name))
        for part in parts
        if part.type != "uuid" and draw(st.booleans())
    ]
    table = Table(
        name="generated", owner=OWNER, columns=(ID, *parts), primary_key=("id",), checks=tuple(checks),
        archive_schema=ARCHIVE,
    )  # fmt: skip
    return [table, *_policies(draw, parts), *_indexes(draw, parts)]


def _policies(draw: st.DrawFn, parts: list[Column]) -> Iterator[Policy]:
    for part in draw(st.lists(st.sampled_from(parts), max_size=2, unique_by=lambda part: part.name)):
        command = draw(st.sampled_from([Command.ALL, Command.UPDATE]))
        expression = TYPES[part.type][1].format(part.name)
        yield Policy(
            table="generated", name=f"p_{part.name}", command=command,
            roles=draw(st.sampled_from([("anon",), ("PUBLIC",)])),
            using=expression, check=draw(st.none() | st.just(expression)), permissive=draw(st.booleans()),
        )  # fmt: skip


def _indexes(draw: st.DrawFn, parts: list[Column]) -> Iterator[Index]:
    sortable = [part for part in parts if part.type in SORTED]
    for part in (
        draw(st.lists(st.sampled_from(sortable), max_size=2, unique_by=lambda part: part.name)) if sortable else ()
    ):
        plain = part.type not in {"timestamptz", "uuid"}
        where = draw(st.none() | st.just(TYPES[part.type][1].format(part.name))) if plain else None
        yield Index(
            table="generated", name=f"generated_{part.name}_idx", unique=draw(st.booleans()), where=where,
            columns=(IndexColumn(name=part.name, descending=draw(st.booleans())), IndexColumn(name="id")),
        )  # fmt: skip


@pytest.fixture(scope="module")
def shared(servers: Servers) -> Iterator[Bench]:
    """One database for all examples, which each example leaves empty."""
    server = servers.get("18")
    bench = Bench(server.create_database())
    yield bench
    bench.close()
    server.reset()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(models=definitions())
def test_made_twice_is_made_once(shared: Bench, models: list[Model]) -> None:
    try:
        shared.create(*models)
        assert [shared.drift(model) for model in models] == [[]] * len(models)
        start = shared.mark()
        shared.create(*models)
        assert shared.logged(start) == []
    finally:
        shared.admin("DROP TABLE IF EXISTS public.generated")
