-- Makes attempts one after the other, each as its role with its claims, and each undone before the next: what a
-- subtransaction set, locked or wrote goes with it. Returns, in order, how many rows each reached or its SQLSTATE; where
-- the role could not be taken, 'role' and why: that refusal is none of the statement.
CREATE FUNCTION pg_temp.rollout_try(attempts jsonb) RETURNS text[]
  LANGUAGE plpgsql
AS $function$
DECLARE
  attempt jsonb;
  reached bigint;
  acting boolean;
  outcomes text[] := '{}';
BEGIN
  FOR attempt IN SELECT a.value FROM pg_catalog.jsonb_array_elements(attempts) WITH ORDINALITY AS a ORDER BY a.ordinality
  LOOP
    acting := false;
    BEGIN
      PERFORM pg_catalog.set_config('request.jwt.claims', attempt ->> 'claims', true),
              pg_catalog.set_config('role', attempt ->> 'role', true);
      acting := true;
      EXECUTE attempt ->> 'statement';
      GET DIAGNOSTICS reached = ROW_COUNT;
      RAISE EXCEPTION USING ERRCODE = 'RV000';
    EXCEPTION
      WHEN SQLSTATE 'RV000' THEN
        outcomes := outcomes || reached::text;
      WHEN OTHERS THEN
        outcomes := outcomes || (CASE WHEN acting THEN '' ELSE 'role ' END || SQLSTATE);
    END;
  END LOOP;
  RETURN outcomes;
END
$function$
