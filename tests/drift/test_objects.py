"""Each kind of change in words, and which of them are incidents."""

from typing import Any, Final

import pytest

from infra.drift.finding import CHANGED, INCIDENT, Finding
from infra.drift.objects import findings
from infra.errors import CODES
from infra.models.base import Model
from infra.models.cohort import Cohort
from infra.models.flag import FlagName
from infra.models.function import Security, Volatility
from infra.models.grant import Entry, Grant
from infra.models.index import IndexColumn
from infra.models.phase import Audience
from infra.models.policy import Command
from infra.models.rollout import Rollout
from infra.models.table import Check, Default, RowSecurity
from tests.provider.kinds.samples import (
    FUNCTION,
    FUNCTION_GRANT,
    INDEX,
    NOTES,
    POLICY,
    ROLE,
    ROLE_IN_DATABASE_SETTING,
    ROLE_SETTING,
    SCHEMA_GRANT,
    TABLE_GRANT,
    TOUCH,
    TRIGGER,
    VIEW,
)

ROLLOUT: Final = Rollout(phase=1, audience=Audience.NOBODY, flags=dict.fromkeys(FlagName, False))
GREETING: Final = FUNCTION.identity
NOTES_COLUMNS: Final = {column.name: column for column in NOTES.columns}
PUBLIC: Final = Entry(role="PUBLIC", privilege="select")


def notes(name: str, **changes: Any) -> Model:
    """Return the table with one column changed."""
    columns = (c.model_copy(update=changes) if c.name == name else c for c in NOTES.columns)
    return NOTES.model_copy(update={"columns": tuple(columns)})


def granted(*entries: Entry, **changes: Any) -> Model:
    """Return the table's grants with more entries."""
    return TABLE_GRANT.model_copy(update={"entries": (*TABLE_GRANT.entries, *entries), **changes})


def but(model: Model, **changes: Any) -> Model:
    return model.model_copy(update=changes)


def passed_on(role: str, privilege: str) -> Entry:
    """Return an entry as it is read of a privilege that its holder may pass on."""
    values: dict[str, Any] = {"role": role, "privilege": f"{privilege} with grant option", "columns": ()}
    return Entry.model_construct(**values)


