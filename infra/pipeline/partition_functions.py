"""What makes the months of a divided table ahead, takes the old ones away, and brings one back.

The functions run with the rights of whoever calls them, the deployer: it may act as the tables' owner, and row
security, which is forced on every leaf, does not bind it. All times are UTC. One run at a time works on a table; the
others wait.
"""

from typing import Final

from infra.models.function import Argument, Function, Volatility
from infra.pipeline.names import OWNER, PRIVATE

_PARENT: Final = Argument(name="parent", type="regclass")
_MOMENT: Final = Argument(name="moment", type="timestamptz")
_MONTH: Final = Argument(name="month", type="date")

#: Where a leaf begins (`FROM`) or ends (`TO`); without a bound there, and for the default leaf, nothing.
LEAF_BOUND: Final = Function(
    schema_name=PRIVATE,
    name="leaf_bound",
    owner=OWNER,
    arguments=(Argument(name="leaf", type="oid"), Argument(name="side", type="text")),
    returns="timestamptz",
    volatility=Volatility.STABLE,
    body="""
  SELECT (pg_catalog.regexp_match(
            pg_catalog.pg_get_expr(c.relpartbound, c.oid), side || ' [(]''([^'']+)''[)]'))[1]::timestamptz
    FROM pg_catalog.pg_class AS c WHERE c.oid = leaf
""",
)

#: Joins a table of the month to its parent under the lightest locks: a check that says what the bounds say spares the
#: scan of the leaf. What the default leaf holds of the month moves first, most of it while nobody has to wait.
ATTACH_MONTH: Final = Function(
    schema_name=PRIVATE,
    name="attach_month",
    owner=OWNER,
    arguments=(_PARENT, Argument(name="leaf", type="regclass"), _MONTH),
    returns="void",
    language="plpgsql",
    body="""
DECLARE
  from_time timestamptz := pg_catalog.date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  to_time timestamptz := (pg_catalog.date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
  spare regclass;
  key text;
  names text;
  move text;
  waiting boolean;
BEGIN
  SELECT NULLIF(d.partdefid, 0::oid)::regclass, pg_catalog.quote_ident(a.attname) INTO spare, key
    FROM pg_catalog.pg_partitioned_table AS d
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.partrelid AND a.attnum = d.partattrs[0]
   WHERE d.partrelid = parent;
  EXECUTE pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT rollout_month CHECK (%s >= %L AND %s < %L)',
                            leaf, key, from_time, key, to_time);
  IF spare IS NOT NULL THEN
    EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %s WHERE %s >= $1 AND %s < $2)', spare, key, key)
       INTO waiting USING from_time, to_time;
    IF waiting THEN
      SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO names
        FROM pg_catalog.pg_attribute AS a
       WHERE a.attrelid = parent AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
      move := pg_catalog.format(
        'WITH gone AS (DELETE FROM %s WHERE %s >= $1 AND %s < $2 RETURNING %s) INSERT INTO %s (%s) SELECT %s FROM gone',
        spare, key, key, names, leaf, names, names);
      EXECUTE move USING from_time, to_time;
    END IF;
    -- From here on nobody writes to the default leaf; what came meanwhile is little.
    EXECUTE pg_catalog.format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', spare);
    IF waiting THEN
      EXECUTE move USING from_time, to_time;
    END IF;
  END IF;
  EXECUTE pg_catalog.format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
                            parent, leaf, from_time, to_time);
  EXECUTE pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT rollout_month', leaf);
END
""",
)

#: Leaves a part to be reached through its table alone, and in the archive by nobody: a platform's default privileges,
#: or somebody, may have opened it.
CLOSE_LEAF: Final = Function(
    schema_name=PRIVATE,
    name="close_leaf",
    owner=OWNER,
    arguments=(Argument(name="leaf", type="regclass"), _PARENT),
    returns="void",
    language="plpgsql",
    body="""
DECLARE
  grantee text;
BEGIN
  EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', leaf);
  EXECUTE pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', leaf);
  EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO %I', leaf, (
    SELECT pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class AS c WHERE c.oid = parent));
  FOR grantee IN
    SELECT DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC'
                                   ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END
      FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS x
     WHERE c.oid = leaf AND x.grantee <> c.relowner
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON TABLE %s FROM %s CASCADE', leaf, grantee);
  END LOOP;
END
""",
)

