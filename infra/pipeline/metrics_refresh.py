"""What keeps the rollup of the metrics: triggers that mark hours that change, and the function that computes them."""

# ruff: noqa: S608 - the bodies are put together from constants of this module and its neighbour

from typing import Final

from infra.models.function import Argument, Function, Security
from infra.models.trigger import Event, Trigger
from infra.pipeline.metrics_rollup import METRICS_BETWEEN, QUANTILE_BOUNDS, TRIGGER_NAMES, WATCHING, summed
from infra.pipeline.names import OWNER, PRIVATE, PUBLIC
from infra.pipeline.tables.metrics_rollup import METRICS_ROLLUP
from infra.pipeline.tables.pipeline_metrics import PIPELINE_METRICS

#: A row that is recorded so long before it is written, or less, marks no hour.
LAG: Final = "00:10:00"

MARK_HOUR: Final = Function(
    schema_name=PRIVATE,
    name="mark_metrics_hour",
    owner=OWNER,
    returns="trigger",
    language="plpgsql",
    security=Security.DEFINER,
    body="""
BEGIN
  INSERT INTO pipeline_private.metrics_rollup_stale (hour, xact)
  SELECT DISTINCT CASE WHEN TG_OP = 'TRUNCATE' THEN '-infinity' ELSE pg_catalog.date_trunc('hour', c.at, 'UTC') END,
         pg_catalog.pg_current_xact_id()
    FROM pg_catalog.unnest(ARRAY[OLD.recorded_at, NEW.recorded_at]) AS c (at)
   WHERE TG_OP = 'TRUNCATE' OR pg_catalog.isfinite(c.at)
  ON CONFLICT (hour, xact) DO NOTHING;
  RETURN NULL;
END
""",
)

#: Marks whole hours: their rows came or went with the month that they lie in, which no trigger of a row sees.
MARK_HOURS: Final = Function(
    schema_name=PRIVATE,
    name="mark_metrics_hours",
    owner=OWNER,
    arguments=(Argument(name="since", type="timestamptz"), Argument(name="until", type="timestamptz")),
    returns="void",
    body="""
INSERT INTO pipeline_private.metrics_rollup_stale (hour, xact)
SELECT h.hour, pg_catalog.pg_current_xact_id()
  FROM pg_catalog.generate_series(
         pg_catalog.date_trunc('hour', CASE WHEN pg_catalog.isfinite(since) THEN since ELSE (
           SELECT pg_catalog.min(r.hour) FROM pipeline_private.metrics_rollup AS r) END, 'UTC'),
         LEAST(until, pg_catalog.now()) - INTERVAL '1 microsecond', INTERVAL '1 hour') AS h (hour)
ON CONFLICT (hour, xact) DO NOTHING
""",
)

