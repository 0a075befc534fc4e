"""The rollup of `pipeline_metrics`: how rows are summed, and what reads the sums with the rows.

Whole hours before the watermark are read from the rollup, all else from the rows, in one snapshot: figures are never
late. A change of a row that is older than the lag marks its hour in the same transaction, and that hour is read from
the rows until it is computed anew. A change within the lag marks nothing; the watermark passes an hour only once every
transaction is over that may have made one there. What the triggers have not watched over (they were gone, off, or
others) is forgotten whole.
"""

# ruff: noqa: S608 - the bodies are put together from constants of this module

from typing import Final

from infra.models.function import Argument, Function, Volatility
from infra.models.trigger import Event
from infra.pipeline.names import OWNER, PRIVATE
from infra.pipeline.tables.metrics_rollup import METRICS_ROLLUP
from infra.pipeline.tables.pipeline_metrics import PIPELINE_METRICS

#: Of these names quantiles are asked: their values are counted in buckets, over all stages.
BUCKETED: Final = "stage_processing_time"
#: Of these names a trend is asked.
TRENDED: Final = "cultural_alignment_score"
#: A quantile is at most this far from the true one, as a share of it.
RELATIVE_ERROR: Final = 0.01
_GAMMA: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)

#: What is no figure is counted apart: NaN, and what is out of a share's or a score's range.
_USABLE: Final = f"""CASE m.metric_name
           WHEN 'stage_completion' THEN m.metric_value BETWEEN 0 AND 1
           WHEN '{TRENDED}' THEN m.metric_value BETWEEN 0 AND 100
           WHEN '{BUCKETED}' THEN m.metric_value >= 0 AND m.metric_value <> 'NaN'
           ELSE m.metric_value <> 'NaN'
         END"""
#: The rows `m` between `lower` and `upper`, summed as a row of the rollup is. A value has two digits after the point:
#: the least above zero is 0.01, in bucket 1. Zero, and a name without buckets, is bucket 0. OFFSET keeps the planner
#: from writing what is computed once into each sum.
_SUMMED: Final = f"""SELECT %(lower)s AS hour, u.metric_name, u.stage, u.bucket,
         pg_catalog.count(*) FILTER (WHERE u.usable) AS number,
         pg_catalog.count(*) FILTER (WHERE NOT u.usable) AS unusable,
         COALESCE(pg_catalog.sum(u.metric_value) FILTER (WHERE u.usable), 0) AS total,
         pg_catalog.min(u.metric_value) FILTER (WHERE u.usable) AS least,
         pg_catalog.max(u.metric_value) FILTER (WHERE u.usable) AS most,
         pg_catalog.sum(u.since) FILTER (WHERE u.usable) AS seconds,
         pg_catalog.sum(u.since * u.since) FILTER (WHERE u.usable) AS squares,
         pg_catalog.sum(u.since * u.metric_value) FILTER (WHERE u.usable) AS products
    FROM (
      SELECT v.metric_name, v.metric_value, v.usable,
             CASE WHEN v.metric_name = '{BUCKETED}' THEN '' ELSE COALESCE(v.stage, '') END AS stage,
             CASE WHEN v.metric_name = '{TRENDED}'
                  THEN EXTRACT(epoch FROM v.recorded_at - %(lower)s) END AS since,
             CASE WHEN v.metric_name = '{BUCKETED}' AND v.usable AND v.metric_value > 0
                  THEN pg_catalog.ceil(pg_catalog.ln((100 * v.metric_value)::float8)
                                       / pg_catalog.ln({_GAMMA!r}::float8))::integer + 1
                  ELSE 0 END AS bucket
        FROM (
          SELECT m.metric_name, m.metric_value, m.stage, m.recorded_at,
                 {_USABLE} AS usable
            FROM %(rows)s
          OFFSET 0) AS v
      OFFSET 0) AS u
   GROUP BY u.bucket, u.stage, u.metric_name"""


_ROWS: Final = "public.pipeline_metrics AS m WHERE m.recorded_at >= %(lower)s AND m.recorded_at < %(upper)s"


def summed(lower: str, upper: str, wanted: str = "") -> str:
    """Return the query of sums of the rows between two moments, as SQL has them."""
    edges = {"lower": lower, "upper": upper}
    return _SUMMED % (edges | {"rows": _ROWS % edges + wanted})


TRIGGER_NAMES: Final = {event: f"pipeline_metrics_mark_{event.value}" for event in Event}
#: Which triggers watch, each as it was last changed: another text means that there was a time without them.
WATCHING: Final = f"""(
        SELECT pg_catalog.string_agg(t.oid::text || ' ' || t.xmin::text, ', ' ORDER BY t.tgname)
          FROM pg_catalog.pg_trigger AS t
         WHERE t.tgrelid = pg_catalog.to_regclass('{PIPELINE_METRICS.identity}') AND t.tgenabled IN ('O', 'A')
           AND t.tgname IN ({", ".join(f"'{name}'" for name in TRIGGER_NAMES.values())})
        HAVING pg_catalog.count(*) = {len(TRIGGER_NAMES)})"""