#: Makes the leaf of a month, closed like its parent, unless something stands there already; `stem` begins its name.
ADD_MONTH: Final = Function(
    schema_name=PRIVATE,
    name="add_month",
    owner=OWNER,
    arguments=(_PARENT, Argument(name="stem", type="text"), _MONTH),
    returns="text",
    language="plpgsql",
    body="""
DECLARE
  leaf text := stem || '_p' || pg_catalog.to_char(month, 'YYYYMM') || '01';
  place text := pg_catalog.format('pipeline_private.%I', leaf);
  from_time timestamptz := pg_catalog.date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_inherits AS h
               JOIN pg_catalog.pg_partitioned_table AS d ON d.partrelid = h.inhparent
              WHERE h.inhparent = parent AND h.inhrelid <> d.partdefid
                AND COALESCE(pipeline_private.leaf_bound(h.inhrelid, 'FROM'), '-infinity') <= from_time
                AND COALESCE(pipeline_private.leaf_bound(h.inhrelid, 'TO'), 'infinity') > from_time) THEN
    RETURN NULL;
  END IF;
  EXECUTE pg_catalog.format(
    'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE)',
    place, parent);
  PERFORM pipeline_private.close_leaf(place::regclass, parent);
  PERFORM pipeline_private.attach_month(parent, place::regclass, month);
  RETURN leaf;
END
""",
)

#: Makes the current month, those ahead of it, and every earlier one of which the default leaf holds rows.
#: A lock that does not come within its timeout is let go and tried again: nobody queues behind it for longer.
MAKE_MONTHS: Final = Function(
    schema_name=PRIVATE,
    name="make_months",
    owner=OWNER,
    arguments=(_PARENT, _MOMENT, Argument(name="ahead", type="integer")),
    returns="text[]",
    language="plpgsql",
    body="""
DECLARE
  this_month timestamp := pg_catalog.date_trunc('month', moment AT TIME ZONE 'UTC');
  stem text := (SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.oid = parent);
  spare regclass;
  key text;
  late timestamp[];
  wanted timestamp;
  leaf text;
  made text[] := '{}';
BEGIN
  PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('months of ' || parent::text, 0));
  IF (SELECT s.setting::int NOT BETWEEN 1 AND 200 FROM pg_catalog.pg_settings AS s WHERE s.name = 'lock_timeout') THEN
    PERFORM pg_catalog.set_config('lock_timeout', '200ms', true);
  END IF;
  SELECT NULLIF(d.partdefid, 0::oid)::regclass, pg_catalog.quote_ident(a.attname) INTO spare, key
    FROM pg_catalog.pg_partitioned_table AS d
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.partrelid AND a.attnum = d.partattrs[0]
   WHERE d.partrelid = parent;
  IF key IS NULL THEN
    RETURN made;
  END IF;
  IF spare IS NOT NULL THEN
    EXECUTE pg_catalog.format(
      'SELECT pg_catalog.array_agg(DISTINCT pg_catalog.date_trunc(''month'', %s AT TIME ZONE ''UTC'')) FROM %s',
      key, spare) INTO late;
  END IF;
  FOR wanted IN
    SELECT this_month + pg_catalog.make_interval(months => n) FROM pg_catalog.generate_series(0, ahead) AS n
     UNION
    SELECT l FROM pg_catalog.unnest(late) AS l WHERE l < this_month AND pg_catalog.isfinite(l)
     ORDER BY 1
  LOOP
    FOR try IN 1..10 LOOP
      BEGIN
        leaf := pipeline_private.add_month(parent, stem, wanted::date);
        made := made || leaf;
        EXIT;
      EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        IF try = 10 THEN
          RAISE;
        END IF;
      END;
      PERFORM pg_catalog.pg_sleep(0.05 + 0.1 * pg_catalog.random());
    END LOOP;
  END LOOP;
  RETURN pg_catalog.array_remove(made, NULL);
END
""",
)

