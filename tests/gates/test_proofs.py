"""The proofs: clean on a fresh deploy, and each mistake is found, by the catalog or by trying."""

import re

from infra.database.session import open_session
from infra.gates.proofs import prove
from infra.gates.report import Outcome
from infra.models.access import Access
from infra.models.criterion import Proof
from infra.models.gate import CriterionName as Name
from infra.models.gate import GateSettings
from tests.gates.ground import Ground


def findings(ground: Ground, proof: Proof) -> str:
    found = prove(ground.session, proof, Access.SERVICE)
    return f"{found.finite[0]:.0f}: {found.detail}"


def test_a_fresh_deploy_is_clean(ground_everywhere: Ground) -> None:
    """With nobody in, and with somebody to try as; nothing is left behind in the session."""
    ground = ground_everywhere
    assert findings(ground, Proof.PREFLIGHT) == "0: the server and its tables looked at"
    clean = r"0: the access table holds, by \d{4} attempts and the catalog"
    assert re.fullmatch(clean, findings(ground, Proof.ROW_SECURITY))
    for profile in (ground.creator(), ground.creator()):
        ground.metrics(profile, "stage_completion", [1])
        ground.sessions(profile, ["completed"])
    assert re.fullmatch(clean, findings(ground, Proof.ROW_SECURITY))
    row = ground.row(Name.ROW_SECURITY_PROVEN)
    assert row.outcome is Outcome.PASSED
    assert row.samples > 3000
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
    assert row.why.startswith("4 findings is not ≤ 0 findings; 15 samples; public.creator_profiles is granted")
    assert row.why.endswith("and 1 more")


def test_a_database_that_is_read_only_is_found(ground: Ground) -> None:
    """As every new session finds it, whatever this one was set to since; a deploy is refused there by itself."""
    ground.run(f'ALTER DATABASE "{ground.database.name}" SET default_transaction_read_only = on')
    ground.session.close()
    ground.stage.deployer.workspace.session = open_session(ground.database.deployer, application_name="gate")
    assert findings(ground, Proof.PREFLIGHT) == (
        "1: takes changes: DB011 transactions are read-only here (default_transaction_read_only); wanted: yes"
    )


def test_row_security_is_tried(ground: Ground) -> None:
    """A policy that lets rows through is found by behaviour: forced row security alone proves nothing."""
    ground.run("CREATE POLICY oops ON public.pipeline_sessions FOR SELECT TO authenticated USING (true)")
    found = findings(ground, Proof.ROW_SECURITY)
    assert "authenticated: select public.pipeline_sessions (id): as the creator 2 rows, not 1 row" in found
    row = ground.row(Name.ROW_SECURITY_PROVEN)
    assert row.outcome is Outcome.FAILED
    ground.run("DROP POLICY oops ON public.pipeline_sessions; GRANT SELECT ON public.creator_profiles TO anon")
    found = findings(ground, Proof.ROW_SECURITY)
    assert "anon: select public.creator_profiles (id): 0 rows, not refused (42501)" in found
    assert ground.row(Name.ROW_SECURITY_PROVEN).outcome is Outcome.FAILED


def test_a_proof_against_another_access_fails(ground: Ground) -> None:
    """What legacy grants is missing where the service writes."""
    row = ground.row(Name.ROW_SECURITY_PROVEN, GateSettings(access="legacy"))
    assert row.outcome is Outcome.FAILED
    assert "update public.creator_profiles (onboarding_stage)" in row.why


def test_a_proof_that_cannot_be_tried_is_open(ground: Ground) -> None:
    """Whoever may not act as the roles has proven nothing."""
    ground.run("REVOKE anon FROM deployer")
    row = ground.row(Name.ROW_SECURITY_PROVEN)
    assert row.outcome is Outcome.INCONCLUSIVE
    assert row.why.startswith("GATE004 verify: not everything could be tried: anon: ")
    assert "may not act as the role (42501)" in row.why
    assert ground.row(Name.PREFLIGHT_CLEAN).outcome is Outcome.PASSED


def test_triggers_on_the_platforms_users_leave_it_open(ground: Ground) -> None:
    """A gate does not run somebody's triggers: a person looks at them, and overrides or proves by command."""
    ground.run(
        "CREATE FUNCTION public.welcome() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER welcome AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.welcome()"
    )
    row = ground.row(Name.ROW_SECURITY_PROVEN)
    assert row.outcome is Outcome.INCONCLUSIVE
    assert row.why.startswith("VER001 auth.users: ")
    assert "welcome" in row.why