#: A row of the rollup's shape for each name, stage and bucket of the window; its `hour` is the window's beginning.
METRICS_BETWEEN: Final = Function(
    schema_name=PRIVATE,
    name="metrics_between",
    owner=OWNER,
    arguments=(
        Argument(name="names", type="text[]"),
        Argument(name="since", type="timestamptz"),
        Argument(name="until", type="timestamptz"),
    ),
    returns=f"SETOF {METRICS_ROLLUP.identity}".lower(),
    volatility=Volatility.STABLE,
    body=f"""
WITH known AS MATERIALIZED (
  -- Of the window, the whole hours that the rollup holds: none where it holds nothing.
  SELECT h.first, GREATEST(h.first, LEAST(h.last, COALESCE((
           SELECT s.watermark FROM pipeline_private.metrics_rollup_state AS s
            WHERE s.triggers = {WATCHING}
              AND NOT EXISTS (SELECT 1 FROM pipeline_private.metrics_rollup_stale AS a WHERE a.hour = '-infinity')),
         '-infinity'))) AS last
    FROM (SELECT pg_catalog.date_trunc('hour', since + INTERVAL '1 hour' - INTERVAL '1 microsecond', 'UTC') AS first,
                 pg_catalog.date_trunc('hour', until, 'UTC') AS last) AS h
), stale AS MATERIALIZED (
  SELECT DISTINCT a.hour FROM pipeline_private.metrics_rollup_stale AS a
   WHERE a.hour >= (SELECT k.first FROM known AS k) AND a.hour < (SELECT k.last FROM known AS k)
), spans AS (
  SELECT since AS lower, LEAST(k.first, until) AS upper FROM known AS k
   UNION ALL
  SELECT k.last, until FROM known AS k
   UNION ALL
  SELECT a.hour, a.hour + INTERVAL '1 hour' FROM stale AS a
), parts AS (
  SELECT r.* FROM pipeline_private.metrics_rollup AS r
   WHERE r.metric_name = ANY (names)
     AND r.hour >= (SELECT k.first FROM known AS k) AND r.hour < (SELECT k.last FROM known AS k)
     AND r.hour NOT IN (SELECT a.hour FROM stale AS a)
   UNION ALL
  SELECT q.* FROM spans AS s CROSS JOIN LATERAL (
  {summed("s.lower", "s.upper", " AND m.metric_name = ANY (names)")}
  ) AS q
   WHERE s.lower < s.upper
)
SELECT since, p.metric_name, p.stage, p.bucket, pg_catalog.sum(p.number)::bigint, pg_catalog.sum(p.unusable)::bigint,
       pg_catalog.sum(p.total), pg_catalog.min(p.least), pg_catalog.max(p.most),
       pg_catalog.sum(p.seconds + d.after * p.number) FILTER (WHERE p.seconds IS NOT NULL),
       pg_catalog.sum(p.squares + 2 * d.after * p.seconds + d.after * d.after * p.number)
         FILTER (WHERE p.seconds IS NOT NULL),
       pg_catalog.sum(p.products + d.after * p.total) FILTER (WHERE p.seconds IS NOT NULL)
  FROM parts AS p CROSS JOIN LATERAL (SELECT EXTRACT(epoch FROM p.hour - since) AS after) AS d
 GROUP BY p.metric_name, p.stage, p.bucket
""",
)

#: The least that the quantile may be, what it is taken for, and the most: of counts with the range of their values, in
#: rising order. Where values are one, all three are. It lies between two values as percentile_cont has it.
QUANTILE_BOUNDS: Final = Function(
    schema_name=PRIVATE,
    name="quantile_bounds",
    owner=OWNER,
    arguments=(
        Argument(name="share", type="double precision"),
        Argument(name="numbers", type="bigint[]"),
        Argument(name="leasts", type="numeric[]"),
        Argument(name="mosts", type="numeric[]"),
    ),
    returns="double precision[]",
    volatility=Volatility.IMMUTABLE,
    body="""
WITH buckets AS (
  SELECT b.least::float8 AS least, b.most::float8 AS most,
         -- From any value of the bucket at most half its width away, in shares of that value.
         CASE WHEN b.least < b.most THEN 2 * b.least::float8 * b.most::float8 / (b.least + b.most)::float8
              ELSE b.least::float8 END AS middle,
         pg_catalog.sum(b.number) OVER (ORDER BY b.place) AS up_to
    FROM ROWS FROM (pg_catalog.unnest(numbers), pg_catalog.unnest(leasts), pg_catalog.unnest(mosts))
         WITH ORDINALITY AS b (number, least, most, place)
   WHERE b.number > 0
), sought AS (
  SELECT share * (pg_catalog.max(b.up_to) - 1)::float8 AS place FROM buckets AS b
)
SELECT ARRAY[l.least + f.part * (u.least - l.least), l.middle + f.part * (u.middle - l.middle),
             l.most + f.part * (u.most - l.most)]
  FROM sought AS s
 CROSS JOIN LATERAL (SELECT s.place - pg_catalog.floor(s.place) AS part) AS f
 CROSS JOIN LATERAL (
       SELECT * FROM buckets AS b WHERE b.up_to > pg_catalog.floor(s.place) ORDER BY b.up_to LIMIT 1) AS l
 CROSS JOIN LATERAL (
       SELECT * FROM buckets AS b WHERE b.up_to > pg_catalog.ceil(s.place) ORDER BY b.up_to LIMIT 1) AS u
""",
)
