"""`rollout up --take-over`: what an earlier deploy has left at work in the database is ended before the new one."""

from infra.cli.output import Output
from infra.cli.runner import Runner
from infra.database.provenance import provenance
from infra.database.session import open_session
from infra.database.take_over import take_over


def take_over_deploy(runner: Runner, output: Output) -> None:
    """End the sessions of another deploy, and say which they were.

    Raises:
        RolloutError: DB005 when one of them cannot be ended.
    """
    who = provenance()
    with open_session(runner.target(), application_name="rollout take-over") as session:
        ended = take_over(session, actor=who.actor, commit=who.commit)
    for holder in ended:
        output.note(f"taken over: ended {holder.text}")
    if not ended:
        output.note("nothing to take over: no other deploy is under way")
