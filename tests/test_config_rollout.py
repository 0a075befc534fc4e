"""What a stack file says of the rollout: flags never ahead, caps only lower, gates never skipped, each fault named."""

from itertools import pairwise
from typing import Any, Final

import pytest

from infra.errors import RolloutError
from infra.models.cohort import MemberKind
from infra.models.flag import Flag, FlagName, require_no_circle
from infra.pipeline.flags import FLAGS
from infra.pipeline.phases import PHASES
from tests.test_config import GOOD, read, refused

USER: Final = "6f1b0f6e-1111-4222-8333-444455556666"
OTHER: Final = "6f1b0f6e-1111-4222-8333-444455556667"
BY: Final = {"user": USER, "addedBy": "Ada"}
OVERRIDE: Final = {"gate": 1, "by": "Ada", "why": "a new environment", "until": "2999-01-01"}


def on(values: dict[str, Any]) -> set[str]:
    return {name.value for name, enabled in read(GOOD | values).rollout.flags.items() if enabled}


def test_a_phase_gives_flags_audience_and_places() -> None:
    """The table of the phases, from one number."""
    monitoring = {"PIPELINE_MONITORING_ENABLED", "PIPELINE_PERFORMANCE_ALERTS"}
    internal = {"ENABLE_CREATIVE_PIPELINE", "CREATIVE_PIPELINE_ASSESSMENT"} | monitoring
    beta = internal | {"CREATOR_AGENT_ECONOMICS"}
    expected = [
        (1, monitoring, "nobody", 0),
        (2, internal, "cohort", 10),
        (3, beta, "cohort", 50),
        (4, beta, "cohort", 250),
        (5, beta, "everyone", None),
    ]
    for number, flags, audience, cap in expected:
        rollout = read(GOOD | {"phase": number}).rollout
        assert on({"phase": number}) == flags
        assert (rollout.audience.value, rollout.beta_cap) == (audience, cap)
        assert [name.value for name in rollout.cohort_only] == ["ENABLE_CREATIVE_PIPELINE"] * (audience == "cohort")


def test_launch_and_full_wait_for_somebodys_word() -> None:
    beta = on({"phase": 5})
    assert on({"phase": 5, "ready": {"launch": True}}) == beta | {"CREATOR_AGENT_LAUNCH"}
    assert on({"phase": 5, "ready": {"launch": True, "full": True}}) == {*FlagName}
    assert on({"phase": 4, "ready": {"launch": True, "full": True}}) == beta, "a word said early waits for its phase"


def test_a_flag_may_be_left_off() -> None:
    assert "CREATOR_AGENT_ECONOMICS" not in on({"phase": 4, "flags": {"CREATOR_AGENT_ECONOMICS": False}})
    assert on({"phase": 4, "flags": {"CREATOR_AGENT_ECONOMICS": True}}) == on({"phase": 4})


