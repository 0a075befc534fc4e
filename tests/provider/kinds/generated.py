"""Strategies for small definitions of every kind of object, which stand on each other as a program's do."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from infra.models.base import Model
from infra.models.cohort import Cohort, Member, MemberKind
from infra.models.flag import FlagName
from infra.models.function import Argument, Function, Security, Volatility
from infra.models.grant import Entry, Grant, Target
from infra.models.index import Index, IndexColumn
from infra.models.policy import Command, Policy
from infra.models.role import Role
from infra.models.rollout import Rollout
from infra.models.setting import Scope, Setting
from infra.models.table import (
    Check,
    Column,
    Default,
    ForeignKey,
    Leaf,
    OnDelete,
    Partitioning,
    RowSecurity,
    Table,
)
from infra.models.trigger import Event, Trigger
from infra.models.view import View
from infra.pipeline.phases import rollout
from tests.clusters import DATABASE
from tests.provider.kinds.samples import ARCHIVE, ID, OWNER, PRIVATE

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
ROLE = "generated_role"
PARENT = Table(name="generated_parent", owner=OWNER, columns=(ID,), primary_key=("id",), archive_schema=ARCHIVE)
#: The bounds of a partition, by the method of the division.
BOUNDS = {"range": "FROM (0) TO (10)", "list": "IN (1, 2, NULL)", "hash": "WITH (modulus 2, remainder 1)"}
#: A parameter with the values that somebody may give it.
PARAMETERS = {
    "statement_timeout": ["5s", "0", "1min"],
    "work_mem": ["8MB", "64kB"],
    "search_path": ["public", '"$user", public', "pipeline_private, pg_temp"],
    "application_name": ["it's \\ so", "a, b"],
}
TOUCH = "BEGIN RETURN NEW; END"


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    """Draw a column of any type."""
    kind = draw(st.sampled_from(sorted(TYPES)))
    literal = draw(st.none() | TYPES[kind][0])
    default = None if literal is None else Default(literal=literal)
    return Column(name=name, type=kind, nullable=draw(st.booleans()), default=default)


@st.composite
def definitions(draw: st.DrawFn) -> list[Model]:
    """Draw a table with all that stands on it, in the order in which it is made."""
    parts = [draw(columns(f"c{number}")) for number in range(draw(st.integers(1, 4)))]
    table = draw(_tables(parts))
    functions = draw(_functions())
    found: list[Model] = [draw(_roles()), PARENT, table, *functions, *draw(_settings())]
    policies = list(_policies(draw, parts))
    found += [*policies, *_indexes(draw, parts, table), draw(_triggers(parts)), draw(_views(parts))]
    return [*found, *_grants(draw, table, functions[0], policies)]


@st.composite
def _roles(draw: st.DrawFn) -> Role:
    return Role(
        name=ROLE,
        login=draw(st.booleans()),
        inherit=draw(st.booleans()),
        create_database=draw(st.booleans()),
        create_role=draw(st.booleans()),
        bypass_rls=draw(st.booleans()),
        connection_limit=draw(st.sampled_from([-1, 0, 7])),
    )


@st.composite
def _tables(draw: st.DrawFn, parts: list[Column]) -> Table:
    method: Any = draw(st.none() | st.sampled_from(sorted(BOUNDS)))
    more = [Column(name="parent_id", type="uuid"), Column(name="part", type="integer", nullable=False)]
    checks = [
        Check(name=f"generated_{part.name}_check", expression=TYPES[part.type][1].format(part.name))
        for part in parts
        if part.type != "uuid" and draw(st.booleans())
    ]
    key = ForeignKey(
        name="generated_parent_id_fkey",
        columns=("parent_id",),
        references=PARENT.identity,
        referenced_columns=("id",),
        on_delete=draw(st.sampled_from(OnDelete)),
        deferrable=draw(st.booleans()),
    )
    leaves = (Leaf(schema_name=PRIVATE, name="generated_leaf", bounds=BOUNDS[method]),) if method else ()
    return Table(
        name="generated",
        owner=OWNER,
        columns=(ID, *parts, *more),
        primary_key=("id", "part") if method else ("id",),
        checks=tuple(checks),
        foreign_keys=draw(st.sampled_from([(), (key,)])),
        row_security=draw(st.sampled_from(RowSecurity)),
        partitioning=Partitioning(method=method, key=("part",), leaves=leaves) if method else None,
        archive_schema=ARCHIVE,
    )


def _policies(draw: st.DrawFn, parts: list[Column]) -> Iterator[Policy]:
    for part in draw(st.lists(st.sampled_from(parts), max_size=2, unique_by=lambda part: part.name)):
        expression = TYPES[part.type][1].format(part.name)
        yield Policy(
            table="generated",
            name=f"p_{part.name}",
            command=draw(st.sampled_from([Command.ALL, Command.UPDATE])),
            roles=draw(st.sampled_from([("anon",), ("PUBLIC",), (ROLE, "authenticated")])),
            using=draw(st.sampled_from([expression, _OF_A_PARENT])),
            check=draw(st.none() | st.just(expression)),
            permissive=draw(st.booleans()),
        )


_OF_A_PARENT = "parent_id IN (SELECT p.id FROM public.generated_parent AS p)"


def _indexes(draw: st.DrawFn, parts: list[Column], table: Table) -> Iterator[Index]:
    sortable = [part for part in parts if part.type in SORTED]
    for part in (
        draw(st.lists(st.sampled_from(sortable), max_size=2, unique_by=lambda part: part.name)) if sortable else ()
    ):
        plain = part.type not in {"timestamptz", "uuid"}
        where = draw(st.none() | st.just(TYPES[part.type][1].format(part.name))) if plain else None
        # What is unique over all partitions has their key in it.
        names = (part.name, "id", "part") if table.partitioning else (part.name, "id")
        yield Index(
            table="generated",
            name=f"generated_{part.name}_idx",
            unique=draw(st.booleans()),
            where=where,
            columns=tuple(IndexColumn(name=name, descending=draw(st.booleans())) for name in names),
        )


@st.composite
def _functions(draw: st.DrawFn) -> tuple[Function, Function]:
    kind = draw(st.sampled_from(["text", "integer", "timestamptz", "uuid[]"]))
    volatility, security = draw(st.sampled_from(Volatility)), draw(st.sampled_from(Security))
    literal = draw(TEXTS).replace("'", "''")
    language: Any = draw(st.sampled_from(["sql", "plpgsql"]))
    query = f"SELECT $1 -- $body$ {'x' if chr(10) in literal or chr(13) in literal else literal}\n"
    body = query if language == "sql" else "BEGIN RETURN value; END"
    drawn = Function(
        schema_name=PRIVATE,
        name="generated",
        owner=OWNER,
        arguments=(Argument(name="value", type=kind),),
        returns=kind,
        language=language,
        volatility=volatility,
        security=security,
        search_path=draw(st.sampled_from([("pg_catalog", "pg_temp"), ("pg_catalog", "public", "pg_temp")])),
        body=body,
    )
    touch = Function(
        schema_name=PRIVATE, name="generated_touch", owner=OWNER, returns="trigger", language="plpgsql", body=TOUCH
    )
    return drawn, touch


@st.composite
def _settings(draw: st.DrawFn) -> list[Setting]:
    found = [
        Setting(scope=Scope.ROLE, target=ROLE, parameter=name, value=draw(st.sampled_from(PARAMETERS[name])))
        for name in draw(st.lists(st.sampled_from(sorted(PARAMETERS)), max_size=2, unique=True))
    ]
    scope = {"scope": Scope.DATABASE, "target": DATABASE}
    found.append(Setting(**scope, parameter="work_mem", value=draw(st.sampled_from(PARAMETERS["work_mem"]))))
    if draw(st.booleans()):
        values = st.sampled_from(["1500ms", "2s"])
        found.append(Setting(scope=Scope.SYSTEM, parameter="deadlock_timeout", value=draw(values)))
    return found


@st.composite
def _triggers(draw: st.DrawFn, parts: list[Column]) -> Trigger:
    for_each: Any = draw(st.sampled_from(["row", "statement"]))
    events = set(draw(st.lists(st.sampled_from([Event.INSERT, Event.DELETE, Event.UPDATE]), min_size=1)))
    name = draw(st.sampled_from(parts)).name
    timing: Any = draw(st.sampled_from(["before", "after"]))
    shows = timing == "after" and for_each == "statement" and events in ({Event.INSERT}, {Event.UPDATE})
    when = f"NEW.{name} IS NOT NULL" if for_each == "row" and Event.DELETE not in events else None
    return Trigger(
        table="generated",
        name="generated_touch",
        timing=timing,
        events=tuple(event for event in Event if event in events),
        for_each=for_each,
        new_table=draw(st.sampled_from([None, "written"])) if shows else None,
        function=f"{PRIVATE}.generated_touch",
        when=draw(st.none() | st.just(when)),
        enabled=draw(st.booleans()),
    )


@st.composite
def _views(draw: st.DrawFn, parts: list[Column]) -> View:
    part = draw(st.sampled_from(parts))
    shown = ", ".join(dict.fromkeys(["g.id", *(f"g.{other.name}" for other in draw(st.lists(st.sampled_from(parts))))]))
    where = TYPES[part.type][1].format(f"g.{part.name}")
    joined = "LEFT JOIN public.generated_parent AS p ON p.id = g.parent_id" if draw(st.booleans()) else ""
    return View(
        name="generated_view",
        owner=OWNER,
        query=f"SELECT {shown} FROM public.generated AS g {joined} WHERE {where}",  # noqa: S608 - an example's own
        security_invoker=draw(st.booleans()),
        security_barrier=draw(st.booleans()),
    )


def _grants(draw: st.DrawFn, table: Table, function: Function, policies: list[Policy]) -> Iterator[Grant]:
    roles = st.sampled_from([ROLE, "anon", "PUBLIC"])
    names = [column.name for column in table.columns]
    by_column = st.builds(
        Entry,
        role=roles,
        privilege=st.sampled_from(["select", "update", "insert"]),
        columns=st.lists(st.sampled_from(names), min_size=1, unique=True).map(sorted).map(tuple),
    )
    whole = st.builds(Entry, role=roles, privilege=st.sampled_from(["select", "delete", "references", "trigger"]))
    on_table = draw(_entries(by_column | whole))
    closed = draw(st.sampled_from([None, tuple(policy.name for policy in policies)]))
    yield Grant(object_name=table.identity, entries=on_table, policies=closed)
    select = st.builds(Entry, role=roles, privilege=st.just("select"))
    yield Grant(object_name="public.generated_view", entries=draw(_entries(select)))
    execute = st.builds(Entry, role=roles, privilege=st.just("execute"))
    yield Grant(target=Target.FUNCTION, object_name=function.identity, entries=draw(_entries(execute)))
    usage = st.builds(Entry, role=st.just(ROLE), privilege=st.sampled_from(["usage", "create"]))
    yield Grant(target=Target.SCHEMA, object_name=PRIVATE, entries=draw(_entries(usage)), exclusive=False)


def _entries(entry: st.SearchStrategy[Entry]) -> st.SearchStrategy[tuple[Entry, ...]]:
    """Draw entries, one at most for each role and privilege, with columns or without."""
    by = st.lists(entry, max_size=4, unique_by=lambda one: (one.role, one.privilege))
    return by.map(tuple)


@st.composite
def rollouts(draw: st.DrawFn, users: st.SearchStrategy[str]) -> list[Model]:
    """Draw a phase with its flags and places, and who is in."""
    flags = st.lists(st.sampled_from([FlagName.CREATOR_AGENT_LAUNCH, FlagName.CREATIVE_PIPELINE_FULL]), unique=True)
    number = draw(st.integers(1, 5))
    off = draw(st.lists(st.sampled_from(FlagName), max_size=2, unique=True))
    stands: Rollout = rollout(number, ready=draw(flags), off=off, cap=draw(st.none() | st.integers(0, 9)))
    members = draw(st.lists(_members(users), max_size=3, unique_by=lambda one: one.user))
    return [stands, Cohort(members=tuple(members))]


@st.composite
def _members(draw: st.DrawFn, users: st.SearchStrategy[str]) -> Member:
    return Member(
        user=draw(users), kind=draw(st.sampled_from(MemberKind)), added_by=draw(st.sampled_from(["Ada", "it's"]))
    )
