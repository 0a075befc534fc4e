"""What a program may change of each sample."""

from typing import Any, Final

from infra.models.function import Argument
from infra.models.grant import Entry
from infra.models.index import IndexColumn
from infra.models.table import Check, Column, Default, OnDelete
from tests.provider.kinds.samples import FUNCTION, NOTES, TABLE_GRANT, TO_PEOPLE, VIEW

_CHECK, _OTHER_CHECK = NOTES.checks
_VIEW_ANEW: Final = "SELECT person_id AS who FROM public.notes"


def _columns(**changes: dict[str, Any]) -> dict[str, Any]:
    """Return the sample table's columns with some of them changed."""
    columns = (column.model_copy(update=changes.get(column.name, {})) for column in NOTES.columns)
    return {"columns": tuple(columns)}


#: The sample, what changes, and the path that the plan names.
CHANGES: Final[list[tuple[str, dict[str, Any], str]]] = [
    ("role", {"connection_limit": 3}, "connectionLimit"),
    ("role", {"inherit": False}, "inherit"),
    ("role", {"login": False}, "login"),
    ("role", {"create_database": True}, "createDatabase"),
    ("role", {"create_role": True}, "createRole"),
    ("role setting", {"value": "7s"}, "value"),
    ("role setting in a database", {"value": "9MB"}, "value"),
    ("database setting", {"value": "9MB"}, "value"),
    ("system setting", {"value": "2s"}, "value"),
    ("table", _columns(kind={"type": "varchar(40)"}), "columns[2].type"),
    ("table", _columns(kind={"type": "text"}), "columns[2].type"),
    ("table", _columns(score={"type": "numeric(7,2)"}), "columns[3].type"),
    ("table", _columns(score={"default": None}), "columns[3].default"),
    ("table", _columns(score={"default": Default(literal=30)}), "columns[3].default.literal"),
    ("table", _columns(score={"default": Default(unsafe_sql="1 + 1")}), "columns[3].default.literal"),
    ("table", _columns(score={"nullable": False}), "columns[3].nullable"),
    ("table", _columns(kind={"nullable": True}), "columns[2].nullable"),
    ("table", {"columns": (*NOTES.columns, Column(name="mood", type="text"))}, "columns[6]"),
    (
        "table",
        {"columns": (*NOTES.columns, Column(name="token", type="uuid", default=Default(function="gen_random_uuid()")))},
        "columns[6]",
    ),
    ("table", {"checks": (_CHECK,)}, "checks[1]"),
    ("table", {"checks": (*NOTES.checks, Check(name="notes_tags_check", expression="tags IS NOT NULL"))}, "checks[2]"),
    (
        "table",
        {"checks": (_CHECK.model_copy(update={"expression": "score BETWEEN 1 AND 90"}), _OTHER_CHECK)},
        "checks[0].expression",
    ),
    ("table", {"foreign_keys": ()}, "foreignKeys"),
    (
        "table",
        {"foreign_keys": (TO_PEOPLE.model_copy(update={"on_delete": OnDelete.RESTRICT}),)},
        "foreignKeys[0].onDelete",
    ),
    ("table", {"foreign_keys": (TO_PEOPLE.model_copy(update={"name": "other_fkey"}),)}, "foreignKeys[0].name"),
    ("table", {"foreign_keys": (TO_PEOPLE.model_copy(update={"deferrable": True}),)}, "foreignKeys[0].deferrable"),
    ("table", {"row_security": "enabled"}, "rowSecurity"),
    ("table", {"row_security": "disabled"}, "rowSecurity"),
    ("table", {"owner": "deployer"}, "owner"),
    ("policy", {"using": "person_id IS NULL"}, "using"),
    ("policy", {"using": None}, "using"),
    ("policy", {"check": None}, "check"),
    ("policy", {"check": "true"}, "check"),
    ("policy", {"roles": ("anon", "authenticated")}, "roles[0]"),
    ("policy", {"roles": ("PUBLIC",)}, "roles[0]"),
    ("policy", {"command": "all"}, "command"),
    ("policy", {"permissive": False}, "permissive"),
    ("index", {"columns": (IndexColumn(name="person_id"),)}, "columns[1]"),
    ("index", {"unique": True}, "unique"),
    ("index", {"where": None}, "where"),
    ("index", {"where": "score > 1"}, "where"),
    ("index", {"include": ()}, "include"),
    ("view", {"query": VIEW.query.replace("'poem'", "'story'")}, "query"),
    ("view", {"query": _VIEW_ANEW}, "query"),
    ("view", {"security_invoker": False}, "securityInvoker"),
    ("view", {"security_barrier": True}, "securityBarrier"),
    ("view", {"owner": "deployer"}, "owner"),
    ("function", {"body": "SELECT whom"}, "body"),
    ("function", {"volatility": "immutable"}, "volatility"),
    ("function", {"security": "definer"}, "security"),
    ("function", {"search_path": ("pg_catalog", "public", "pg_temp")}, "searchPath"),
    ("function", {"returns": "varchar", "body": "SELECT 'x'::varchar"}, "returns"),
    (
        "function",
        {"arguments": (Argument(name="who", type="text"), FUNCTION.arguments[1]), "body": "SELECT who"},
        "arguments[0].name",
    ),
    ("function", {"owner": "deployer"}, "owner"),
    ("trigger", {"events": ("update",)}, "events[1]"),
    ("trigger", {"events": ("update", "insert", "delete"), "when": None}, "events[2]"),
    ("trigger", {"timing": "after"}, "timing"),
    ("trigger", {"for_each": "statement", "when": None}, "forEach"),
    (
        "trigger",
        {"timing": "after", "events": ("update",), "for_each": "statement", "when": None, "new_table": "written"},
        "newTable",
    ),
    ("trigger", {"when": "NEW.score > 11"}, "when"),
    ("trigger", {"enabled": False}, "enabled"),
    ("table grant", {"entries": TABLE_GRANT.entries[:1]}, "entries[1]"),
    (
        "table grant",
        {
            "entries": (
                *TABLE_GRANT.entries,
                Entry(role="service_role", privilege="select"),
                Entry(role="PUBLIC", privilege="select"),
            )
        },
        "entries[3]",
    ),
    (
        "table grant",
        {"entries": (TABLE_GRANT.entries[1].model_copy(update={"columns": ("kind",)}),)},
        "entries[0].columns",
    ),
    ("view grant", {"entries": ()}, "entries"),
    ("function grant", {"entries": (Entry(role="PUBLIC", privilege="execute"),)}, "entries[0].role"),
    ("schema grant", {"entries": (Entry(role="bench_role", privilege="create"),)}, "entries[0].privilege"),
]


#: What is declared no longer is dropped, though a reading passes over all that is not declared.
NOT_SEEN: Final = ("checks[1]", "foreignKeys")