#: What was declared, what stands, and the sentences; whether the incidents among them are all.
WEAKENED: Final[list[tuple[Model, Model | None, list[str]]]] = [
    (
        NOTES,
        but(NOTES, row_security=RowSecurity.DISABLED),
        ["row security is off on public.notes: whoever has a grant reaches every row"],
    ),
    (
        NOTES,
        but(NOTES, row_security=RowSecurity.ENABLED),
        ["row security is no longer forced on public.notes: its owner passes it by"],
    ),
    (NOTES, but(NOTES, owner="mallory"), ["table public.notes was given to mallory; its owner is bench_owner"]),
    (POLICY, None, ["policy creator_update on public.notes was dropped"]),
    (
        POLICY,
        but(POLICY, using="true"),
        ["policy creator_update on public.notes lets rows through by another condition: USING (true)"],
    ),
    (
        POLICY,
        but(POLICY, check=None),
        ["policy creator_update on public.notes lets rows through by another condition: WITH CHECK (none)"],
    ),
    (
        POLICY,
        but(POLICY, roles=("PUBLIC",)),
        ["policy creator_update on public.notes is for PUBLIC now, not for authenticated"],
    ),
    (
        POLICY,
        but(POLICY, command=Command.ALL),
        ["policy creator_update on public.notes is for all now, not for update"],
    ),
    (TABLE_GRANT, granted(PUBLIC), ["SELECT on public.notes was granted to PUBLIC"]),
    (
        TABLE_GRANT,
        granted(Entry(role="anon", privilege="select", columns=("tags",))),
        ["SELECT (tags) on public.notes was granted to anon"],
    ),
    (
        TABLE_GRANT,
        but(
            TABLE_GRANT,
            entries=(
                TABLE_GRANT.entries[0],
                Entry(role="authenticated", privilege="update", columns=("score", "kind", "tags")),
                TABLE_GRANT.entries[2],
            ),
        ),
        ["UPDATE (tags) on public.notes was granted to authenticated"],
    ),
    (
        TABLE_GRANT,
        granted(Entry(role="authenticated", privilege="update")),
        ["UPDATE on public.notes was granted to authenticated"],
    ),
    (
        FUNCTION_GRANT,
        but(FUNCTION_GRANT, entries=(passed_on("authenticated", "execute"),)),
        [f"authenticated may now grant EXECUTE on function {GREETING} to others"],
    ),
    (
        SCHEMA_GRANT,
        but(SCHEMA_GRANT, entries=(*SCHEMA_GRANT.entries, Entry(role="anon", privilege="usage"))),
        ["USAGE on schema pipeline_private was granted to anon"],
    ),
    (
        TABLE_GRANT,
        granted(policies=("creator_update", "open_door")),
        ["policy open_door on public.notes was added, and is not ours"],
    ),
    (TABLE_GRANT, granted(policies=()), ["policy creator_update on public.notes was dropped"]),
    (
        VIEW,
        but(VIEW, security_invoker=False),
        ["view public.note_counts shows rows with its owner's rights: security_invoker is off"],
    ),
    (
        but(VIEW, security_barrier=True),
        VIEW,
        ["security_barrier was turned off for view public.note_counts"],
    ),
    (VIEW, but(VIEW, owner="mallory"), ["view public.note_counts was given to mallory; its owner is bench_owner"]),
    (
        FUNCTION,
        but(FUNCTION, search_path=()),
        [f"the search path of function {GREETING} was changed: it is not pinned"],
    ),
    (
        FUNCTION,
        but(FUNCTION, search_path=("public",)),
        [f"the search path of function {GREETING} was changed: its search path is public"],
    ),
    (
        FUNCTION,
        but(FUNCTION, security=Security.DEFINER),
        [f"function {GREETING} runs as SECURITY DEFINER, with its owner's rights now"],
    ),
    (FUNCTION, but(FUNCTION, owner="mallory"), [f"function {GREETING} was given to mallory; its owner is bench_owner"]),
    (TOUCH, but(TOUCH, body="BEGIN RETURN NEW; END"), ["function pipeline_private.touch() has another body"]),
    (
        ROLE,
        but(ROLE, bypass_rls=True, create_role=True, create_database=True),
        [
            "role bench_role was given BYPASSRLS",
            "role bench_role was given CREATEROLE",
            "role bench_role was given CREATEDB",
        ],
    ),
    (but(ROLE, login=False), ROLE, ["role bench_role was given LOGIN"]),
]
CHANGED_ONLY: Final[list[tuple[Model, Model | None, list[str]]]] = [
    (NOTES, None, ["table public.notes was dropped, renamed or moved"]),
    (
        but(NOTES, row_security=RowSecurity.DISABLED),
        but(NOTES, row_security=RowSecurity.ENABLED),
        ["row security was turned on for public.notes"],
    ),
    (NOTES, but(NOTES, columns=NOTES.columns[:-1]), ["column created_at of public.notes was dropped or renamed"]),
    (
        NOTES,
        notes("kind", type="varchar(10)"),
        ["column kind of public.notes was changed from varchar(20) to varchar(10)"],
    ),
    (NOTES, notes("person_id", nullable=True), ["column person_id of public.notes takes nulls now"]),
    (NOTES, notes("tags", nullable=False), ["column tags of public.notes takes no nulls any more"]),
    (NOTES, notes("score", default=None), ["the default of column score of public.notes was dropped"]),
    (
        NOTES,
        notes("score", default=Default(literal=0)),
        ["the default of column score of public.notes was changed to 0"],
    ),
    (
        NOTES,
        notes("tags", default=Default(unsafe_sql="'{}'::text[]")),
        ["the default of column tags of public.notes was set to '{}'::text[]"],
    ),
    (
        NOTES,
        but(NOTES, checks=NOTES.checks[1:]),
        ["check notes_score_check on public.notes was dropped, or no longer holds for every row"],
    ),
    (
        NOTES,
        but(NOTES, checks=(Check(name="notes_score_check", expression="score > -1"), NOTES.checks[1])),
        ["check notes_score_check on public.notes was replaced by another definition"],
    ),
    (
        NOTES,
        but(NOTES, foreign_keys=()),
        ["foreign key notes_person_id_fkey on public.notes was dropped, or no longer holds for every row"],
    ),
    (NOTES, but(NOTES, primary_key=("score",)), ["the primary key of public.notes is (score)"]),
    (
        TABLE_GRANT,
        but(TABLE_GRANT, entries=TABLE_GRANT.entries[1:]),
        ["SELECT on public.notes was revoked from authenticated"],
    ),
    (INDEX, None, ["index public.notes_person_id_idx on public.notes was dropped or renamed, or cannot be used"]),
    (
        INDEX,
        but(INDEX, columns=(IndexColumn(name="tags"),)),
        ["index public.notes_person_id_idx on public.notes was replaced by another definition"],
    ),
    (
        but(INDEX, absent=True),
        INDEX,
        ["an index like the retired public.notes_person_id_idx stands on public.notes again"],
    ),
    (FUNCTION, None, [f"function {GREETING} was dropped or renamed"]),
    (FUNCTION, but(FUNCTION, body="SELECT whom"), [f"function {GREETING} has another body"]),
    (
        FUNCTION,
        but(FUNCTION, volatility=Volatility.STABLE, returns="json", language="plpgsql", arguments=()),
        [
            f"function {GREETING} has other arguments",
            f"function {GREETING} returns json now",
            f"function {GREETING} is written in plpgsql now",
            f"function {GREETING} is stable now, not volatile",
        ],
    ),
    (VIEW, None, ["view public.note_counts was dropped or renamed"]),
    (VIEW, but(VIEW, query="SELECT 1"), ["view public.note_counts has another query"]),
    (TRIGGER, None, ["trigger notes_touch on public.notes was dropped or renamed"]),
    (TRIGGER, but(TRIGGER, enabled=False), ["trigger notes_touch on public.notes was disabled"]),
    (
        TRIGGER,
        but(TRIGGER, when="NEW.score > 99"),
        ["trigger notes_touch on public.notes was replaced by another definition"],
    ),
    (
        TRIGGER,
        but(TRIGGER, function="public.theirs"),
        ["trigger notes_touch on public.notes calls public.theirs now, not pipeline_private.touch"],
    ),
    (
        but(TRIGGER, retires=("public.old",)),
        TRIGGER,
        ["a trigger that calls the retired public.old stands on public.notes again"],
    ),
    (ROLE, None, ["role bench_role was dropped or renamed"]),
    (
        ROLE,
        but(ROLE, login=False, inherit=False, connection_limit=-1),
        [
            "LOGIN was taken from role bench_role",
            "role bench_role no longer inherits from its roles",
            "role bench_role has no limit of connections now",
        ],
    ),
    (ROLE_SETTING, None, ["statement_timeout of role bench_role was reset"]),
    (ROLE_IN_DATABASE_SETTING, None, ["work_mem of role bench_role in database eden_academy was reset"]),
    (
        ROLE_SETTING,
        but(ROLE_SETTING, value="1h"),
        ["statement_timeout of role bench_role was changed from 5s to 1h"],
    ),
    (
        ROLLOUT,
        but(ROLLOUT, phase=3, flags=ROLLOUT.flags | {FlagName.CREATIVE_PIPELINE_FULL: True}),
        [
            "flags.CREATIVE_PIPELINE_FULL of the rollout was changed from off to on",
            "phase of the rollout was changed from 1 to 3",
        ],
    ),
    (Cohort(), None, ["the cohort is gone"]),
]


