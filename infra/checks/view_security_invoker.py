"""A view must run with its caller's rights: with its owner's it shows every row to whoever may read it."""

from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.view import View


def find(view: View) -> list[RolloutError]:
    """Return an error for a view without security_invoker."""
    if view.security_invoker:
        return []
    return [
        RolloutError(
            RULE.code,
            f"{view.identity}.securityInvoker",
            f"the view reads its tables as {view.owner}, past the row security of whoever asks (false)",
            allowed="true",
            fix="leave securityInvoker at true, and grant its readers the tables' columns",
        )
    ]


RULE = Rule("SEC012", "view_security_invoker", View, find)
