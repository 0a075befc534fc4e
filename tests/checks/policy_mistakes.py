"""The mistakes that can be made in a policy."""

from typing import Any, Final

from tests.checks.samples import OWN, SOUND, Mistake, index, spoil

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
            "title IS NULL OR title IS NOT NULL",
            "title IS NOT NULL OR (user_id = (SELECT auth.uid()) OR title IS NULL)",
            "(title = 'x') IS UNKNOWN OR (title = 'x') IS NOT UNKNOWN",
            "title = 'x' OR title <> 'x'",
            "title = 'x' OR 'x' != title",
            "written_at < (SELECT now()) OR written_at >= (SELECT now())",
            "title < 'x' OR title = 'x' OR 'x' < title",
            "title IN ('x', 'y') OR title NOT IN ('x', 'y')",
            "title IN ('x', 'y') OR title <> 'y'",
            "title LIKE 'x%' OR title NOT LIKE 'x%'",
            "title LIKE '%'",
            "title ILIKE '%%'",
            "title ~ '.*'",
            "user_id = ANY (ARRAY[user_id])",
            "user_id BETWEEN user_id AND user_id",
            "NOT (user_id <> user_id)",
            "NOT (title = 'x' AND title <> 'x')",
            "(title = 'x') IS TRUE OR (title = 'x') IS NOT TRUE",
            "(title = 'x' AND title IS NOT NULL) OR NOT (title IS NOT NULL AND title = 'x')",
            "title = 'x' OR title = 'y' OR (title <> 'x' AND title <> 'y')",
            "CASE WHEN user_id = (SELECT auth.uid()) THEN true ELSE true END",
            "CASE WHEN title = 'x' THEN title = 'x' ELSE title <> 'x' END",
            "EXISTS (SELECT 1)",
            "1 = 1.0",
            "7 BETWEEN 1 AND 10",
            "1 IS NOT NULL",
            "tableoid IS NOT NULL",
            # No row of the table has a null there, which the table says and the policy does not.
            "user_id IS NOT NULL",
            "NOT (id IS NULL) OR title = 'x'",
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
    Mistake(
        "policy_open",
        spoil("policies", using=f"{OWN} OR ((SELECT auth.role()) = 'admin' OR title = 'x')"),
        f"SEC011 {_SELECT}.using: a part of it looks at no column of the row, so that for some callers all rows pass"
        " ((SELECT auth.role()) = 'admin'), and nothing says why.",
        spoil("policies", using=f"{OWN} OR ((SELECT auth.role()) = 'admin' AND title = 'x')"),
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
        | {"indexes": [*SOUND["indexes"], index("title", name="notes_title_idx")]},
    ),
    Mistake(
        "policy_column_indexed",
        spoil("policies", using=f"{OWN} OR title = ANY (ARRAY(SELECT auth.role()))"),
        f"DEF010 {_SELECT}.using: no index starts with the column by which it finds the caller's rows (title).",
        spoil("policies", using=f"{OWN} AND title = ANY (ARRAY(SELECT auth.role()))"),
    ),
)

POLICY_MISTAKES: Final = (*OPEN, *CLAUSES, *CALLS, *OTHER_POLICIES)
