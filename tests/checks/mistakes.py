"""One mistake and more for every rule: what is written, what is said of it, and the fix that makes it good."""

from dataclasses import dataclass
from typing import Any, Final

from tests.checks.samples import OWN, SOUND, spoil

Properties = dict[str, Any]


@dataclass(frozen=True)
class Mistake:
    """Spoiled properties, the beginning of the one error they give, and the properties with the error's fix applied.

    `line` is the line of the matrix of bad input, where it has one.
    """

    rule: str
    spoiled: Properties
    said: str
    fixed: Properties
    line: int = 0

    @property
    def label(self) -> str:
        line = f"line{self.line}-" if self.line else ""
        return f"{line}{self.rule}-{self.said.split(': ', 1)[1][:40]}"


_PEERS = "SELECT o.{} FROM public.notes AS o"
_AUTHOR = {"table": "notes", "roles": ["authenticated"]}
_AUTHOR_ALL = {**_AUTHOR, "name": "x", "command": "all", "using": OWN, "check": OWN}
_SELECT = "public.notes.author_select"


def _open(text: str, *, place: int = 0, **changes: Any) -> Mistake:
    names = ("author_select", "author_insert", "author_update")
    field = "check" if place == 1 else "using"
    said = f"SEC011 public.notes.{names[place]}.{field}: every row passes for authenticated ({text})."
    return Mistake("policy_open", spoil("policies", place=place, **{field: text}, **changes), said, SOUND, 28)


def _call(text: str, called: str, wrapped: str) -> Mistake:
    said = (
        f"SEC016 {_SELECT}.using: called once a row instead of once a statement ({called})."
        " Allowed: a call in a sub-select of its own, or one with a column as argument."
        f" Fix: write {wrapped}."
    )
    fixed = spoil("policies", using=wrapped)
    return Mistake("policy_calls_once", spoil("policies", using=text), said, fixed, 33)


def _granted(said: str, rule: str, role: str, privilege: str, target: str = "relation") -> Mistake:
    place = {"relation": 0, "function": 1, "schema": 2}[target]
    entries = [{"role": role, "privilege": privilege}]
    return Mistake(rule, spoil("grants", place=place, entries=entries), said, SOUND, 44)


def _indexed(*columns: str, name: str = "notes_other_idx", **fields: Any) -> Properties:
    return {"table": "notes", "name": name, "columns": [{"name": column} for column in columns], **fields}


ROW_SECURITY: Final = (
    Mistake(
        "row_security_forced",
        spoil("tables", rowSecurity="enabled"),
        "SEC010 public.notes.rowSecurity: row security does not bind everybody (enabled). Allowed: forced. Fix: ",
        SOUND,
    ),
    Mistake(
        "row_security_forced",
        spoil("tables", rowSecurity="disabled"),
        "SEC010 public.notes.rowSecurity: row security does not bind everybody (disabled).",
        spoil("tables", rowSecurity="forced"),
    ),
)

OPEN: Final = (
    *map(
        _open,
        (
            "true",
            "TRUE",
            "1=1",
            "1 <= 1",
            "2 > 1",
            "'a' = 'a'",
            "NOT false",
            "NOT (NOT true)",
            "'t'::boolean",
            "(SELECT true)",
            "(1 = 1) IS TRUE",
            "COALESCE(true, false)",
            "user_id = user_id",
            "user_id IN (user_id)",
            "title IS NOT DISTINCT FROM title",
            "title = 'x' OR NOT title = 'x'",
            "true OR user_id = (SELECT auth.uid())",
            "title IS NULL OR (true AND 1 = 1)",
        ),
    ),
    _open("true", reason="publicRead is missing"),
    _open("true", publicRead=True),
    _open("true", publicRead=True, reason="  "),
    _open("true", place=1, publicRead=True, reason="open to read is not open to write"),
    Mistake(
        "policy_open",
        spoil("policies", roles=["notes_service"], using="true"),
        f"SEC011 {_SELECT}.using: every row passes (true), and nothing says why.",
        spoil("policies", roles=["notes_service"], using="true", reason="the service writes for everybody"),
    ),
    Mistake(
        "policy_open",
        spoil("policies", using="true"),
        f"SEC011 {_SELECT}.using: every row passes for authenticated (true).",
        spoil("policies", using="true", publicRead=True, reason="titles are published"),
        28,
    ),
    Mistake(
        "policy_open",
        spoil("policies", using="(SELECT auth.role()) = 'authenticated'"),
        f"SEC011 {_SELECT}.using: it looks at no column of the row, so that all rows pass or none",
        SOUND,
        28,
    ),
    Mistake(
        "policy_open",
        spoil("policies", using="EXISTS (SELECT 1 FROM public.notes AS o WHERE o.user_id = (SELECT auth.uid()))"),
        f"SEC011 {_SELECT}.using: it looks at no column of the row, so that all rows pass or none",
        spoil(
            "policies",
            using=f"{OWN} OR EXISTS ({_PEERS.format('id')} WHERE o.user_id = notes.user_id)",
        ),
        28,
    ),
)

