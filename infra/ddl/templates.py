"""Rendering of the SQL templates: every name and value goes through a filter, every variable must be given."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from infra.identifiers import quote_identifier, quote_literal, quote_qualified

SQL_ROOT: Final = Path(__file__).resolve().parents[2] / "sql"


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - SQL is no HTML: names and values are quoted by the filters below
        loader=FileSystemLoader(SQL_ROOT / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "ident": quote_identifier,
        "qualified": quote_qualified,
        "literal": quote_literal,
        "idents": lambda names: ", ".join(map(quote_identifier, names)),
        "literals": lambda values: ", ".join(map(quote_literal, values)),
    }
    return environment


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


def render(name: str, /, **values: Any) -> str:
    """Return the template of `sql/templates` with the values in it, without outer white space."""
    return _template(name).render(**values).strip()


@cache
def catalog_query(name: str) -> str:
    """Return the text of a hand-written query of `sql/catalog`."""
    return (SQL_ROOT / "catalog" / name).read_text(encoding="utf-8")