@pytest.mark.parametrize(("before", "after", "sentences"), WEAKENED, ids=lambda value: str(value)[:60])
def test_what_weakens_a_guard_is_an_incident(before: Model, after: Model | None, sentences: list[str]) -> None:
    found = findings(before, after)
    assert [finding.sentence for finding in found] == sentences
    assert all(finding.weakened for finding in found)


@pytest.mark.parametrize(("before", "after", "sentences"), CHANGED_ONLY, ids=lambda value: str(value)[:60])
def test_everything_else_is_told_as_a_change(before: Model, after: Model | None, sentences: list[str]) -> None:
    found = findings(before, after)
    assert [finding.sentence for finding in found] == sentences
    assert not any(finding.weakened for finding in found)


def test_what_is_as_declared_is_not_told() -> None:
    for model in (NOTES, POLICY, INDEX, FUNCTION, TRIGGER, VIEW, ROLE, TABLE_GRANT, ROLE_SETTING, ROLLOUT):
        assert findings(model, model) == ()


def test_a_narrowed_grant_is_no_incident_beside_a_widened_one() -> None:
    """Columns for the whole object, and another privilege taken: the two are told apart."""
    entries = (Entry(role="authenticated", privilege="select", columns=("score",)), *TABLE_GRANT.entries[2:], PUBLIC)
    found = findings(TABLE_GRANT, but(TABLE_GRANT, entries=entries))
    assert [(finding.sentence, finding.weakened) for finding in found] == [
        ("SELECT on public.notes was granted to PUBLIC", True),
        ("SELECT on public.notes was revoked from authenticated", False),
        ("UPDATE (kind, score) on public.notes was revoked from authenticated", False),
    ]


def test_grants_of_an_object_that_is_gone_are_told_with_the_object() -> None:
    assert findings(Grant(object_name="public.notes"), None) == ()


@pytest.mark.parametrize(
    "finding",
    [
        Finding("table public.notes", "row security is off on public.notes: every row", weakened=True),
        Finding("setting role:a:b", "b of role a was changed from 5s to 1h. Or so"),
        Finding("role a", "b was made a member of a: it may act as that role", weakened=True, fix="revoke a from b"),
    ],
    ids=lambda finding: finding.path,
)
def test_a_finding_is_read_back_from_its_line(finding: Finding) -> None:
    """The provider says it in a line of the engine's log, and the command takes it from there."""
    assert finding.text.startswith(f"{INCIDENT if finding.weakened else CHANGED} {finding.path}: ")
    assert Finding.parse(finding.text) == finding
    assert finding.code in CODES


def test_other_lines_are_no_findings() -> None:
    for text in ("adopts what is there: nothing to change", "SEC001 a: b. Fix: c.", "SEC030", "it was changed"):
        assert Finding.parse(text) is None