#: Takes away the months that ended before the oldest moment that is kept: to the archive with their rows, or, where a
#: proven backup is younger than the month, for good. DETACH CONCURRENTLY is not for a table with a default leaf.
RETIRE_MONTHS: Final = Function(
    schema_name=PRIVATE,
    name="retire_months",
    owner=OWNER,
    arguments=(
        _PARENT,
        _MOMENT,
        Argument(name="keep_months", type="integer"),
        Argument(name="expired", type="text"),
    ),
    returns="text[]",
    language="plpgsql",
    body="""
DECLARE
  oldest timestamptz :=
    (moment AT TIME ZONE 'UTC' - pg_catalog.make_interval(months => keep_months)) AT TIME ZONE 'UTC';
  item record;
  key name;
  gone text[] := '{}';
BEGIN
  PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('months of ' || parent::text, 0));
  IF (SELECT s.setting::int NOT BETWEEN 1 AND 200 FROM pg_catalog.pg_settings AS s WHERE s.name = 'lock_timeout') THEN
    PERFORM pg_catalog.set_config('lock_timeout', '200ms', true);
  END IF;
  FOR item IN
    SELECT c.oid::regclass AS leaf, c.relname AS name, pipeline_private.leaf_bound(c.oid, 'TO') AS ended
      FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
     WHERE h.inhparent = parent AND pipeline_private.leaf_bound(c.oid, 'TO') <= oldest
     ORDER BY 3
  LOOP
    CONTINUE WHEN expired = 'drop' AND NOT EXISTS (
      SELECT FROM pipeline_private.rollout_ledger AS l
       WHERE l.event = 'backup' AND l.details ->> 'verified' = 'true' AND l.recorded_at > item.ended);
    FOR try IN 1..10 LOOP
      BEGIN
        PERFORM pipeline_private.mark_metrics_hours(pipeline_private.leaf_bound(item.leaf, 'FROM'), item.ended);
        EXECUTE pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s', parent, item.leaf);
        IF expired = 'drop' THEN
          FOR key IN
            SELECT k.conname FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = item.leaf AND k.contype = 'f'
          LOOP
            EXECUTE pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', item.leaf, key);
          END LOOP;
          EXECUTE pg_catalog.format('DROP TABLE %s', item.leaf);
        ELSIF pg_catalog.to_regclass(pg_catalog.format('pipeline_archive.%I', item.name)) IS NULL THEN
          EXECUTE pg_catalog.format('ALTER TABLE %s SET SCHEMA pipeline_archive', item.leaf);
        ELSE
          -- Rows of a month that was archived before and that came late.
          EXECUTE pg_catalog.format('INSERT INTO pipeline_archive.%I SELECT * FROM %s', item.name, item.leaf);
          EXECUTE pg_catalog.format('DROP TABLE %s', item.leaf);
        END IF;
        INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, from_value, to_value, reason)
        VALUES ('removal', item.name, current_user, parent::text,
                CASE expired WHEN 'drop' THEN 'dropped' ELSE 'archived' END, 'older than ' || keep_months || ' months');
        gone := gone || item.name::text;
        EXIT;
      EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        IF try = 10 THEN
          RAISE;
        END IF;
      END;
      PERFORM pg_catalog.pg_sleep(0.05 + 0.1 * pg_catalog.random());
    END LOOP;
  END LOOP;
  RETURN gone;
END
""",
)

#: Brings an archived month back. Raise `keepMonths` first, or the next run takes it away again.
RETURN_MONTH: Final = Function(
    schema_name=PRIVATE,
    name="return_month",
    owner=OWNER,
    arguments=(_PARENT, _MONTH),
    returns="text",
    language="plpgsql",
    body="""
DECLARE
  leaf text := (SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.oid = parent)
               || '_p' || pg_catalog.to_char(month, 'YYYYMM') || '01';
BEGIN
  PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('months of ' || parent::text, 0));
  IF pg_catalog.to_regclass(pg_catalog.format('pipeline_archive.%I', leaf)) IS NULL THEN
    RAISE EXCEPTION 'pipeline_archive.% is not there', leaf USING ERRCODE = 'undefined_table';
  END IF;
  IF (SELECT s.setting::int NOT BETWEEN 1 AND 200 FROM pg_catalog.pg_settings AS s WHERE s.name = 'lock_timeout') THEN
    PERFORM pg_catalog.set_config('lock_timeout', '200ms', true);
  END IF;
  EXECUTE pg_catalog.format('ALTER TABLE pipeline_archive.%I SET SCHEMA pipeline_private', leaf);
  PERFORM pipeline_private.attach_month(parent, pg_catalog.format('pipeline_private.%I', leaf)::regclass, month);
  PERFORM pipeline_private.mark_metrics_hours(month::timestamp AT TIME ZONE 'UTC',
                                              (month + INTERVAL '1 month') AT TIME ZONE 'UTC');
  RETURN leaf;
END
""",
)