_ECONOMICS: Final = "CREATOR_AGENT_ECONOMICS"
_ASSESSMENT: Final = "CREATIVE_PIPELINE_ASSESSMENT"
REFUSALS: Final = [
    (
        {"flags": {"featureX": True}},
        "FLAG001 flags.featureX: there is no flag 'featureX'. Allowed: ENABLE_CREATIVE_PIPELINE, CREATIVE",
    ),
    (
        {"phase": 3, "flags": {"CREATIVE_PIPELINE_ASSESSMENT": False}},
        f"FLAG004 flags.{_ECONOMICS}: {_ECONOMICS} requires {_ASSESSMENT}, which is off ({_ECONOMICS} → ",
    ),
    ({"phase": 5, "ready": {"full": True}}, "FLAG004 flags.CREATIVE_PIPELINE_FULL: CREATIVE_PIPELINE_FULL requires"),
    (
        {"phase": 2, "flags": {"CREATOR_AGENT_ECONOMICS": True}},
        "FLAG003 flags.CREATOR_AGENT_ECONOMICS: phase 2 does not turn it on; it comes with phase 3.",
    ),
    ({"phase": 5, "flags": {"CREATOR_AGENT_LAUNCH": True}}, "FLAG003 flags.CREATOR_AGENT_LAUNCH: it waits to be ready"),
    (
        {"flags": {"ENABLE_CREATIVE_PIPELINE": "yes"}},
        "CFG002 flags.ENABLE_CREATIVE_PIPELINE: a text where true or false",
    ),
    ({"flags": {"ENABLE_CREATIVE_PIPELINE": 1}}, "CFG002 flags.ENABLE_CREATIVE_PIPELINE: a whole number where true or"),
    ({"flags": ["ENABLE_CREATIVE_PIPELINE"]}, "CFG002 flags: a list where a map is expected"),
    ({"ready": {"lunch": True}}, "CFG003 ready: unknown key 'lunch'; did you mean 'launch'?"),
    ({"skip_gates": True}, "CFG005 skip_gates: gates are not skipped. Allowed: an override."),
    ({"gates": {"api-latencies": {}}}, "GATE005 gates.api-latencies: no gate has the criterion"),
    ({"overrides": [OVERRIDE | {"by": " "}]}, "GATE003 overrides.0.by: who and why must be said"),
    ({"overrides": [OVERRIDE | {"gate": 6}]}, "GATE003 overrides.0.gate: '6' is no gate and no criterion"),
    ({"overrides": [OVERRIDE | {"until": "soon"}]}, "GATE003 overrides.0.until: "),
    ({"cohort": {"beta": [{"user": "ada", "addedBy": "Ada"}]}}, "COH001 cohort.beta.0.user: 'ada' is not the id"),
    ({"cohort": {"beta": [{"user": USER}]}}, "CFG004 cohort.beta.0.addedBy: it is missing"),
    ({"cohort": {"beta": [BY, BY]}}, f"COH001 cohort.members: user {USER} stands twice"),
    ({"cohort": {"beta": [BY], "team": [BY]}}, f"COH001 cohort.members: user {USER} stands twice"),
    ({"cohort": {"bets": []}}, "CFG003 cohort: unknown key 'bets'; did you mean 'beta'?"),
    ({"delivery": {"ssm": {"prefix": "/eden"}}}, "CFG004 aws: it is missing, and `delivery` names a service of AWS"),
    ({"delivery": {"envFile": "../flags.env"}}, "DLV001 delivery.envFile: "),
    ({"backups": {"target": "s3://eden/prod"}}, "CFG004 aws: it is missing, and `backups` names a bucket of S3"),
    ({"backups": {"target": "s3://Eden/../x"}}, "BAK003 backups.target: 's3://Eden/../x' is no place in S3"),
    ({"backups": {"target": "gs://eden"}}, "BAK003 backups.target: 'gs://eden' is no place for backups"),
    ({"backups": {"kmsKey": "alias/eden"}}, "BAK003 backups: kmsKey is for backups in S3, and the target is none"),
    ({"backups": {"keep": 0}}, "CFG002 backups.keep: "),
    (
        {"aws": {"region": "eu-west-1", "endpoint": "http://a:99999"}},
        "AWS002 aws.endpoint: 99999 is no port. Allowed: 1",
    ),
    ({"aws": {"regoin": "eu-west-1"}}, "CFG003 aws: unknown key 'regoin'; did you mean 'region'?"),
]


