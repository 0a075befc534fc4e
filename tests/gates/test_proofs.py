"""The proofs: clean on a fresh deploy, and each mistake is found, by the catalog or by trying."""

from infra.database.session import open_session
from infra.gates.proofs import prove
from infra.gates.report import Outcome
from infra.models.criterion import Proof
from infra.models.gate import CriterionName as Name
from tests.gates.ground import Ground


def findings(ground: Ground, proof: Proof) -> str:
    found = prove(ground.session, proof)
    return f"{found.finite[0]:.0f}: {found.detail}"


def test_a_fresh_deploy_is_clean(ground_everywhere: Ground) -> None:
    """With nobody in, and with somebody to try as; nothing is left behind in the session."""
    ground = ground_everywhere
    assert findings(ground, Proof.PREFLIGHT) == "0: tables looked at"
    assert findings(ground, Proof.ROW_SECURITY) == (
        "0: anon is refused; a stranger sees nothing; no creator is there yet to try as"
    )
    mine, other = ground.creator(), ground.creator()
    for profile in (mine, other):
        ground.metrics(profile, "stage_completion", [1])
        ground.sessions(profile, ["completed"])
    assert findings(ground, Proof.ROW_SECURITY).endswith("a creator sees own rows only")
    row = ground.row(Name.ROW_SECURITY_PROVEN)
    assert (row.outcome, row.samples) == (Outcome.PASSED, 7)
    assert ground.session.execute("SELECT current_user AS who, current_setting('transaction_read_only') AS ro") == [
        {"who": "deployer", "ro": "off"}
    ]


def test_the_preflight_finds_each_mistake(ground: Ground) -> None:
    """Each mistake by its name; none of them is mended by looking."""
    ground.run("ALTER TABLE public.creator_profiles NO FORCE ROW LEVEL SECURITY")
    assert findings(ground, Proof.PREFLIGHT) == "1: public.creator_profiles has row security not forced"
    ground.run("ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    assert findings(ground, Proof.PREFLIGHT) == "1: public.creator_profiles has row security off"
    ground.run("ALTER TABLE public.creator_profiles ENABLE ROW LEVEL SECURITY")
    ground.run("GRANT SELECT (id) ON public.creator_profiles TO PUBLIC")
    ground.run("GRANT SELECT ON public.pipeline_metrics TO anon")
    ground.run(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.pipeline_metrics_recorded_at_idx'::regclass"
    )
    assert findings(ground, Proof.PREFLIGHT) == (
        "3: public.creator_profiles is granted to PUBLIC, public.pipeline_metrics is granted to anon,"
        " public.pipeline_metrics_recorded_at_idx is invalid"
    )
    ground.run("DROP TABLE public.creator_feature_flags CASCADE")
    row = ground.row(Name.PREFLIGHT_CLEAN)
    assert row.outcome is Outcome.FAILED
    assert row.why.startswith("4 findings is not ≤ 0 findings; 12 samples; public.creator_profiles is granted")
    assert row.why.endswith("and 1 more")


def test_a_database_that_is_read_only_is_found(ground: Ground) -> None:
    """As every new session finds it, whatever this one was set to since; a deploy is refused there by itself."""
    ground.run(f'ALTER DATABASE "{ground.database.name}" SET default_transaction_read_only = on')
    ground.session.close()
    ground.stage.deployer.workspace.session = open_session(ground.database.deployer, application_name="gate")
    assert findings(ground, Proof.PREFLIGHT) == "1: transactions are read-only here"


def test_row_security_is_tried(ground: Ground) -> None:
    """A policy that lets rows through is found by behaviour: forced row security alone proves nothing."""
    for profile in (ground.creator(), ground.creator()):
        ground.sessions(profile, ["completed"])
    ground.run("CREATE POLICY oops ON public.pipeline_sessions FOR SELECT TO authenticated USING (true)")
    assert findings(ground, Proof.ROW_SECURITY) == (
        "2: a stranger sees rows of public.pipeline_sessions,"
        " a creator sees other creators' rows of public.pipeline_sessions"
    )
    ground.run("DROP POLICY oops ON public.pipeline_sessions; GRANT SELECT ON public.creator_profiles TO anon")
    assert findings(ground, Proof.ROW_SECURITY) == (
        "2: public.creator_profiles is granted to anon, anon may read public.creator_profiles"
    )
    assert ground.row(Name.ROW_SECURITY_PROVEN).outcome is Outcome.FAILED


def test_a_proof_that_cannot_be_tried_is_open(ground: Ground) -> None:
    """Whoever may not act as the roles has proven nothing."""
    ground.run("REVOKE anon FROM deployer")
    row = ground.row(Name.ROW_SECURITY_PROVEN)
    assert row.outcome is Outcome.INCONCLUSIVE
    assert row.why.startswith("DB003")
    assert ground.row(Name.PREFLIGHT_CLEAN).outcome is Outcome.PASSED
