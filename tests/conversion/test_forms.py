"""A table is brought from one form to the other and back: every row, and all that stands on it, goes along."""

import pytest

from infra.ddl.conversion import is_conversion
from infra.ddl.difference import Changed, difference_script
from infra.ddl.statement import Hazard
from infra.errors import RolloutErrors
from infra.models.table import Table
from infra.preview.back import plan_back
from tests.conversion.ground import DIVIDED, PLAIN, Ground

#: What is on a table besides its rows, its indexes and its form.
ACCESS = """
    SELECT 'policy', polname::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
      FROM pg_policy WHERE polrelid = 'public.pipeline_metrics'::regclass
     UNION ALL
    SELECT 'grant', x.grantee::regrole::text, x.privilege_type, x.is_grantable::text
      FROM pg_class, aclexplode(relacl) AS x WHERE oid = 'public.pipeline_metrics'::regclass
     UNION ALL
    SELECT 'column grant', x.grantee::regrole::text, x.privilege_type, attname::text
      FROM pg_attribute, aclexplode(attacl) AS x WHERE attrelid = 'public.pipeline_metrics'::regclass
     UNION ALL
    SELECT 'trigger', tgname::text, tgenabled::text, pg_get_triggerdef(oid) FROM pg_trigger
     WHERE tgrelid = 'public.pipeline_metrics'::regclass AND NOT tgisinternal AND tgname <> 'pipeline_metrics_carry'
     UNION ALL
    SELECT 'comment', objsubid::text, description, '' FROM pg_description
     WHERE objoid = 'public.pipeline_metrics'::regclass
     UNION ALL
    SELECT 'row security', relowner::regrole::text, relrowsecurity::text, relforcerowsecurity::text FROM pg_class
     WHERE oid = 'public.pipeline_metrics'::regclass
     ORDER BY 1, 2, 3, 4
"""
REACHED_BY_OTHERS = """
    SELECT count(*) FROM pg_class, aclexplode(relacl) AS x
     WHERE oid = 'pipeline_private.pipeline_metrics'::regclass AND x.grantee <> relowner
"""
INSERT = """
    INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
    SELECT id, 'business', 'late', 7, timestamptz '2020-03-04' FROM public.creator_profiles LIMIT 5
"""


def _decorate(ground: Ground) -> None:
    """Put on the table what a person might have put there."""
    ground.admin(
        "COMMENT ON TABLE public.pipeline_metrics IS 'what is measured'",
        "COMMENT ON COLUMN public.pipeline_metrics.stage IS 'it''s a stage'",
        "CREATE TABLE public.seen (id uuid)",
        "CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO public.seen VALUES (NEW.id); RETURN NULL; END'",
        "CREATE TRIGGER see AFTER INSERT ON public.pipeline_metrics FOR EACH ROW EXECUTE FUNCTION public.see()",
        "CREATE VIEW public.late WITH (security_invoker = true) AS"
        " SELECT id, metric_value FROM public.pipeline_metrics WHERE metric_name = 'late'",
        "ALTER VIEW public.late OWNER TO pipeline_owner",
    )


def test_forth_back_and_forth(ground: Ground) -> None:
    """Nothing is lost or opened, what stands on the table goes along, and each time the next plan is empty."""
    _decorate(ground)
    rows, access = ground.rows(), ground.ask(ACCESS)
    assert ("trigger", "see") in {row[:2] for row in access}
    former = PLAIN
    for wanted in (DIVIDED, PLAIN, DIVIDED):
        ground.bring(former, wanted)
        assert ground.is_divided() is (wanted is DIVIDED)
        assert (ground.rows(), ground.same(), ground.ask(ACCESS)) == (rows, True, access)
        assert ground.ask(REACHED_BY_OTHERS) == [(0,)]
        assert ground.plan(wanted) == ()
        drift = {"Table public.pipeline_metrics"} if wanted is DIVIDED else set()
        assert set(ground.deployer.drift()) == drift
        former = wanted
    ground.admin(INSERT)
    assert len(ground.rows()) == len(rows) + 5
    assert ground.same()
    assert ground.ask("SELECT count(*) FROM public.late") == ground.ask("SELECT count(*) FROM public.seen") == [(5,)]


def test_rows_without_a_time(ground18: Ground) -> None:
    """They are kept under 1970, where a time is required, and have none again afterwards."""
    query = "SELECT count(*), min(recorded_at)::text FROM public.pipeline_metrics WHERE metric_name = 'without a time'"
    ground18.bring(PLAIN, DIVIDED)
    assert ground18.ask(query) == [(3, "1970-01-01 00:00:00+00")]
    ground18.admin("UPDATE public.pipeline_metrics SET metric_value = 2 WHERE metric_name = 'without a time'")
    ground18.bring(DIVIDED, PLAIN)
    assert ground18.ask(query) == [(3, None)]


