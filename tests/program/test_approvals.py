"""Approvals through the program and the engine: a protected stack carries nothing out that nobody has approved."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from infra.database.ledger import read_ledger
from infra.database.rollout import read_state
from infra.database.session import open_session
from infra.embedded.engine.engine import Result
from infra.embedded.engine.events import Op
from tests.clusters import Database
from tests.program.test_on_postgres import done, engine
from tests.program.test_two_engines import Cli

_REFUSED: Final = re.compile(r"APP001 (?P<name>[^\n]*?): (?P<hazard>[A-Z_]+) \(")
SERVICE: Final = {"protect": "true", "access": "service"}
LEGACY: Final = {"protect": "true", "access": "legacy"}
PROFILES: Final = ("ACCESS_WIDENED", "grant relation:public.creator_profiles")


def refused(result: Result) -> set[tuple[str, str]]:
    """Return the hazards that a run was refused for, each with its object."""
    assert not result.ok
    return {(found["hazard"], found["name"]) for text in result.errors for found in _REFUSED.finditer(text)}


def approvals(found: set[tuple[str, str]], *, days: int = 30) -> str:
    """Return a stack file's key that approves them for so many days from now, or until so many days ago."""
    until = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"
    said = {"why": "the application still writes them", "by": "Ada", "until": until}
    return json.dumps([{"hazard": hazard, "object": name} | said for hazard, name in sorted(found)])


def test_what_nobody_approved_is_refused_and_recorded_once_it_is(database18: Database, tmp_path: Path) -> None:
    """Made from nothing it goes through; opened further it does not, in a preview as in an `up` ahead of one."""
    assert done(engine(database18, tmp_path, **SERVICE).up()) == {Op.CREATE}
    expired = engine(database18, tmp_path, **LEGACY, approvals=approvals({PROFILES}, days=-2)).preview()
    found = refused(expired)
    assert PROFILES in found
    assert "any longer: the approval by Ada held until" in "\n".join(expired.errors)
    # What depends on what is refused is not looked at: the grants come after the policies.
    found |= refused(engine(database18, tmp_path, **LEGACY, approvals=approvals(found)).preview())
    all_but_one = engine(database18, tmp_path, **LEGACY, approvals=approvals(found - {PROFILES})).up()
    assert refused(all_but_one) == {PROFILES}
    assert granted(database18) == set(), "what is refused stays as it stands"
    done(engine(database18, tmp_path, **LEGACY, approvals=approvals(found)).up())
    assert granted(database18) == {"readiness_score"}
    with open_session(database18.deployer, application_name="test") as session:
        kept = read_ledger(session, event="approval")
    assert {(entry.details["hazard"], entry.details["object"]) for entry in kept} == found
    assert {(entry.details["by"], entry.reason) for entry in kept} == {("Ada", "the application still writes them")}


@pytest.mark.full
def test_a_way_back_is_not_stopped_by_what_nobody_approved(database18: Database, tmp_path: Path) -> None:
    """To a lower phase the rest is carried out, and what is not approved stays; afterwards it is refused again."""
    overrides = json.dumps([{"gate": 1, "by": "Ada", "why": "a test", "until": "2999-01-01"}])
    done(engine(database18, tmp_path, phase="2", overrides=overrides, **SERVICE).up())
    result = engine(database18, tmp_path, phase="1", **LEGACY).up()
    done(result)
    assert any("stays as it is" in event.text for event in result.events)
    with open_session(database18.deployer, application_name="test") as session:
        state = read_state(session)
    assert state is not None
    assert state.phase == 1
    assert granted(database18) == set()
    assert PROFILES in refused(engine(database18, tmp_path, phase="1", **LEGACY).preview())


@pytest.mark.full
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI")
def test_pulumis_own_cli_refuses_with_nothing_of_ours_in_between(database18: Database, tmp_path: Path) -> None:
    """In its preview, so that nothing is begun; a file beside the stack file approves, and nothing is left to do."""
    cli = Cli(tmp_path, database18)
    cli.make_stack()
    cli.configure(protect=True)
    cli.run("up", "-y", "-s", "dev")
    cli.configure(access="legacy")
    found: set[tuple[str, str]] = set()
    for _ in range(30):  # an engine stops at what is refused, and tells of what comes after it the next time
        code, printed = cli.ended("up", "-y", "-s", "dev")
        if code == 0:
            break
        assert granted(database18) == set()
        found |= {(item["hazard"], item["name"]) for item in _REFUSED.finditer(printed)}
        (cli.folder / "approvals.yaml").write_text(approvals(found), encoding="utf-8")
    assert PROFILES in found
    assert granted(database18) == {"readiness_score"}
    cli.run("preview", "-s", "dev", "--expect-no-changes")


def granted(database: Database) -> set[str]:
    """Return whether creators may write their own readiness."""
    query = "SELECT has_column_privilege('authenticated', 'public.creator_profiles', 'readiness_score', 'UPDATE')"
    with database.connect(user="admin") as connection:
        row = connection.execute(query).fetchone()
    return {"readiness_score"} if row == (True,) else set()