CLAUSES: Final = (
    Mistake(
        "policy_clauses",
        spoil("policies", using=None),
        f"SEC015 {_SELECT}.using: SELECT policy: with neither USING nor WITH CHECK it grants nothing (none)."
        " Allowed: USING. Fix: ",
        SOUND,
        27,
    ),
    Mistake(
        "policy_clauses",
        spoil("policies", place=1, using=OWN),
        "SEC015 public.notes.author_insert.using: INSERT policy: there is no row yet that USING could see"
        f" ({OWN}). Allowed: WITH CHECK. Fix: take USING out.",
        SOUND,
        29,
    ),
    Mistake(
        "policy_clauses",
        spoil("policies", check=OWN),
        f"SEC015 {_SELECT}.check: SELECT policy: there is no row left behind that WITH CHECK could see ({OWN})."
        " Allowed: USING. Fix: take WITH CHECK out.",
        SOUND,
        29,
    ),
    Mistake(
        "policy_clauses",
        spoil("policies", place=0, command="delete", check=OWN),
        f"SEC015 {_SELECT}.check: DELETE policy: there is no row left behind",
        spoil("policies", command="delete"),
        29,
    ),
    Mistake(
        "policy_clauses",
        spoil("policies", place=2, check=None),
        "SEC015 public.notes.author_update.check: UPDATE policy: without WITH CHECK it is a guess what a row may be"
        " left as (none). Allowed: USING and WITH CHECK. Fix: write WITH CHECK.",
        SOUND,
        30,
    ),
    Mistake(
        "policy_clauses",
        spoil("policies", place=0, roles=["notes_service"], command="all"),
        f"SEC015 {_SELECT}.check: ALL policy: without WITH CHECK it is a guess",
        spoil("policies", place=0, roles=["notes_service"], command="all", check=OWN),
        30,
    ),
)

CALLS: Final = (
    _call("user_id = auth.uid()", "auth.uid()", "user_id = (SELECT auth.uid())"),
    _call(
        "user_id = CAST(current_setting('request.jwt.claim.sub', TRUE) AS uuid)",
        "current_setting('request.jwt.claim.sub', TRUE)",
        "user_id = CAST((SELECT current_setting('request.jwt.claim.sub', TRUE)) AS uuid)",
    ),
    _call(
        "user_id = CAST(NULLIF(auth.jwt() ->> 'sub', '') AS uuid)",
        "auth.jwt()",
        "user_id = CAST(NULLIF((SELECT auth.jwt()) ->> 'sub', '') AS uuid)",
    ),
    _call(f"{OWN} AND auth.role() = title", "auth.role()", f"{OWN} AND (SELECT auth.role()) = title"),
    _call(f"{OWN} AND written_at < now()", "now()", f"{OWN} AND written_at < (SELECT now())"),
    _call(
        f"{OWN} AND starts_with(title, lower(current_setting('x')))",
        "lower(current_setting('x'))",
        f"{OWN} AND starts_with(title, (SELECT lower(current_setting('x'))))",
    ),
    _call(
        "user_id = ANY(ARRAY(SELECT o.user_id FROM public.notes AS o WHERE o.user_id = auth.uid()))",
        "auth.uid()",
        "user_id = ANY(ARRAY(SELECT o.user_id FROM public.notes AS o WHERE o.user_id = (SELECT auth.uid())))",
    ),
)

