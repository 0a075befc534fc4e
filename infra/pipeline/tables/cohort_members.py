"""One row a member of the cohort: who may enter before everybody may, and who let them in."""

from typing import Final

from infra.models.table import OnDelete, Table
from infra.pipeline import columns as c
from infra.pipeline.names import MEMBER_KINDS, MEMBER_SOURCES

_NAME: Final = "cohort_members"

COHORT_MEMBERS: Final[Table] = c.private_table(
    _NAME,
    (
        c.column("user_id", "uuid", required=True),
        c.column("kind", "text", required=True),
        c.column("source", "text", required=True),
        c.column("added_by", "text", required=True),
        c.computed("added_at", "timestamptz", "now()", required=True),
    ),
    primary_key=("user_id",),
    checks=(c.one_of(_NAME, "kind", MEMBER_KINDS), c.one_of(_NAME, "source", MEMBER_SOURCES)),
    keys=(c.user_key(_NAME, "user_id", OnDelete.CASCADE),),
)
