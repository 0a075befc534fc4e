"""Looks at what stands beside our objects, for `drift` and beside a plan."""

from contextlib import suppress

from infra.cli.output import Output
from infra.cli.report import Action, Report
from infra.cli.runner import Runner
from infra.database.beside import read_beside
from infra.database.session import open_session
from infra.drift.beside import Beside, known_from
from infra.errors import RolloutError, RolloutErrors


def look_beside(runner: Runner) -> Beside:
    """Return what stands beside our objects; nothing while none of them was deployed."""
    resources = runner.resources()
    known = known_from(resources)
    if not known.relations and not known.roles:
        return Beside()
    with open_session(runner.target(), application_name="rollout drift") as session:
        return read_beside(session, known)


def tell_beside(runner: Runner, plan: Report, output: Output) -> None:
    """Say beside the plan of an `up` what is not ours, which is left alone, and what only a person takes back."""
    if plan.action is not Action.UP or not plan.ok:
        return
    with suppress(RolloutError, RolloutErrors):
        beside = look_beside(runner)
        for finding in beside.incidents:
            output.note(f"warning: {finding.text}")
        for sentence in beside.left_alone:
            output.note(sentence)
