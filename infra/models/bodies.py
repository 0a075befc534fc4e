"""Parsing of function bodies, so that a body that PostgreSQL could not read is refused when defined."""

from functools import lru_cache
from typing import Final

from pglast import ast, parse_plpgsql, parse_sql, parser

from infra.errors import RolloutError
from infra.identifiers import quote_literal

#: Read by the parser alone, never sent: it wants a whole statement around a body of PL/pgSQL.
_PROBE: Final = "CREATE FUNCTION f({}) RETURNS {} LANGUAGE plpgsql AS {}"


@lru_cache(maxsize=1024)
def parse_body(language: str, body: str, *, arguments: str = "", returns: str = "trigger") -> tuple[ast.Node, ...]:
    """Return the statements of an SQL body, to be read only; one of PL/pgSQL is only checked, and gives none.

    Args:
        language: sql or plpgsql.
        body: what stands between the quotes.
        arguments: the function's arguments as SQL: what a body in PL/pgSQL may set.
        returns: the type that it returns.

    Raises:
        RolloutError: DEF002 with what the parser says.
    """
    try:
        if language == "sql":
            return tuple(statement.stmt for statement in parse_sql(body) if statement.stmt is not None)
        parse_plpgsql(_PROBE.format(arguments, returns, quote_literal(body)))
    except parser.ParseError as error:
        raise RolloutError(
            "DEF002",
            "body",
            f"the body cannot be parsed: {error.args[0]}",
            allowed=f"a body in {language}",
            fix="correct the body",
        ) from None
    return ()
