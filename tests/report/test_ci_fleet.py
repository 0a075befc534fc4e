"""The pipeline of a fleet is its plan: the same waves, each a matrix, each begun after a gate."""

from typing import Any

import pytest

from infra.errors import RolloutError
from infra.models.fleet import Fleet
from infra.report.ci import Forge
from infra.report.ci_fleet import FleetPipeline, render_fleet
from tests.report.pipelines import FLEET, load

GATE = [
    'venv/bin/rollout preview --stack "$STACK" --expect-no-changes',
    'venv/bin/rollout verify --stack "$STACK"',
    'venv/bin/rollout watch --stack "$STACK" --every 5s --for 6s',
]


def rendered(forge: Forge, fleet: Fleet = FLEET) -> dict[str, Any]:
    (text,) = render_fleet(forge, FleetPipeline(fleet)).values()
    return load(text)


def test_github_has_a_matrix_for_each_wave_and_a_gate_after_it() -> None:
    found = rendered(Forge.GITHUB)["jobs"]
    assert list(found) == [f"{job}-{wave}" for wave in range(3) for job in ("deploy", "gate")]
    for number, wave in enumerate(FLEET.plan):
        deploy, gate = found[f"deploy-{number}"], found[f"gate-{number}"]
        for job in (deploy, gate):
            assert job["strategy"]["matrix"] == {"stack": list(wave.stacks)}
            assert job["strategy"]["max-parallel"] == "3"
            assert job["timeout-minutes"] == "47"
        assert deploy.get("needs") == (f"gate-{number - 1}" if number else None)
        assert gate["needs"] == f"deploy-{number}"
        assert deploy["concurrency"] == {"group": "rollout-deploy-${{ matrix.stack }}", "cancel-in-progress": "false"}
        assert deploy["steps"][-1]["run"] == 'exec venv/bin/rollout up --stack "$STACK" --yes'
        assert [step["run"] for step in gate["steps"][-4:]] == ["sleep 90", *GATE]


def test_gitlab_has_the_same() -> None:
    found = rendered(Forge.GITLAB)
    for number, wave in enumerate(FLEET.plan):
        deploy, gate = found[f"deploy-{number}"], found[f"gate-{number}"]
        for job in (deploy, gate):
            assert job["parallel"] == {"matrix": [{"STACK": list(wave.stacks)}]}
        assert deploy["needs"] == ([f"gate-{number - 1}"] if number else [])
        assert gate["needs"] == [f"deploy-{number}"]
        assert deploy["resource_group"] == "rollout-$STACK"
        assert deploy["script"][-1] == 'venv/bin/rollout up --stack "$STACK" --yes'
        assert gate["script"] == ["sleep 90", *GATE]


@pytest.mark.parametrize(("may_fail", "stops"), [(0, "true"), (2, "false")])
def test_what_fails_stops_its_wave_unless_some_may(may_fail: int, stops: str) -> None:
    fleet = FLEET.model_copy(update={"max_failures": may_fail})
    found = rendered(Forge.GITHUB, fleet)["jobs"]
    assert found["deploy-1"]["strategy"]["fail-fast"] == stops
    assert found["gate-1"]["strategy"]["fail-fast"] == "false"


@pytest.mark.parametrize("forge", Forge)
def test_without_a_gate_a_wave_waits_for_the_deploys_alone(forge: Forge) -> None:
    fleet = Fleet(stacks=("a", "b"), canary=("a",), gate=())
    (text,) = render_fleet(forge, FleetPipeline(fleet)).values()
    assert "sleep" not in text
    assert "The fleet file names no gate." in text


def test_a_wave_that_no_matrix_takes_is_refused() -> None:
    names = tuple(f"t{number}" for number in range(257))
    fleet = Fleet(stacks=names, wave_size=257)
    with pytest.raises(RolloutError, match=r"FLEET001 wave 1: 257 stacks in one wave.*256 jobs"):
        render_fleet(Forge.GITHUB, FleetPipeline(fleet))
    assert render_fleet(Forge.GITHUB, FleetPipeline(fleet.model_copy(update={"wave_size": 256})))
    with pytest.raises(RolloutError, match="200 jobs"):
        render_fleet(Forge.GITLAB, FleetPipeline(fleet.model_copy(update={"wave_size": 201})))


@pytest.mark.parametrize("branch", ["", "a b", "$(id)", 'a"b'])
def test_a_branch_that_is_more_than_a_name_is_refused(branch: str) -> None:
    with pytest.raises(RolloutError, match="CLI001 ci"):
        FleetPipeline(FLEET, branch)