#: Computes up to so many hours, those that were changed first, and returns how many; none where another call is at it.
#: A checkpoint is the transaction's beginning and its id: whatever got an id before that moment has a smaller one.
REFRESH: Final = Function(
    schema_name=PRIVATE,
    name="refresh_metrics_rollup",
    owner=OWNER,
    arguments=(Argument(name="hours", type="integer"),),
    returns="integer",
    language="plpgsql",
    security=Security.DEFINER,
    body=f"""
DECLARE
  state record;
  watching text := {WATCHING};
  running xid8;
  target timestamptz;
  wanted timestamptz;
  computed integer := 0;
BEGIN
  IF pg_catalog.current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the rollup is refreshed in a read committed transaction' USING
      ERRCODE = 'invalid_transaction_state', HINT = 'Each step must see what was committed before it.';
  END IF;
  IF watching IS NULL THEN
    RAISE EXCEPTION 'triggers of public.pipeline_metrics that mark changed hours are missing' USING
      ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Deploy the definition; until then gates read the raw rows.';
  END IF;
  IF pg_catalog.row_security_active('{PIPELINE_METRICS.identity}') AND NOT EXISTS (
       SELECT 1 FROM pg_catalog.pg_policy AS p
        WHERE p.polrelid = pg_catalog.to_regclass('{PIPELINE_METRICS.identity}') AND p.polname = 'owner_select') THEN
    RAISE EXCEPTION 'the owner may not read every row of public.pipeline_metrics' USING
      ERRCODE = 'insufficient_privilege', HINT = 'Deploy the definition; until then gates read the raw rows.';
  END IF;
  IF NOT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('{METRICS_ROLLUP.identity}', 0)) THEN
    RETURN 0;
  END IF;
  INSERT INTO pipeline_private.metrics_rollup_state (id) VALUES (true) ON CONFLICT (id) DO NOTHING;
  SELECT * INTO state FROM pipeline_private.metrics_rollup_state;
  IF state.triggers IS DISTINCT FROM watching
     OR EXISTS (SELECT 1 FROM pipeline_private.metrics_rollup_stale AS a WHERE a.hour = '-infinity') THEN
    DELETE FROM pipeline_private.metrics_rollup_stale;
    DELETE FROM pipeline_private.metrics_rollup;
    state.triggers := watching;
    state.watermark := NULL;
    state.settled_at := NULL;
    state.checkpoint_at := NULL;
  END IF;
  IF state.checkpoint_at IS NULL OR state.checkpoint_xact > pg_catalog.pg_current_xact_id() THEN
    state.checkpoint_at := pg_catalog.now();
    state.checkpoint_xact := pg_catalog.pg_current_xact_id();
  END IF;
  running := pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot());
  IF running >= state.checkpoint_xact THEN
    state.settled_at := state.checkpoint_at;
    state.checkpoint_at := pg_catalog.now();
    state.checkpoint_xact := pg_catalog.pg_current_xact_id();
    IF running >= state.checkpoint_xact THEN
      state.settled_at := state.checkpoint_at;
    END IF;
  END IF;
  target := pg_catalog.date_trunc('hour', state.settled_at - INTERVAL '{LAG}', 'UTC');
  WHILE computed < hours LOOP
    SELECT pg_catalog.min(a.hour) INTO wanted
      FROM pipeline_private.metrics_rollup_stale AS a WHERE a.hour < state.watermark;
    IF wanted IS NULL THEN
      SELECT pg_catalog.date_trunc('hour', pg_catalog.min(m.recorded_at), 'UTC') INTO wanted
        FROM public.pipeline_metrics AS m
       WHERE m.recorded_at > '-infinity' AND m.recorded_at >= COALESCE(state.watermark, '-infinity')
         AND m.recorded_at < target;
      IF wanted IS NULL THEN
        state.watermark := GREATEST(state.watermark, target);
        EXIT;
      END IF;
      state.watermark := wanted + INTERVAL '1 hour';
    END IF;
    DELETE FROM pipeline_private.metrics_rollup_stale AS a WHERE a.hour = wanted;
    DELETE FROM pipeline_private.metrics_rollup AS r WHERE r.hour = wanted;
    INSERT INTO pipeline_private.metrics_rollup
      (hour, metric_name, stage, bucket, number, unusable, total, least, most, seconds, squares, products)
    {summed("wanted", "wanted + INTERVAL '1 hour'")};
    computed := computed + 1;
  END LOOP;
  UPDATE pipeline_private.metrics_rollup_state AS s
     SET triggers = state.triggers, watermark = state.watermark, settled_at = state.settled_at,
         checkpoint_at = state.checkpoint_at, checkpoint_xact = state.checkpoint_xact,
         refreshed_at = pg_catalog.clock_timestamp();
  RETURN computed;
END
""",
)

FUNCTIONS: Final = (MARK_HOUR, MARK_HOURS, METRICS_BETWEEN, QUANTILE_BOUNDS, REFRESH)
CALLED: Final = (METRICS_BETWEEN, QUANTILE_BOUNDS, REFRESH)
#: As the server writes it, so that it is known again where no record tells.
_OLDER: Final = f"clock_timestamp() - '{LAG}'::interval"
#: When an event changes what may have been computed; without a row, any.
_CHANGES: Final = {
    Event.INSERT: f"new.recorded_at < {_OLDER}",
    Event.DELETE: f"old.recorded_at < {_OLDER}",
    Event.UPDATE: f"LEAST(old.recorded_at, new.recorded_at) < {_OLDER}",
}


def _marks(event: Event) -> Trigger:
    return Trigger(
        schema_name=PUBLIC,
        table=PIPELINE_METRICS.name,
        name=TRIGGER_NAMES[event],
        timing="after",
        events=(event,),
        for_each="row" if event in _CHANGES else "statement",
        function=MARK_HOUR.qualified,
        when=_CHANGES.get(event),
    )


TRIGGERS: Final = tuple(map(_marks, Event))
