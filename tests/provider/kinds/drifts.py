"""What somebody may do to each sample by hand."""

from typing import Final

from infra.provider.kinds.index import UNUSABLE
from tests.provider.kinds.bench import MISSING
from tests.provider.kinds.samples import FUNCTION

ON_NOTES: Final = "ALTER TABLE public.notes"
_GREETING: Final = "pipeline_private.greeting(text, int)"
_AGAIN: Final = "CREATE OR REPLACE FUNCTION pipeline_private.greeting(whom text, times int) RETURNS text LANGUAGE sql"
_PINNED: Final = "SET search_path = pg_catalog, pg_temp"
_BODY: Final = FUNCTION.body.replace("'", "''")

IN_DATABASE: Final = "ALTER ROLE bench_role IN DATABASE eden_academy"
#: The sample, what somebody does by hand, and what a reading shows of it.
DRIFTS: Final[list[tuple[str, tuple[str, ...], list[str]]]] = [
    ("role", ("ALTER ROLE bench_role NOLOGIN",), ["login"]),
    ("role", ("ALTER ROLE bench_role CONNECTION LIMIT -1",), ["connectionLimit"]),
    ("role", ("ALTER ROLE bench_role NOINHERIT",), ["inherit"]),
    ("role", ("ALTER ROLE bench_role CREATEROLE CREATEDB",), ["createDatabase", "createRole"]),
    ("role", ("DROP ROLE bench_role",), MISSING),
    ("role setting", ("ALTER ROLE bench_role SET statement_timeout = '6s'",), ["value"]),
    ("role setting", ("ALTER ROLE bench_role RESET ALL",), MISSING),
    ("role setting in a database", (f"{IN_DATABASE} SET work_mem = '64kB'",), ["value"]),
    ("role setting in a database", (f"{IN_DATABASE} RESET ALL",), MISSING),
    ("database setting", ("ALTER DATABASE eden_academy SET work_mem = '64kB'",), ["value"]),
    ("database setting", ("ALTER DATABASE eden_academy RESET work_mem",), MISSING),
    ("table", ("DROP TABLE public.notes",), MISSING),
    ("table", (f"{ON_NOTES} DISABLE ROW LEVEL SECURITY",), ["rowSecurity"]),
    ("table", (f"{ON_NOTES} NO FORCE ROW LEVEL SECURITY",), ["rowSecurity"]),
    ("table", (f"{ON_NOTES} OWNER TO deployer",), ["owner"]),
    ("table", (f"{ON_NOTES} ALTER score SET DEFAULT 26",), ["columns[3].default.literal"]),
    ("table", (f"{ON_NOTES} ALTER score DROP DEFAULT",), ["columns[3].default"]),
    ("table", (f"{ON_NOTES} ALTER tags SET DEFAULT '{{}}'",), ["columns[4].default"]),
    ("table", (f"{ON_NOTES} ALTER created_at SET DEFAULT clock_timestamp()",), ["columns[5].default.function"]),
    ("table", (f"{ON_NOTES} ALTER person_id DROP NOT NULL",), ["columns[1].nullable"]),
    ("table", (f"{ON_NOTES} ALTER tags SET NOT NULL",), ["columns[4].nullable"]),
    ("table", (f"{ON_NOTES} DROP COLUMN tags",), ["columns[4]"]),
    ("table", (f"{ON_NOTES} ALTER kind TYPE varchar(10)",), ["checks[1].expression", "columns[2].type"]),
    ("table", (f"{ON_NOTES} DROP CONSTRAINT notes_score_check",), ["checks[0]"]),
    (
        "table",
        (
            f"{ON_NOTES} DROP CONSTRAINT notes_score_check",
            f"{ON_NOTES} ADD CONSTRAINT notes_score_check CHECK (score > -1)",
        ),
        ["checks[0].expression"],
    ),
    (
        "table",
        (
            f"{ON_NOTES} DROP CONSTRAINT notes_score_check",
            f"{ON_NOTES} ADD CONSTRAINT notes_score_check CHECK (score BETWEEN 0 AND 100) NOT VALID",
        ),
        ["checks[0]"],
    ),
    ("table", (f"{ON_NOTES} DROP CONSTRAINT notes_person_id_fkey",), ["foreignKeys"]),
    (
        "table",
        (
            f"{ON_NOTES} DROP CONSTRAINT notes_person_id_fkey",
            f"{ON_NOTES} ADD CONSTRAINT notes_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people",
        ),
        ["foreignKeys[0].onDelete"],
    ),
    (
        "table",
        (
            f"{ON_NOTES} DROP CONSTRAINT notes_person_id_fkey",
            (
                f"{ON_NOTES} ADD CONSTRAINT notes_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people"
                " ON DELETE CASCADE NOT VALID"
            ),
        ),
        ["foreignKeys"],
    ),
    ("policy", ("DROP POLICY creator_update ON public.notes",), MISSING),
    ("policy", ("ALTER POLICY creator_update ON public.notes USING (true)",), ["using"]),
    ("policy", ("ALTER POLICY creator_update ON public.notes WITH CHECK (true)",), ["check"]),
    ("policy", ("ALTER POLICY creator_update ON public.notes TO anon",), ["roles[0]"]),
    ("policy", ("ALTER POLICY creator_update ON public.notes TO PUBLIC",), ["roles[0]"]),
    (
        "policy",
        (
            "DROP POLICY creator_update ON public.notes",
            "CREATE POLICY creator_update ON public.notes FOR ALL TO authenticated USING (true)",
        ),
        ["check", "command", "using"],
    ),
    ("index", ("DROP INDEX public.notes_person_id_idx",), MISSING),
    (
        "index",
        ("DROP INDEX public.notes_person_id_idx", "CREATE UNIQUE INDEX notes_person_id_idx ON public.notes (score)"),
        ["columns[0].name", "columns[1]", "include", "unique", "where"],
    ),
    (
        "index",
        (
            "DROP INDEX public.notes_person_id_idx",
            (
                "CREATE INDEX notes_person_id_idx ON public.notes (person_id, score DESC NULLS LAST) INCLUDE (kind)"
                " WHERE score > 0 AND kind IN ('song', 'poem')"
            ),
        ),
        ["columns[1].name"],
    ),
    (
        "index",
        (
            "DROP INDEX public.notes_person_id_idx",
            (
                "CREATE INDEX notes_person_id_idx ON public.notes (person_id, score DESC) INCLUDE (kind)"
                " WHERE score > 0 AND kind IN ('song', 'story')"
            ),
        ),
        ["where"],
    ),
    (
        "index",
        ("DROP INDEX public.notes_person_id_idx", "CREATE INDEX notes_person_id_idx ON public.notes (lower(kind))"),
        ["columns[0].name", "columns[1]", "include", "where"],
    ),
    (
        "index",
        (
            "ALTER INDEX public.notes_person_id_idx RENAME TO notes_person_id_idx_old",
            (
                "CREATE INDEX notes_person_id_idx ON public.notes (person_id, score DESC) INCLUDE (kind)"
                " WHERE score > 0 AND kind IN ('song', 'poem')"
            ),
        ),
        [UNUSABLE],
    ),
    ("index", ("ALTER INDEX public.notes_person_id_idx RENAME TO notes_person_id_idx_old",), [UNUSABLE]),
    ("view", ("DROP VIEW public.note_counts",), MISSING),
    ("view", ("ALTER VIEW public.note_counts RESET (security_invoker)",), ["securityInvoker"]),
    ("view", ("ALTER VIEW public.note_counts SET (security_barrier = true)",), ["securityBarrier"]),
    ("view", ("ALTER VIEW public.note_counts OWNER TO deployer",), ["owner"]),
    (
        "view",
        (
            (
                "CREATE OR REPLACE VIEW public.note_counts WITH (security_invoker = true) AS"
                " SELECT person_id, count(*) AS notes FROM public.notes GROUP BY person_id"
            ),
        ),
        ["query"],
    ),
    (
        "view",
        (
            (
                "CREATE OR REPLACE VIEW public.note_counts WITH (security_invoker = true) AS"
                " SELECT person_id, count(*) AS notes, max(score) AS best FROM public.notes GROUP BY person_id"
            ),
        ),
        ["query"],
    ),
    ("function", (f"DROP FUNCTION {_GREETING}",), MISSING),
    ("function", (f"{_AGAIN} {_PINNED} AS 'SELECT whom'",), ["body"]),
    ("function", (f"{_AGAIN} SET search_path = public AS '{_BODY}'",), ["searchPath"]),
    ("function", (f"ALTER FUNCTION {_GREETING} RESET ALL",), ["searchPath"]),
    ("function", (f"ALTER FUNCTION {_GREETING} SECURITY DEFINER",), ["security"]),
    ("function", (f"ALTER FUNCTION {_GREETING} STABLE",), ["volatility"]),
    ("function", (f"ALTER FUNCTION {_GREETING} OWNER TO deployer",), ["owner"]),
    (
        "function",
        (
            f"DROP FUNCTION {_GREETING}",
            f"{_AGAIN.replace('whom', 'who')} {_PINNED} AS 'SELECT who'",
            f"ALTER FUNCTION {_GREETING} OWNER TO bench_owner",
            f"REVOKE ALL ON FUNCTION {_GREETING} FROM PUBLIC",
        ),
        ["arguments[0].name", "body"],
    ),
    ("trigger", ("DROP TRIGGER notes_touch ON public.notes",), MISSING),
    ("trigger", (f"{ON_NOTES} DISABLE TRIGGER notes_touch",), ["enabled"]),
    ("trigger", (f"{ON_NOTES} ENABLE REPLICA TRIGGER notes_touch",), ["enabled"]),
    (
        "trigger",
        (
            (
                "CREATE OR REPLACE TRIGGER notes_touch BEFORE INSERT ON public.notes FOR EACH ROW"
                " WHEN (NEW.score > 10 OR NEW.kind = 'song') EXECUTE FUNCTION pipeline_private.touch()"
            ),
        ),
        ["events[0]", "events[1]"],
    ),
    (
        "trigger",
        (
            (
                "CREATE OR REPLACE TRIGGER notes_touch BEFORE INSERT OR UPDATE OF score ON public.notes FOR EACH ROW"
                " WHEN (NEW.score > 10 OR NEW.kind = 'song') EXECUTE FUNCTION pipeline_private.touch()"
            ),
        ),
        ["events[0]", "events[1]"],
    ),
    (
        "trigger",
        (
            (
                "CREATE OR REPLACE TRIGGER notes_touch BEFORE INSERT OR UPDATE ON public.notes FOR EACH ROW"
                " WHEN (NEW.score > 99) EXECUTE FUNCTION pipeline_private.touch()"
            ),
        ),
        ["when"],
    ),
    (
        "trigger",
        (
            (
                "CREATE OR REPLACE TRIGGER notes_touch AFTER INSERT OR UPDATE ON public.notes FOR EACH ROW"
                " WHEN (NEW.score > 10 OR NEW.kind = 'song') EXECUTE FUNCTION pipeline_private.touch('x')"
            ),
        ),
        ["function", "timing"],
    ),
    ("table grant", ("GRANT SELECT ON public.notes TO PUBLIC",), ["entries[3]"]),
    ("table grant", ("GRANT SELECT, TRUNCATE ON public.notes TO authenticated",), ["entries[3]"]),
    ("table grant", ("GRANT SELECT (tags) ON public.notes TO anon",), ["entries[3]"]),
    ("table grant", ("GRANT UPDATE (tags) ON public.notes TO authenticated",), ["entries[1].columns"]),
    ("table grant", ("REVOKE SELECT ON public.notes FROM authenticated",), ["entries"]),
    ("table grant", ("REVOKE ALL ON public.notes FROM authenticated, service_role",), ["entries"]),
    (
        "table grant",
        (
            "GRANT SELECT ON public.notes TO authenticated WITH GRANT OPTION",
            "SET ROLE authenticated; GRANT SELECT ON public.notes TO anon",
        ),
        ["entries"],
    ),
    ("table grant", ("CREATE POLICY extra ON public.notes FOR SELECT TO anon USING (true)",), ["policies[1]"]),
    ("view grant", ("GRANT SELECT ON public.note_counts TO anon",), ["entries[1]"]),
    ("view grant", ("DROP VIEW public.note_counts",), MISSING),
    ("function grant", (f"GRANT EXECUTE ON FUNCTION {_GREETING} TO PUBLIC",), ["entries[1]"]),
    ("function grant", (f"REVOKE EXECUTE ON FUNCTION {_GREETING} FROM authenticated",), ["entries"]),
    (
        "function grant",
        (f"GRANT EXECUTE ON FUNCTION {_GREETING} TO authenticated WITH GRANT OPTION",),
        ["entries[0].privilege"],
    ),
    ("schema grant", ("GRANT CREATE ON SCHEMA pipeline_private TO bench_role",), ["entries[1]"]),
    ("schema grant", ("REVOKE USAGE ON SCHEMA pipeline_private FROM bench_role",), ["entries"]),
]