@pytest.mark.parametrize(("values", "expected"), REFUSALS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_fault_is_named(values: dict[str, Any], expected: str) -> None:
    found = refused(GOOD | values)
    assert any(text.startswith(expected) for text in found), found


def test_everything_is_told_at_once() -> None:
    """What only the whole shows stands beside what is wrong by itself, each with its own path."""
    values = {
        "phase": 9,
        "cohort": {"team": [BY], "beta": [BY]},
        "gates": {"beta-completion": {"threshold": 101}, "satisfaction": {"url": "http://a/"}},
        "ready": {"launch": "yes"},
    }
    assert sorted(text.split(":")[0] for text in refused(GOOD | values)) == [
        "CFG001 phase",
        "CFG002 ready.launch",
        "COH001 cohort.members",
        "GATE005 gates.beta-completion.threshold",
        "GATE005 gates.satisfaction.url",
    ]
    caps = refused(GOOD | {"cohort": {"caps": {2: 11, "3": 51, "9": 1}}})
    assert [text.split(":")[0] for text in caps] == [f"COH002 cohort.caps.{number}" for number in (2, 3, 9)]
    assert read(GOOD | {"phase": 2, "cohort": {"caps": {2: 5}}}).rollout.beta_cap == 5


def test_every_flag_above_one_that_is_off_is_told() -> None:
    """Whoever leaves the first off sees at once what else is to be left off."""
    found = refused(GOOD | {"phase": 5, "ready": {"launch": True}, "flags": {"ENABLE_CREATIVE_PIPELINE": False}})
    assert [text.split(":")[0] for text in found] == [
        f"FLAG004 flags.{name}" for name in (_ASSESSMENT, _ECONOMICS, "CREATOR_AGENT_LAUNCH")
    ]
    assert all("requires ENABLE_CREATIVE_PIPELINE, which is off (" in text for text in found)


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31mred", "\u200b", "to the left\u202e", "\n", "x" * 501])
def test_who_and_why_are_words_that_the_ledger_can_hold(text: str) -> None:
    """A database refuses a NUL, and a terminal obeys what nobody reads: both are told before anything begins."""
    for key in ("by", "why"):
        (found,) = refused(GOOD | {"overrides": [OVERRIDE | {key: text}]})
        assert found.startswith(f"GATE003 overrides.0.{key}: who and why must be said")
    (found,) = refused(GOOD | {"cohort": {"team": [BY | {"addedBy": text}]}})
    assert found.startswith("COH001 cohort.team.0.addedBy: ")
    assert "Allowed: a text of 1 to 200 characters" in found


def test_a_reason_of_several_lines_is_one_line() -> None:
    """As a block of YAML has it; every line of a gate's table is one criterion."""
    values = {
        "overrides": [OVERRIDE | {"why": "the first\n  week 🐘\n"}],
        "cohort": {"team": [BY | {"addedBy": " Ä\nB "}]},
    }
    config = read(GOOD | values)
    assert config.gates.overrides[0].why == "the first week 🐘"
    assert config.cohort.members[0].added_by == "Ä B"


def test_what_is_missing_in_a_list_is_named_as_pulumi_names_it() -> None:
    (found,) = refused(GOOD | {"cohort": {"beta": [{"user": USER}]}})
    assert "pulumi config set --path cohort.beta[0].addedBy … -s dev" in found


@pytest.mark.parametrize("cap", [-1, "101 %", 1_000_000_000, 11, 2.5, True, "ten"])
def test_a_cap_out_of_range_names_its_unit(cap: Any) -> None:
    """It lowers the phase's own, in creators."""
    (text,) = refused(GOOD | {"phase": 2, "cohort": {"caps": {"2": cap}}})
    assert text.startswith("COH002 cohort.caps.2: ")
    assert "Allowed: 0 to 10 creators." in text


@pytest.mark.parametrize("number", ["1", "5", "six"])
def test_a_phase_without_a_cap_has_none_to_lower(number: str) -> None:
    (text,) = refused(GOOD | {"cohort": {"caps": {number: 3}}})
    assert f"COH002 cohort.caps.{number}: phase {number} has no cap of beta creators. Allowed: phases 2, 3, 4." in text


def test_a_cap_of_none_is_warned_of() -> None:
    """It is allowed, for a phase of the team alone."""
    config = read(GOOD | {"phase": 2, "cohort": {"caps": {"2": 0}}})
    assert config.rollout.beta_cap == 0
    assert [str(warning).partition(" Fix")[0] for warning in config.warnings] == [
        "COH002 cohort.caps.2: phase 2 will reach nobody but the team."
    ]
    assert read(GOOD | {"phase": 3, "cohort": {"caps": {"2": 0}}}).warnings == ()


def test_members_are_kept_with_who_let_them_in() -> None:
    config = read(GOOD | {"cohort": {"team": [BY], "beta": [{"user": OTHER.upper(), "addedBy": "Ben"}]}})
    assert [(member.user, member.kind, member.added_by) for member in config.cohort.members] == [
        (USER, MemberKind.TEAM, "Ada"),
        (OTHER, MemberKind.BETA, "Ben"),
    ]


def test_more_members_than_places_is_a_warning_and_no_refusal() -> None:
    """Lowering the phase is always accepted, whatever the cohort has become."""
    beta = [{"user": f"6f1b0f6e-1111-4222-8333-{number:012d}", "addedBy": "Ada"} for number in range(12)]
    for phase, over in ((3, 0), (2, 2), (1, 0)):
        config = read(GOOD | {"phase": phase, "cohort": {"beta": beta}})
        told = [warning.problem for warning in config.warnings if warning.code == "COH004"]
        assert bool(told) == bool(over)
        assert all(f"{over} more than" in text for text in told)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2999-01-01", "2999-01-01"),
        ("2999-01-01T10:00:00Z", "2999-01-01T10:00:00Z"),
        ("2999-01-01 00:00:00 +0000 UTC", "2999-01-01"),
        ("2999-01-01 10:00:00 +0000 UTC", "2999-01-01T10:00:00Z"),
    ],
)
def test_a_date_may_stand_without_quotes(given: str, kept: str) -> None:
    """Pulumi's CLI hands such a date on in Go's spelling; it means the same."""
    (override,) = read(GOOD | {"overrides": [OVERRIDE | {"until": given}]}).gates.overrides
    assert override.until == kept