OTHER_POLICIES: Final = (
    Mistake(
        "policy_roles",
        spoil("policies", roles=[]),
        f"SEC014 {_SELECT}.roles: the policy holds for everybody, roles of the future included (none).",
        SOUND,
    ),
    Mistake(
        "policy_roles",
        spoil("policies", roles=["PUBLIC"]),
        f"SEC014 {_SELECT}.roles: the policy holds for everybody, roles of the future included (PUBLIC).",
        SOUND,
    ),
    Mistake(
        "policies_overlap",
        spoil("policies", {**_AUTHOR, "name": "second", "command": "select", "using": OWN}),
        "SEC017 public.notes.second: it and author_select both decide for authenticated (SELECT and SELECT).",
        spoil("policies", {**_AUTHOR, "name": "second", "command": "delete", "using": OWN}),
    ),
    Mistake(
        "policies_overlap",
        {**SOUND, "policies": [SOUND["policies"][1], _AUTHOR_ALL]},
        "SEC017 public.notes.x: it and author_insert both decide for authenticated (ALL and INSERT).",
        {**SOUND, "policies": [_AUTHOR_ALL]},
    ),
    Mistake(
        "policies_overlap",
        spoil("policies", {**_AUTHOR, "name": "second", "command": "select", "using": OWN}),
        "SEC017 public.notes.second: ",
        spoil("policies", {**_AUTHOR, "name": "second", "command": "select", "using": OWN, "permissive": False}),
    ),
    Mistake(
        "policy_columns",
        spoil("policies", using=f"{OWN} AND titel = 'x'"),
        f"DEF007 {_SELECT}.using: no column titel ({OWN} AND titel = 'x')."
        " Allowed: id, title, user_id, written_at. Fix: ",
        spoil("policies", using=f"{OWN} AND title = 'x'"),
        31,
    ),
    Mistake(
        "policy_columns",
        spoil("policies", using=f"{OWN} AND id IN ({_PEERS.format('idd')})"),
        f"DEF007 {_SELECT}.using: no column o.idd",
        spoil("policies", using=f"{OWN} AND id IN ({_PEERS.format('id')})"),
        31,
    ),
    Mistake(
        "policy_column_indexed",
        spoil("policies", using="title = (SELECT auth.role())"),
        f"DEF010 {_SELECT}.using: no index starts with the column by which it finds the caller's rows (title).",
        spoil("policies", using="title = (SELECT auth.role())")
        | {"indexes": [*SOUND["indexes"], _indexed("title", name="notes_title_idx")]},
    ),
    Mistake(
        "policy_column_indexed",
        spoil("policies", using=f"{OWN} OR title = ANY (ARRAY(SELECT auth.role()))"),
        f"DEF010 {_SELECT}.using: no index starts with the column by which it finds the caller's rows (title).",
        spoil("policies", using=f"{OWN} AND title = ANY (ARRAY(SELECT auth.role()))"),
    ),
)

RIGHTS: Final = (
    Mistake(
        "view_security_invoker",
        spoil("views", securityInvoker=False),
        "SEC012 public.titles.securityInvoker: the view reads its tables as notes_owner, past the row security of"
        " whoever asks (false). Allowed: true. Fix: ",
        SOUND,
        41,
    ),
    Mistake(
        "view_columns",
        spoil("views", query="SELECT n.titel FROM public.notes AS n"),
        "DEF008 public.titles.query: no column n.titel in what the view reads (n.titel).",
        SOUND,
        41,
    ),
    Mistake(
        "view_columns",
        spoil("views", query="SELECT n.title FROM public.notes AS n WHERE EXISTS (SELECT 1 WHERE n.gone)"),
        "DEF008 public.titles.query: no column n.gone",
        SOUND,
        41,
    ),
    Mistake(
        "function_search_path",
        spoil("functions", searchPath=[]),
        "SEC018 notes_private.touch().searchPath: whoever calls it decides where its names are looked up, and it runs"
        " with its owner's rights (none). Allowed: schemas by name, pg_temp last. Fix: ",
        SOUND,
        42,
    ),
    Mistake(
        "function_search_path",
        spoil("functions", searchPath=[], security="invoker"),
        "SEC018 notes_private.touch().searchPath: whoever calls it decides where its names are looked up, and it runs"
        " with its caller's rights (none).",
        spoil("functions", security="invoker"),
        42,
    ),
    Mistake(
        "function_search_path",
        spoil("functions", searchPath=["pg_catalog"]),
        "SEC018 notes_private.touch().searchPath: a temporary object of the caller's comes before everything",
        spoil("functions", searchPath=["pg_catalog", "pg_temp"]),
        42,
    ),
    Mistake(
        "function_search_path",
        spoil("functions", searchPath=["pg_temp", "pg_catalog"]),
        "SEC018 notes_private.touch().searchPath: a temporary object of the caller's comes before everything",
        SOUND,
        42,
    ),
    Mistake(
        "definer_callers",
        {**SOUND, "grants": [grant for grant in SOUND["grants"] if grant["target"] != "function"]},
        "SEC019 notes_private.touch(): nothing takes EXECUTE from PUBLIC, who has it by default (PUBLIC).",
        SOUND,
        42,
    ),
    Mistake(
        "definer_callers",
        {
            **spoil("functions", schema="public"),
            "triggers": [],
            "grants": [
                {
                    "target": "function",
                    "object": "public.touch()",
                    "entries": [{"role": "anon", "privilege": "execute"}],
                }
            ],
        },
        "SEC019 public.touch(): the API offers it, with its owner's rights (anon).",
        {
            **spoil("functions", schema="public", security="invoker"),
            "triggers": [],
            "grants": [
                {
                    "target": "function",
                    "object": "public.touch()",
                    "entries": [{"role": "anon", "privilege": "execute"}],
                }
            ],
        },
        42,
    ),
    Mistake(
        "role_attributes",
        spoil("roles", place=1, bypassRls=True),
        "SEC022 notes_service.bypassRls: role notes_service passes every policy by (true). Allowed: false. Fix: ",
        SOUND,
        47,
    ),
    Mistake(
        "role_attributes",
        spoil("roles", place=1, createRole=True),
        "SEC022 notes_service.createRole: role notes_service could make roles and join them (true).",
        SOUND,
        47,
    ),
)

