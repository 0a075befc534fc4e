"""On the database that the guide's own migration makes, the proof finds every fault that is known of it."""

import pytest

from infra.pipeline.names import ANON, CREATOR
from infra.pipeline.tables import TABLES
from infra.verify.report import Report
from tests.clusters import Database
from tests.reference_database import RETIRED_INDEXES, build_reference
from tests.verify.ground import proof

NAMES = tuple(table.identity for table in TABLES)


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """What was found, by server: a module asks for it once each."""
    return {}


@pytest.fixture
def report(database: Database, reports: dict[str, Report]) -> Report:
    """The proof of the guide's database, with everything tried."""
    version = database.server.version
    if version not in reports:
        build_reference(database)
        reports[version] = proof(database, 1, gently=False)
    return reports[version]


def said(report: Report, role: str, on: str, operation: str, column: str = "") -> str:
    """Return what was seen of one cell."""
    return "; ".join(
        text
        for result in report.differing
        if (result.cell.role, result.cell.on, result.cell.operation.value) == (role, on, operation)
        and result.cell.column == column
        for text in result.said
    )


def codes(report: Report, code: str) -> set[str]:
    """Return the paths at which a rule is broken."""
    return {fault.path for fault in report.faults if fault.code == code}


def findings(report: Report) -> str:
    return "\n".join(finding.text for finding in report.findings)


def test_the_view_shows_everybody_every_row(report: Report) -> None:
    view = "public.creator_pipeline_overview"
    assert said(report, CREATOR, view, "select").startswith("as the creator 2 rows, not 1 row")
    assert "not refused (42501)" in said(report, ANON, view, "select")
    assert f"view {view} shows rows with its owner's rights" in findings(report)
    assert view + ".securityInvoker" in codes(report, "SEC012")


def test_the_status_function_runs_as_its_owner(report: Report) -> None:
    name = "public.get_creator_pipeline_status(uuid)"
    assert "failed (SQLSTATE 42803)" in said(report, CREATOR, name, "execute")
    assert "not refused (42501)" in said(report, ANON, name, "execute")
    assert f"function {name} runs as SECURITY DEFINER" in findings(report)
    assert any(path.startswith(name) for path in codes(report, "SEC018"))
    assert name in codes(report, "SEC019")


def test_creators_write_their_own_results(report: Report) -> None:
    for column in ("cultural_alignment", "readiness_score", "onboarding_stage"):
        assert "not refused (42501)" in said(report, CREATOR, "public.creator_profiles", "update", column)
    for table in ("public.assessment_scores", "public.creator_economics"):
        assert "not refused (42501)" in said(report, CREATOR, table, "insert", "id")
        assert "the catalog says that it is granted" in said(report, CREATOR, table, "insert", "id")


@pytest.mark.parametrize("role", [ANON, CREATOR])
def test_the_default_grants_stay(report: Report, role: str) -> None:
    for name in NAMES:
        for operation in ("truncate", "references", "trigger"):
            assert "the catalog says that it is granted" in said(report, role, name, operation)
            assert "not refused (42501)" in said(report, role, name, operation)


def test_policies_call_and_scan_row_by_row(report: Report) -> None:
    """All fourteen that Supabase's linter finds, on the seven tables."""
    paths = codes(report, "SEC016")
    assert len({path.rpartition(".")[0] for path in paths}) == 14
    assert {".".join(path.split(".")[:2]) for path in paths} == set(NAMES)


def test_policies_overlap(report: Report) -> None:
    tables = {".".join(path.split(".")[:2]) for path in codes(report, "SEC017")}
    assert tables == {"public.pipeline_sessions", "public.agent_potential_mappings", "public.creator_economics"}


def test_search_paths_are_not_pinned(report: Report) -> None:
    names = {path.partition("(")[0] for path in codes(report, "SEC018")}
    assert names == {
        "public.get_creator_pipeline_status",
        "public.update_creator_activity",
        "public.update_updated_at_column",
    }


def test_a_key_has_no_index_and_the_activity_trigger_stands(report: Report) -> None:
    assert codes(report, "DEF009") == {"public.creator_feature_flags.foreignKeys.creator_feature_flags_set_by_fkey"}
    assert "trigger assessment_scores_touch_creator_activity on public.assessment_scores" in findings(report)


def test_row_security_binds_no_owner(report: Report) -> None:
    assert {f"{name}.rowSecurity" for name in NAMES} <= codes(report, "SEC010")
    assert not report.is_proven


def test_needless_indexes_and_an_extension_are_noted(report: Report) -> None:
    """They let nobody in, and are told beside the verdict."""
    assert [note.split()[1] for note in report.notes if note.startswith("extension ")] == ["tcn"]
    assert {note.split()[1] for note in report.notes if note.startswith("index ")} == RETIRED_INDEXES
