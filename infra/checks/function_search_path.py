"""A function pins its search path, with pg_temp last: else its caller decides what its names mean."""

from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.function import Function, Security


def find(function: Function) -> list[RolloutError]:
    """Return an error for a search path that is missing, empty or lets temporary objects come first."""
    why = _why(function.search_path)
    if not why:
        return []
    whose = "its owner's" if function.security is Security.DEFINER else "its caller's"
    given = ", ".join(function.search_path) or "none"
    return [
        RolloutError(
            RULE.code,
            f"{function.identity}.searchPath",
            f"{why}, and it runs with {whose} rights ({given})",
            allowed="schemas by name, pg_temp last",
            fix="write pg_catalog, pg_temp, and name every object of the body with its schema",
        )
    ]


def _why(path: tuple[str, ...]) -> str:
    if not any(path):
        return "whoever calls it decides where its names are looked up"
    if path[-1] != "pg_temp":
        return "a temporary object of the caller's comes before everything in the path"
    return ""


RULE = Rule("SEC018", "function_search_path", Function, find)