GRANTS: Final = (
    *(
        _granted(
            f"SEC013 relation:public.notes.entries[0].privilege: {privilege.upper()} on public.notes for {role}, which"
            f" row security does not cover ({privilege}). Allowed: select, insert, update, delete. Fix: ",
            "grant_privileges",
            role,
            privilege,
        )
        for privilege in ("truncate", "references", "trigger", "maintain")
        for role in ("authenticated", "notes_service")
    ),
    *(
        _granted(
            f"SEC020 relation:public.notes.entries[0].role: SELECT on public.notes for everybody ({role})."
            " Allowed: roles by name. Fix: ",
            "grant_public",
            role,
            "select",
        )
        for role in ("PUBLIC", "public")
    ),
    _granted(
        "SEC020 function:notes_private.touch().entries[0].role: EXECUTE on notes_private.touch() for everybody",
        "grant_public",
        "PUBLIC",
        "execute",
        "function",
    ),
    *(
        _granted(
            f"SEC021 schema:notes_private.entries[0]: {role} may make objects in notes_private (create).",
            "schema_create",
            role,
            "create",
            "schema",
        )
        for role in ("authenticated", "service_role", "notes_service")
    ),
)

INDEXES: Final = (
    Mistake(
        "foreign_key_indexed",
        {**SOUND, "policies": [], "indexes": []},
        "DEF009 public.notes.foreignKeys.notes_user_id_fkey: no index starts with its columns (user_id)."
        " Allowed: an index on the whole table that starts with them. Fix: add an index on public.notes (user_id).",
        {**SOUND, "policies": []},
    ),
    Mistake(
        "foreign_key_indexed",
        {**SOUND, "policies": [], "indexes": [_indexed("user_id", where="title IS NULL")]},
        "DEF009 public.notes.foreignKeys.notes_user_id_fkey: ",
        {**SOUND, "policies": [], "indexes": [_indexed("user_id")]},
    ),
    Mistake(
        "foreign_key_indexed",
        {**SOUND, "policies": [], "indexes": [_indexed("user_id", absent=True)]},
        "DEF009 public.notes.foreignKeys.notes_user_id_fkey: ",
        SOUND,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", _indexed("user_id")),
        "DEF011 public.notes_other_idx: notes_user_id_idx serves every query that this index serves (user_id).",
        spoil("indexes", _indexed("written_at")),
        35,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", _indexed("user_id", "written_at")),
        "DEF011 public.notes_other_idx: notes_user_id_idx serves every query",
        spoil("indexes", _indexed("user_id", "written_at", where="title IS NULL")),
        35,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", {"table": "notes", "name": "back", "columns": [{"name": "user_id", "descending": True}]}),
        "DEF011 public.back: notes_user_id_idx serves every query",
        SOUND,
        35,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", _indexed("id", unique=True)),
        "DEF011 public.notes_other_idx: notes_pkey serves every query that this index serves (id).",
        SOUND,
        35,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", _indexed("user_id", include=["written_at"])),
        "DEF011 public.notes_other_idx: ",
        spoil("indexes", _indexed("user_id", include=["title"])),
        35,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", _indexed("user_id", unique=False)),
        "DEF011 public.notes_other_idx: ",
        spoil("indexes", _indexed("user_id", unique=True)),
        35,
    ),
)

MISTAKES: Final = (*ROW_SECURITY, *OPEN, *CLAUSES, *CALLS, *OTHER_POLICIES, *RIGHTS, *GRANTS, *INDEXES)
