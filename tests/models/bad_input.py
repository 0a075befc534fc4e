"""Definitions that are refused: each line of the matrix of bad input that a model answers, and what it says."""

from dataclasses import dataclass
from typing import Any, Final

from infra.models.base import RESERVED_SCHEMAS, Model
from infra.models.definition import Definition, Schema
from infra.models.function import Function
from infra.models.grant import Entry, Grant
from infra.models.index import Index
from infra.models.policy import Policy
from infra.models.role import Role
from infra.models.setting import Setting
from infra.models.table import Column, Default, ForeignKey, Leaf, Table
from infra.models.trigger import Trigger
from infra.models.view import View
from tests.checks.samples import SOUND, spoil

Properties = dict[str, Any]
_NAME_RULE: Final = " Allowed: lower-case letters, digits and _, starting with a letter or _, 55 bytes at most. Fix: "
_FULL_NAME_RULE: Final = _NAME_RULE.replace("55", "63")
_DURATION: Final = "is not a duration. Allowed: a whole number with ms, s, min, h or d. Fix: "
_TYPE_RULE: Final = "is not a type's name. Allowed: such as integer, numeric(5,2), text[]. Fix: "


@dataclass(frozen=True)
class Refused:
    """What is given to a model, and how the error begins that refuses it."""

    line: int
    model: type[Model]
    given: Properties
    said: str


def _setting(value: str, said: str, parameter: str = "lock_timeout") -> Refused:
    given = {"scope": "role", "target": "app", "parameter": parameter, "value": value}
    return Refused(18, Setting, given, f"DEF002 it: {said}")


def _name(line: int, name: str, said: str = "") -> Refused:
    return Refused(
        line, Schema, {"name": name}, said or f"DEF001 it.name: {name!r} is not a name we can give.{_NAME_RULE}"
    )


def _role(name: str) -> Refused:
    said = f"DEF001 it.name: role {name!r} is reserved or the platform's own. Allowed: a role of our own"
    return Refused(24, Role, {"name": name}, said)


def _schema(name: str) -> Refused:
    said = f"DEF001 it.name: schema {name!r} is not ours. Allowed: public and schemas of our own. Fix: "
    return Refused(25, Schema, {"name": name}, said)


def _using(line: int, text: str, said: str) -> Refused:
    given = {"table": "notes", "name": "p", "command": "select", "roles": ["authenticated"], "using": text}
    return Refused(line, Policy, given, f"DEF002 it.using: {said}")


def _default(given: Properties, said: str) -> Refused:
    return Refused(37, Default, given, said)


def _column(kind: str) -> Refused:
    return Refused(19, Column, {"name": "a", "type": kind}, f"DEF002 it.type: {kind!r} {_TYPE_RULE}")


def _whole(line: int, given: Properties, said: str) -> Refused:
    return Refused(line, Definition, given, said)


def table(name: str, *references: str, **fields: Any) -> Properties:
    keys = [
        {"name": f"{name}_{to}_fkey", "columns": ["id"], "references": f"public.{to}", "referencedColumns": ["id"]}
        | fields
        for to in references
    ]
    column = {"name": "id", "type": "uuid", "nullable": False}
    owner = {"owner": "notes_owner", "archiveSchema": "notes_archive"}
    return {"name": name, **owner, "columns": [column], "primaryKey": ["id"], "foreignKeys": keys}


#: Two spellings of one type make one signature.
_SPELLINGS: Final = (("a", "int"), ("b", "integer"))
_ADD: Final = {
    "schema": "notes_private",
    "name": "add",
    "owner": "notes_owner",
    "returns": "integer",
    "body": "SELECT 1",
}

