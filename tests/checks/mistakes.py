"""One mistake and more for every rule: what is written, what is said of it, and the fix that makes it good."""

from typing import Final

from tests.checks.policy_mistakes import POLICY_MISTAKES
from tests.checks.samples import SOUND, Mistake, index, spoil


def _granted(said: str, rule: str, role: str, privilege: str, target: str = "relation") -> Mistake:
    place = {"relation": 0, "function": 1, "schema": 2}[target]
    entries = [{"role": role, "privilege": privilege}]
    return Mistake(rule, spoil("grants", place=place, entries=entries), said, SOUND, 44)


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
        {**SOUND, "policies": [], "indexes": [index("user_id", where="title IS NULL")]},
        "DEF009 public.notes.foreignKeys.notes_user_id_fkey: ",
        {**SOUND, "policies": [], "indexes": [index("user_id")]},
    ),
    Mistake(
        "foreign_key_indexed",
        {**SOUND, "policies": [], "indexes": [index("user_id", absent=True)]},
        "DEF009 public.notes.foreignKeys.notes_user_id_fkey: ",
        SOUND,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", index("user_id")),
        "DEF011 public.notes_other_idx: notes_user_id_idx serves every query that this index serves (user_id).",
        spoil("indexes", index("written_at")),
        35,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", index("user_id", "written_at")),
        "DEF011 public.notes_other_idx: notes_user_id_idx serves every query",
        spoil("indexes", index("user_id", "written_at", where="title IS NULL")),
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
        spoil("indexes", index("id", unique=True)),
        "DEF011 public.notes_other_idx: notes_pkey serves every query that this index serves (id).",
        SOUND,
        35,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", index("user_id", include=["written_at"])),
        "DEF011 public.notes_other_idx: ",
        spoil("indexes", index("user_id", include=["title"])),
        35,
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", index("user_id", unique=False)),
        "DEF011 public.notes_other_idx: ",
        spoil("indexes", index("user_id", unique=True)),
        35,
    ),
    *(
        Mistake(
            "index_redundant",
            spoil("indexes", index(*columns, method=method), index(*columns, method=method, name="notes_twin_idx")),
            f"DEF011 public.notes_twin_idx: notes_other_idx serves every query that this index serves"
            f" ({', '.join(columns)}).",
            spoil("indexes", index(*columns, method=method), index("title", name="notes_twin_idx")),
            35,
        )
        for method, columns in (
            ("btree", ("written_at", "title")),
            ("gin", ("title",)),
            ("hash", ("title",)),
            ("brin", ("written_at", "title")),
        )
    ),
    Mistake(
        "index_redundant",
        spoil("indexes", index("user_id", "written_at", name="notes_twin_idx")),
        "DEF011 public.notes_twin_idx: notes_user_id_idx serves every query that this index serves"
        " (user_id, written_at).",
        spoil("indexes", index("written_at", "user_id", name="notes_twin_idx")),
        35,
    ),
)

_NOBODY: Final = "nobody makes this role"
_KNOWN: Final = (
    "anon, authenticated, authenticator, dashboard_user, notes_owner, notes_service, pgbouncer, service_role"
)
ROLES_NAMED: Final = (
    Mistake(
        "role_known",
        spoil("policies", roles=["authentcated"]),
        f"DEF012 public.notes.author_select.roles: {_NOBODY} (authentcated). Allowed: {_KNOWN}. Fix: write"
        " authenticated.",
        SOUND,
    ),
    Mistake(
        "role_known",
        spoil("grants", entries=[{"role": "Service_Role", "privilege": "select"}]),
        f"DEF012 relation:public.notes.entries[0].role: {_NOBODY} (Service_Role). Allowed: {_KNOWN}. Fix: ",
        spoil("grants", entries=[{"role": "service_role", "privilege": "select"}]),
    ),
    Mistake(
        "role_known",
        spoil("tables", owner="somebody"),
        f"DEF012 public.notes.owner: {_NOBODY} (somebody). Allowed: {_KNOWN}. Fix: name a role of these, or add it",
        {**spoil("tables", owner="somebody"), "roles": [*SOUND["roles"], {"name": "somebody"}]},
    ),
    Mistake(
        "role_known",
        spoil("functions", owner="note_owner"),
        f"DEF012 notes_private.touch().owner: {_NOBODY} (note_owner). Allowed: {_KNOWN}. Fix: write notes_owner.",
        SOUND,
    ),
    Mistake(
        "role_known",
        spoil("views", owner="note_owner"),
        f"DEF012 public.titles.owner: {_NOBODY} (note_owner).",
        SOUND,
    ),
    Mistake(
        "role_known",
        {**SOUND, "memberships": [{"role": "notes_servant", "member": "deployer"}]},
        f"DEF012 notes_servant:deployer.role: {_NOBODY} (notes_servant).",
        {**SOUND, "memberships": [{"role": "notes_service", "member": "deployer"}]},
    ),
    Mistake(
        "role_known",
        {
            **SOUND,
            "settings": [{"scope": "role", "target": "gone", "parameter": "statement_timeout", "value": "5s"}],
        },
        f"DEF012 role:gone:statement_timeout.target: {_NOBODY} (gone).",
        {
            **SOUND,
            "settings": [{"scope": "role", "target": "notes_service", "parameter": "work_mem", "value": "8MB"}],
        },
    ),
)

MISTAKES: Final = (*ROW_SECURITY, *POLICY_MISTAKES, *RIGHTS, *GRANTS, *INDEXES, *ROLES_NAMED)
