"""Reading policies."""

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.models.policy import Command, Policy
from infra.models.spelling import Spelling


def read_policy(session: Session, schema: str, table: str, name: str) -> Policy | None:
    """Return the policy in the server's spelling."""
    row = session.one(catalog_query("policy.sql"), {"schema": schema, "table": table, "name": name})
    if row is None:
        return None
    return Policy.model_construct(
        schema_name=schema,
        table=table,
        name=name,
        command=Command(row["command"]),
        roles=tuple(row["roles"]),
        using=row["using"],
        check=row["check"],
        permissive=row["permissive"],
        public_read=False,
        reason="",
    )


def respell_policy(actual: Policy, wanted: Policy, spelling: Spelling) -> Policy:
    """Return the actual policy as the program would write it."""
    changes = {
        "using": spelling.of("using", actual.using, wanted.using),
        "check": spelling.of("check", actual.check, wanted.check),
        "roles": wanted.roles if sorted(wanted.roles) == sorted(actual.roles) else actual.roles,
        "public_read": wanted.public_read,
        "reason": wanted.reason,
    }
    return actual.model_copy(update=changes)