DURATIONS: Final = (
    *(_setting(value, f"{value!r} {_DURATION}") for value in ("5", "5 minutes", "-1s", "5 s", "1.5s", "1us", "never")),
    *(
        _setting(value, f"0 disables the lock timeout ({value!r}). Allowed: 1ms and more. Fix: ")
        for value in ("0", "0ms", "0s", "000min")
    ),
    _setting("5", f"'5' {_DURATION}", "statement_timeout"),
    _setting("-1s", f"'-1s' {_DURATION}", "idle_in_transaction_session_timeout"),
)
NAMES: Final = (
    *(_name(19, name) for name in ('a"b', "a;b", "a--b", "a\nb", "a\n", "a\x00b", "a b", "1a", "a.b", "é")),
    *(_name(20, name) for name in ("a" * 56, "a" * 63, "a" * 64, "é" * 32)),
    Refused(20, Index, {"name": "a" * 64}, f"DEF001 it.name: {'a' * 64!r} is not a name we can give.{_FULL_NAME_RULE}"),
    Refused(
        20,
        Entry,
        {"role": "é" * 32, "privilege": "select"},
        f"DEF001 it.role: {'é' * 32!r} (64 bytes) is not a PostgreSQL name. Allowed: 1 to 63 bytes of printable text",
    ),
    Refused(
        20,
        Trigger,
        {"function": f"public.{'f' * 64}"},
        f"DEF001 it.function: 'public.{'f' * 64}' is not a qualified name. Allowed: schema.object. Fix: ",
    ),
    _name(23, ""),
    _name(23, " "),
    Refused(23, Entry, {"role": "", "privilege": "select"}, "DEF001 it.role: '' (0 bytes) is not a PostgreSQL name."),
    *map(_role, ("pg_x", "pg_read_all_data", "public", "none", "postgres", "current_user", "PUBLIC")),
    *map(_role, ("anon", "authenticated", "service_role", "supabase_admin")),
    *map(_schema, ("pg_mine", *sorted(RESERVED_SCHEMAS))),
    _name(26, "Creators"),
    _name(26, "creatorS"),
    *map(_column, ("text not null", "text; DROP TABLE x", "text collate x", "text default 0", "Text", "text --", "")),
)
EXPRESSIONS: Final = (
    *(_using(27, text, f"empty text ({text!r}) where something must stand. Allowed: ") for text in ("", " ", "\n\t")),
    *(
        _using(27, text, f"{text!r} cannot be parsed: ")
        for text in (
            "a b",
            "a, b",
            "*",
            "a)",
            "a) OR (b",
            "a); DROP TABLE notes; SELECT (1",
            "a) OFFSET (1",
            "a) LIMIT (1",
            "a) WINDOW w AS (",
            "a) FILTER (WHERE b",
            "a) OVER (",
            "a) UNION SELECT f(b",
            "a) INTO t WHERE (b",
            "a ORDER BY b",
            "DISTINCT a",
            "VARIADIC a",
            "x => a",
            "a -- the rest of the line",
            "a /* b */ = c",
        )
    ),
    _using(27, "a\x00", "a NUL byte cannot stand in SQL. Allowed: "),
    *(
        Refused(41, View, {"query": text}, f"DEF002 it.query: {text!r} cannot be parsed: ")
        for text in ("DELETE FROM notes", "SELECT 1; SELECT 2", "SELEC 1", "SELECT 1 INTO t", "TABLE")
    ),
    Refused(
        42,
        Function,
        {**SOUND["functions"][0], "body": "BEGIN RETRN NEW; END"},
        'DEF002 it: the body cannot be parsed: syntax error at or near "RETRN". Allowed: a body in plpgsql. Fix: ',
    ),
    Refused(
        42,
        Function,
        {**SOUND["functions"][0], "language": "sql", "body": "SELEC 1"},
        'DEF002 it: the body cannot be parsed: syntax error at or near "SELEC". Allowed: a body in sql. Fix: ',
    ),
    Refused(
        42,
        Function,
        {**SOUND["functions"][0], "searchPath": [""]},
        "DEF005 it.searchPath.0: String should match pattern",
    ),
    *(
        Refused(35, Leaf, {"schema": "p", "name": "n", "bounds": text}, f"DEF002 it.bounds: {text!r} cannot be parsed")
        for text in (
            "FROM (1) TO (2); DROP TABLE n",
            "IN (1) TABLESPACE t",
            "IN (1) PARTITION BY LIST (a)",
            "IN (1) --",
        )
    ),
)
DEFAULTS: Final = (
    _default({}, "DEF002 it: a default is exactly one thing, not 0. Allowed: literal, function or unsafeSql. Fix: "),
    _default({"literal": 1, "function": "now()"}, "DEF002 it: a default is exactly one thing, not 2. Allowed: "),
    _default({"function": "pg_sleep(9)"}, "DEF005 it.function: Input should be 'now()', 'gen_random_uuid()'"),
    _default(
        {"unsafeSql": "'x'); DROP TABLE notes; --"},
        "DEF002 it.unsafeSql: \"'x'); DROP TABLE notes; --\" cannot be parsed: ",
    ),
    _default({"literal": float("nan")}, "DEF002 it.literal: no SQL literal for nan (float). Allowed: "),
    _default({"literal": float("inf")}, "DEF002 it.literal: no SQL literal for inf (float). Allowed: "),
    _default({"literal": "a\x00"}, "DEF002 it.literal: a NUL byte or half a surrogate pair cannot stand in a value."),
    _default({"unsafe": "now()"}, "DEF005 it.unsafe: unknown key 'unsafe'; did you mean 'unsafeSql'?"),
)
TWICE: Final = (
    _whole(34, spoil("tables", SOUND["tables"][0]), "DEF003 it: relation public.notes stands twice (as public.notes)."),
    _whole(34, spoil("policies", SOUND["policies"][0]), "DEF003 it: policy public.notes.author_select stands twice"),
    _whole(34, spoil("indexes", SOUND["indexes"][0]), "DEF003 it: relation public.notes_user_id_idx stands twice"),
    _whole(34, spoil("indexes", name="notes"), "DEF003 it: relation public.notes stands twice"),
    _whole(34, spoil("indexes", name="notes_pkey"), "DEF003 it: relation public.notes_pkey stands twice"),
    _whole(34, spoil("views", name="notes"), "DEF003 it: relation public.notes stands twice"),
    _whole(34, spoil("roles", {"name": "notes_owner"}), "DEF003 it: role notes_owner stands twice"),
    _whole(
        34,
        {"functions": [{**_ADD, "arguments": [{"name": name, "type": kind}]} for name, kind in _SPELLINGS]},
        "DEF003 it: function notes_private.add(integer) stands twice",
    ),
    Refused(
        34,
        Table,
        {**SOUND["tables"][0], "columns": [*SOUND["tables"][0]["columns"], {"name": "title", "type": "text"}]},
        "DEF003 it: column title stands twice. Allowed: ",
    ),
    Refused(34, Table, {**SOUND["tables"][0], "name": "Notes"}, "DEF001 it.name: 'Notes' is not a name we can give."),
)
REFERENCES: Final = (
    _whole(
        35,
        spoil("indexes", columns=[{"name": "titel"}]),
        "DEF004 it: no column of public.notes titel. Allowed: id, title, user_id, written_at. Fix: ",
    ),
    _whole(35, spoil("indexes", include=["gone"]), "DEF004 it: no column of public.notes gone. Allowed: "),
    _whole(35, spoil("indexes", table="gone"), "DEF004 it: no table public.gone. Allowed: public.notes. Fix: "),
    _whole(31, spoil("policies", table="gone"), "DEF004 it: no table public.gone. Allowed: public.notes. Fix: "),
    Refused(
        35,
        Table,
        {**SOUND["tables"][0], "primaryKey": ["gone"]},
        "DEF004 it: no column gone. Allowed: id, user_id, title, written_at. Fix: ",
    ),
    _whole(
        38,
        {"tables": [table("a", "b"), table("b", "c"), table("c", "a")]},
        "DEF006 it: foreign keys in a circle: public.a → public.b → public.c → public.a. Allowed: ",
    ),
    _whole(
        43,
        spoil("triggers", table="titles"),
        "DEF004 it: trigger notes_touch on the view public.titles. Allowed: public.notes. Fix: put it on a table.",
    ),
    _whole(
        43,
        spoil("functions", returns="void", body="BEGIN NULL; END"),
        "DEF004 it: notes_private.touch returns void. Allowed: trigger. Fix: ",
    ),
    _whole(
        43, spoil("triggers", function="notes_private.gone"), "DEF004 it: no function notes_private.gone. Allowed: "
    ),
    _whole(44, spoil("grants", object="public.gone"), "DEF004 it: no relation public.gone. Allowed: "),
    *(
        Refused(
            44,
            Grant,
            {"object": "public.notes", "entries": [{"role": "anon", "privilege": word}]},
            f"SEC013 it.entries.0.privilege: {word!r} gives TRUNCATE, REFERENCES and TRIGGER as well. Allowed: ",
        )
        for word in ("all", "ALL", "all privileges", "ALL PRIVILEGES")
    ),
    Refused(
        44,
        Grant,
        {"object": "public.notes", "entries": [{"role": "anon", "privilege": "execute"}]},
        "DEF002 it: execute on a relation. Allowed: ",
    ),
    Refused(
        44,
        Entry,
        {"role": "anon", "privilege": "delete", "columns": ["a"]},
        "DEF002 it: delete cannot be granted by column. Allowed: select, insert, update. Fix: ",
    ),
    Refused(
        38,
        ForeignKey,
        {"name": "k", "columns": ["a", "b"], "references": "public.t", "referencedColumns": ["a"]},
        "DEF005 it: 2 columns refer to 1. Allowed: ",
    ),
)
REFUSED: Final = (*DURATIONS, *NAMES, *EXPRESSIONS, *DEFAULTS, *TWICE, *REFERENCES)
