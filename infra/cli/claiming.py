"""Claiming a database for a stack, in its ledger."""

from infra.cli.output import Output
from infra.cli.rollback_connection import find_place, find_target
from infra.database.identity import remember_identity
from infra.database.insisting import insist, nothing_rolled_out
from infra.database.ledger import is_kept
from infra.database.preflight import read_cluster
from infra.database.provenance import provenance
from infra.database.session import open_session
from infra.errors import RolloutError


def claim_database(stack: str, why: str, output: Output) -> int:
    """Write the claim into the ledger, unless it is there already.

    Raises:
        RolloutError: CLI001 without a reason, DB008 where the database has no ledger.
    """
    if not why.strip():
        raise RolloutError("CLI001", "--why", "it is empty", fix="say why the database is this stack's")
    who = provenance()
    with open_session(find_target(find_place(stack)), application_name="rollout claim") as session:
        if not is_kept(session):
            raise nothing_rolled_out(session, "claim")
        cluster = read_cluster(session)
        news = insist(
            session,
            "ledger",
            lambda: remember_identity(session, stack, cluster, actor=who.actor, commit=who.commit, reason=why),
        )
    output.line(f"cluster {cluster} is stack {stack}'s{'' if news else ' already'}")
    output.document({"ok": True, "stack": stack, "cluster": cluster, "changed": news})
    return 0
