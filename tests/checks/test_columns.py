"""The walk over a query knows which relation each column must come from."""

import pytest

from infra.checks.columns import Columns, own_columns, unknown_columns
from infra.models.expressions import parse_expression, parse_query

RELATIONS: dict[str, Columns] = {"public.a": frozenset({"id", "x"}), "public.b": frozenset({"id", "y", "a_id"})}


@pytest.mark.parametrize(
    ("query", "unknown"),
    [
        ("SELECT x FROM a", []),
        ("SELECT z FROM a", ["z"]),
        ("SELECT a.x, q.y FROM public.a JOIN public.b AS q ON q.a_id = a.id", []),
        ("SELECT a.x FROM public.a JOIN public.b AS q ON q.gone = a.id", ["q.gone"]),
        ("SELECT b.y FROM public.b AS q", ["b.y"]),
        ("SELECT public.a.x FROM public.a", []),
        ("SELECT * FROM public.a ORDER BY x", []),
        ("SELECT p.* FROM public.a AS p", []),
        ("SELECT a.ctid, a.tableoid FROM public.a", []),
        ("SELECT s.x FROM (SELECT x FROM public.a) AS s", []),
        ("SELECT s.y FROM (SELECT x FROM public.a) AS s", ["s.y"]),
        ("SELECT s.n FROM (SELECT count(*) AS n FROM public.a) AS s", []),
        ("SELECT s.count FROM (SELECT count(*) FROM public.a) AS s", []),
        ("SELECT s.z FROM (SELECT * FROM public.a) AS s", []),
        ("SELECT p.x, l.y FROM a AS p LEFT JOIN LATERAL (SELECT q.y FROM b AS q WHERE q.a_id = p.id) AS l ON true", []),
        ("SELECT l.y FROM a AS p, LATERAL (SELECT q.y FROM b AS q WHERE q.a_id = p.gone) AS l", ["p.gone"]),
        ("SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id)", []),
        ("SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = 1)", ["b.x"]),
        ("SELECT x AS n, count(*) AS k FROM a GROUP BY n HAVING count(*) > 1 ORDER BY k", []),
        ("WITH c AS (SELECT x AS n FROM a) SELECT n FROM c", []),
        ("WITH c AS (SELECT x AS n FROM a) SELECT c.x FROM c", ["c.x"]),
        ("WITH RECURSIVE c AS (SELECT id FROM a UNION SELECT c.id FROM c) SELECT id FROM c", []),
        ("SELECT x FROM a UNION SELECT y FROM b", []),
        ("SELECT x FROM a UNION SELECT z FROM b", ["z"]),
        ("SELECT t.anything FROM elsewhere.t", []),
        ("SELECT anything FROM a, elsewhere.t", []),
        ("SELECT n FROM generate_series(1, 3) AS n", []),
        ("SELECT v.one FROM (VALUES (1)) AS v (one)", []),
        ("SELECT column1 FROM (VALUES (1)) AS v", []),
        ("SELECT p FROM public.a AS p", []),
    ],
)
def test_unknown_columns(query: str, unknown: list[str]) -> None:
    assert unknown_columns(parse_query(query), {}, RELATIONS) == unknown


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("x = 1", ["x"]),
        ("(SELECT auth.uid()) IS NOT NULL", []),
        ("EXISTS (SELECT 1 FROM b WHERE b.y = 1)", []),
        ("EXISTS (SELECT 1 FROM b AS q WHERE q.a_id = a.id)", ["a.id"]),
        ("EXISTS (SELECT 1 FROM b AS q WHERE q.a_id = id)", ["id"]),
        ("x IN (SELECT b.y FROM b)", ["x"]),
    ],
)
def test_own_columns(text: str, own: list[str]) -> None:
    """What a sub-select takes from its own relations is not of the row; what it may take from outside is."""
    assert own_columns(parse_expression(text)) == own