def test_the_preview_says_it_all(ground18: Ground) -> None:
    """Steps, rows, hazard and what is kept; and nothing is changed by it."""
    before = ground18.database.dump()
    said = ground18.bring(PLAIN, DIVIDED, preview=True)
    assert ground18.database.dump() == before
    assert [text for text in said if "copy some 403 rows" in text]
    assert [text for text in said if "[CORRECTNESS]" in text and "unique by (id, recorded_at)" in text]
    assert all("keeps every row" in text or "closed to everybody" in text for text in said)


@pytest.mark.parametrize(("old", "new"), [(PLAIN, DIVIDED), (DIVIDED, PLAIN)], ids=["forth", "back"])
def test_the_same_with_psql(ground18: Ground, old: Table, new: Table, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The steps as a script, batches included, end where an `up` ends."""
    if old is DIVIDED:
        ground18.bring(PLAIN, DIVIDED)
    rows = ground18.rows()
    changed = Changed("Table", new.identity, ground18.plan(new))
    text = difference_script([changed], name="change.sql", title="Converts.", database="here")
    script = tmp_path_factory.mktemp("scripts") / "change.sql"
    script.write_text(text, encoding="utf-8")
    ground18.deployer.workspace.close()
    ground18.database.psql("-v", "by=Ada", "-v", "why=a test", "-f", str(script))
    assert ground18.is_divided() is (new is DIVIDED)
    assert (ground18.rows(), ground18.same()) == (rows, True)


def test_what_is_wanted_no_longer_is_taken_away(ground: Ground) -> None:
    """Begun and called off: nothing of it is left, and nothing else was touched."""
    before = ground.database.dump()
    *_, swap = ground.take(DIVIDED, len(ground.plan(DIVIDED)) - 3)
    ground.copy()
    assert swap.hazards == (Hazard.CORRECTNESS,)
    said = ground.bring(PLAIN, PLAIN)
    assert any("carry nothing over" in text for text in said)
    assert ground.database.dump() == before
    assert ground.plan(PLAIN) == ()


OBSTACLES = {
    "foreign key": (
        "CREATE TABLE public.notes (metric uuid REFERENCES public.pipeline_metrics (id))",
        "foreign key notes_metric_fkey of public.notes",
    ),
    "view": (
        "CREATE MATERIALIZED VIEW public.sums AS SELECT count(*) FROM public.pipeline_metrics",
        "view public.sums",
    ),
    "publication": ("CREATE PUBLICATION news FOR TABLE public.pipeline_metrics", "publication news"),
    "column": ("ALTER TABLE public.pipeline_metrics ADD COLUMN mood text", "column mood is not declared"),
    "index": (
        "CREATE UNIQUE INDEX one ON public.pipeline_metrics (creator_profile_id, id)",
        "index one",
    ),
    "type": (
        "CREATE FUNCTION public.f(m public.pipeline_metrics) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "public.f(public.pipeline_metrics)",
    ),
}


def test_what_would_stay_behind_is_named(ground18: Ground) -> None:
    """All at once, each with what to do, before anything is changed."""
    for statement, _ in OBSTACLES.values():
        ground18.admin(statement)
    before = ground18.database.dump()
    with pytest.raises(RolloutErrors) as refused:
        ground18.bring(PLAIN, DIVIDED)
    found = [str(error) for error in refused.value.errors]
    assert {error.code for error in refused.value.errors} == {"ADOPT004"}
    for name, (_, words) in OBSTACLES.items():
        assert any(words in text for text in found), f"{name}: {found}"
    assert ground18.database.dump() == before


def test_only_a_change_of_form_is_a_conversion(ground18: Ground) -> None:
    seen = ground18.handler._prepare(ground18.deployer.workspace, PLAIN, None)[0]
    assert seen is not None
    assert is_conversion(seen.state, DIVIDED)
    assert not is_conversion(seen.state, PLAIN)


def test_the_way_back_is_planned_with_the_way(ground18: Ground) -> None:
    """As the preview and `rollout sql change --back` have it: the exchange the other way, and no row is copied."""
    workspace, handler = ground18.deployer.workspace, ground18.handler
    rows = ground18.rows()
    seen, plan = handler._prepare(workspace, DIVIDED, None)
    back = plan_back(workspace, handler, seen, DIVIDED)
    assert [step.summary.partition(",")[0] for step in back] == [
        "compare both forms",
        "take the statistics of its other form",
        "put the plain form in its place",
    ]
    for steps, divided in ((plan, True), (back, False)):
        workspace.change(steps, lambda _text: None)
        assert ground18.is_divided() is divided
        assert (ground18.rows(), ground18.same()) == (rows, True)
