"""One small object of each kind, with what it stands on."""

from typing import Final

from infra.models.base import Model
from infra.models.function import Argument, Function, Security
from infra.models.grant import Entry, Grant, Target
from infra.models.index import Index, IndexColumn
from infra.models.policy import Command, Policy
from infra.models.role import Role
from infra.models.setting import Scope, Setting
from infra.models.table import Check, Column, Default, ForeignKey, OnDelete, Table
from infra.models.trigger import Event, Trigger
from infra.models.view import View

OWNER: Final = "bench_owner"
PRIVATE: Final = "pipeline_private"
ARCHIVE: Final = "pipeline_archive"
ID: Final = Column(name="id", type="uuid", nullable=False, default=Default(function="gen_random_uuid()"))

PEOPLE: Final = Table(
    name="people",
    owner=OWNER,
    columns=(ID, Column(name="name", type="text")),
    primary_key=("id",),
    archive_schema=ARCHIVE,
)
TO_PEOPLE: Final = ForeignKey(
    name="notes_person_id_fkey",
    columns=("person_id",),
    references="public.people",
    referenced_columns=("id",),
    on_delete=OnDelete.CASCADE,
)
NOTES: Final = Table(
    name="notes",
    owner=OWNER,
    columns=(
        ID,
        Column(name="person_id", type="uuid", nullable=False),
        Column(name="kind", type="varchar(20)", nullable=False, default=Default(literal="it's \\ plain")),
        Column(name="score", type="numeric(5,2)", default=Default(literal=25)),
        Column(name="tags", type="text[]"),
        Column(name="created_at", type="timestamptz", nullable=False, default=Default(function="now()")),
    ),
    primary_key=("id",),
    checks=(
        Check(name="notes_score_check", expression="score BETWEEN 0 AND 100"),
        Check(name="notes_kind_check", expression="kind IN ('it''s \\ plain', 'song', 'poem')"),
    ),
    foreign_keys=(TO_PEOPLE,),
    archive_schema=ARCHIVE,
)
FUNCTION: Final = Function(
    schema_name=PRIVATE,
    name="greeting",
    owner=OWNER,
    arguments=(Argument(name="whom", type="text"), Argument(name="times", type="int")),
    returns="text",
    body="SELECT pg_catalog.repeat('hello $body$ ' || whom, times)",
)
TOUCH: Final = Function(
    schema_name=PRIVATE,
    name="touch",
    owner=OWNER,
    returns="trigger",
    language="plpgsql",
    security=Security.DEFINER,
    body="BEGIN NEW.created_at := pg_catalog.now(); RETURN NEW; END",
)
POLICY: Final = Policy(
    table="notes",
    name="creator_update",
    command=Command.UPDATE,
    roles=("authenticated",),
    using="person_id = (SELECT auth.uid())",
    check="person_id = (SELECT auth.uid()) AND kind IN ('song', 'poem')",
)
INDEX: Final = Index(
    table="notes",
    name="notes_person_id_idx",
    columns=(IndexColumn(name="person_id"), IndexColumn(name="score", descending=True)),
    where="score > 0 AND kind IN ('song', 'poem')",
    include=("kind",),
)
TRIGGER: Final = Trigger(
    table="notes",
    name="notes_touch",
    timing="before",
    events=(Event.UPDATE, Event.INSERT),
    function="pipeline_private.touch",
    when="NEW.score > 10 OR NEW.kind = 'song'",
)
VIEW: Final = View(
    name="note_counts",
    owner=OWNER,
    query="SELECT person_id, count(*) AS notes FROM public.notes WHERE kind IN ('song', 'poem') GROUP BY person_id",
)
ROLE: Final = Role(name="bench_role", login=True, connection_limit=7)
ROLE_SETTING: Final = Setting(scope=Scope.ROLE, target="bench_role", parameter="statement_timeout", value="5s")
ROLE_IN_DATABASE_SETTING: Final = Setting(
    scope=Scope.ROLE_IN_DATABASE, target="bench_role", database="eden_academy", parameter="work_mem", value="16MB"
)
DATABASE_SETTING: Final = Setting(scope=Scope.DATABASE, target="eden_academy", parameter="work_mem", value="8MB")
SYSTEM_SETTING: Final = Setting(scope=Scope.SYSTEM, parameter="deadlock_timeout", value="1500ms")
TABLE_GRANT: Final = Grant(
    object_name="public.notes",
    entries=(
        Entry(role="authenticated", privilege="select"),
        Entry(role="authenticated", privilege="update", columns=("score", "kind")),
        Entry(role="service_role", privilege="insert"),
    ),
    policies=("creator_update",),
)
VIEW_GRANT: Final = Grant(object_name="public.note_counts", entries=(Entry(role="authenticated", privilege="select"),))
FUNCTION_GRANT: Final = Grant(
    target=Target.FUNCTION,
    object_name=FUNCTION.identity,
    entries=(Entry(role="authenticated", privilege="execute"),),
)
SCHEMA_GRANT: Final = Grant(
    target=Target.SCHEMA, object_name=PRIVATE, entries=(Entry(role="bench_role", privilege="usage"),), exclusive=False
)

#: What each sample needs before it, in order.
NEEDS: Final[dict[str, tuple[Model, ...]]] = {
    "role": (),
    "role setting": (ROLE,),
    "role setting in a database": (ROLE,),
    "database setting": (),
    "system setting": (),
    "table": (PEOPLE,),
    "policy": (PEOPLE, NOTES),
    "index": (PEOPLE, NOTES),
    "function": (),
    "trigger": (PEOPLE, NOTES, TOUCH),
    "view": (PEOPLE, NOTES),
    "table grant": (PEOPLE, NOTES, POLICY),
    "view grant": (PEOPLE, NOTES, VIEW),
    "function grant": (FUNCTION,),
    "schema grant": (ROLE,),
}
SAMPLES: Final[dict[str, Model]] = {
    "role": ROLE,
    "role setting": ROLE_SETTING,
    "role setting in a database": ROLE_IN_DATABASE_SETTING,
    "database setting": DATABASE_SETTING,
    "system setting": SYSTEM_SETTING,
    "table": NOTES,
    "policy": POLICY,
    "index": INDEX,
    "function": FUNCTION,
    "trigger": TRIGGER,
    "view": VIEW,
    "table grant": TABLE_GRANT,
    "view grant": VIEW_GRANT,
    "function grant": FUNCTION_GRANT,
    "schema grant": SCHEMA_GRANT,
}
