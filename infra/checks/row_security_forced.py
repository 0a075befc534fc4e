"""Row security must bind the table's owner too: functions of the owner and the owner's login read it like anybody."""

from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.table import RowSecurity, Table


def find(table: Table) -> list[RolloutError]:
    """Return an error for a table whose row security is off or does not bind its owner."""
    if table.row_security is RowSecurity.FORCED:
        return []
    return [
        RolloutError(
            RULE.code,
            f"{table.identity}.rowSecurity",
            f"row security does not bind everybody ({table.row_security})",
            allowed="forced",
            fix="set rowSecurity to forced, and give the owner a policy of its own where it must see rows",
        )
    ]


RULE = Rule("SEC010", "row_security_forced", Table, find)