THRESHOLDS: Final = ["NaN", "Infinity", "-Infinity", -1, "200", True, None, [1]]


@pytest.mark.parametrize("value", [value for value in THRESHOLDS if value is not None], ids=str)
def test_a_threshold_is_a_finite_number(value: Any) -> None:
    """What compares false with everything would open or close a gate without a word."""
    (text,) = refused(GOOD | {"gates": {"api-latency": {"threshold": value}}})
    assert text.startswith("GATE005 gates.api-latency.threshold: ")
    assert "must be finite" in text


def test_flags_in_a_circle_are_refused_when_defined() -> None:
    require_no_circle(FLAGS)
    ahead = FLAGS[0].model_copy(update={"requires": FlagName.CREATIVE_PIPELINE_FULL})
    with pytest.raises(RolloutError, match=r"^FLAG002 flags: flags require each other in a circle: .* → "):
        require_no_circle((ahead, *FLAGS[1:]))
    alone = Flag(name=FlagName.CREATOR_AGENT_LAUNCH, description="", requires=FlagName.CREATOR_AGENT_LAUNCH)
    with pytest.raises(RolloutError, match="FLAG002"):
        require_no_circle((alone,))


def test_the_phases_are_numbered_in_order_and_only_widen() -> None:
    """Going up turns nothing off and lets nobody out."""
    assert [phase.number for phase in PHASES] == [1, 2, 3, 4, 5]
    for lower, higher in pairwise(PHASES):
        assert set(lower.flags) <= set(higher.flags)
        assert higher.beta_cap is None or (lower.beta_cap or 0) <= higher.beta_cap


def test_lowering_the_phase_is_always_accepted() -> None:
    """All that the stack file says of the higher phase may stay as it is."""
    values = {
        "ready": {"launch": True, "full": True},
        "cohort": {"team": [BY], "caps": {"2": 3}},
        "overrides": [OVERRIDE | {"until": "2020-01-01"}],
        "attestations": [OVERRIDE | {"gate": "satisfaction", "until": "2020-01-01"}],
        "gates": {"api-latency": {"threshold": 150}},
    }
    for phase in (5, 4, 3, 2, 1):
        assert read(GOOD | values | {"phase": phase}).phase == phase
