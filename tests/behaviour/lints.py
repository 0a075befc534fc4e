"""The rules of Supabase's database linter that apply here, in queries of our own, each with a mistake that breaks it.

A number is the linter's own. Where the machine has the linter, deployed/test_splinter.py holds the two together.
"""

from dataclasses import dataclass
from typing import Final, LiteralString

#: Where our objects live, and the roles that strangers have through the API.
SCOPE: Final = {
    "schemas": ["public", "pipeline_private", "pipeline_archive"],
    "open": ["anon", "authenticated"],
}


#: Rules of services that are not here (queues, storage, GraphQL), and those that measure use and versions instead of
#: the definition.
LEFT_OUT: Final = frozenset(
    {
        "insecure_queue_exposed_in_api",
        "public_bucket_allows_listing",
        "pg_graphql_anon_table_exposed",
        "pg_graphql_authenticated_table_exposed",
        "unused_index",
        "table_bloat",
        "extension_versions_outdated",
    }
)
#: What adoption leaves alone because it is not ours, and the linter goes on finding.
LEFT: Final = {
    "unindexed_foreign_keys": {"artworks_profile_id_fkey"},
    "function_search_path_mutable": {"update_updated_at_column", "update_creator_activity"},
    "extension_in_public": {"tcn"},
}


@dataclass(frozen=True)
class Lint:
    """A query for the objects that break a rule, and a statement after which one does."""

    number: str
    name: str
    query: LiteralString
    mistake: LiteralString

    def __str__(self) -> str:
        return f"{self.number}_{self.name}"


LINTS: Final = (
    Lint(
        "0001",
        "unindexed_foreign_keys",
        """SELECT k.conname::text FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
            WHERE k.contype = 'f' AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
              AND NOT EXISTS (SELECT FROM pg_index AS i
                               WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
                                 AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] = k.conkey)""",
        "DROP INDEX public.creator_feature_flags_set_by_idx",
    ),
    Lint(
        "0002",
        "auth_users_exposed",
        """SELECT DISTINCT v.relname::text FROM pg_class AS v
             JOIN pg_rewrite AS w ON w.ev_class = v.oid
             JOIN pg_depend AS d ON d.objid = w.oid AND d.classid = 'pg_rewrite'::regclass
            WHERE v.relkind IN ('v', 'm') AND v.relnamespace::regnamespace::text = ANY (%(schemas)s)
              AND d.refobjid = 'auth.users'::regclass
              AND (SELECT bool_or(has_table_privilege(role, v.oid, 'SELECT')) FROM unnest(%(open)s::text[]) AS role)""",
        "CREATE VIEW public.members AS SELECT id, email FROM auth.users",
    ),
    Lint(
        "0003",
        "auth_rls_initplan",
        r"""SELECT tablename || '.' || policyname FROM pg_policies
            WHERE schemaname = ANY (%(schemas)s)
              AND regexp_replace(concat(qual, ' ', with_check),
                                 'select\s+(auth\.(uid|jwt|role|email)\(\)|current_setting\([^)]*\))', '', 'gi')
                  ~ '(auth\.(uid|jwt|role|email)\(\)|current_setting\()'""",
        "ALTER POLICY creator_select ON public.creator_profiles USING (user_id = auth.uid())",
    ),
    Lint(
        "0004",
        "no_primary_key",
        """SELECT c.relname::text FROM pg_class AS c
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
              AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'p')""",
        "ALTER TABLE public.pipeline_metrics DROP CONSTRAINT pipeline_metrics_pkey",
    ),
    Lint(
        "0006",
        "multiple_permissive_policies",
        """SELECT format('%%s: %%s %%s', p.tablename, r.rolname, k.command) FROM pg_policies AS p
             JOIN pg_roles AS r ON r.rolname = ANY (p.roles) OR 'public' = ANY (p.roles)
            CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS k (command)
            WHERE p.schemaname = ANY (%(schemas)s) AND p.permissive = 'PERMISSIVE' AND p.cmd IN (k.command, 'ALL')
              AND r.rolname !~ '^pg_' AND NOT r.rolbypassrls
            GROUP BY p.schemaname, p.tablename, r.rolname, k.command HAVING count(*) > 1""",
        "CREATE POLICY more ON public.pipeline_metrics FOR SELECT TO authenticated USING (stage IS NULL)",
    ),
    Lint(
        "0007",
        "policy_exists_rls_disabled",
        """SELECT DISTINCT c.relname::text FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
            WHERE NOT c.relrowsecurity AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)""",
        "ALTER TABLE public.creator_economics DISABLE ROW LEVEL SECURITY",
    ),
    Lint(
        "0008",
        "rls_enabled_no_policy",
        """SELECT c.relname::text FROM pg_class AS c
            WHERE c.relrowsecurity AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
              AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid)""",
        "CREATE TABLE public.diaries (id int PRIMARY KEY); ALTER TABLE public.diaries ENABLE ROW LEVEL SECURITY",
    ),
    Lint(
        "0009",
        "duplicate_index",
        """SELECT string_agg(indexname, ' = ' ORDER BY indexname) FROM pg_indexes WHERE schemaname = ANY (%(schemas)s)
            GROUP BY schemaname, tablename, replace(indexdef, ' ' || indexname || ' ', ' ') HAVING count(*) > 1""",
        "CREATE INDEX again ON public.pipeline_sessions (stage)",
    ),
    Lint(
        "0010",
        "security_definer_view",
        """SELECT c.relname::text FROM pg_class AS c
            WHERE c.relkind = 'v' AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
              AND NOT coalesce((SELECT o.option_value::bool FROM pg_options_to_table(c.reloptions) AS o
                                 WHERE o.option_name = 'security_invoker'), false)
              AND (SELECT bool_or(has_table_privilege(role, c.oid, 'SELECT')) FROM unnest(%(open)s::text[]) AS role)""",
        "ALTER VIEW public.creator_pipeline_overview RESET (security_invoker)",
    ),
    Lint(
        "0011",
        "function_search_path_mutable",
        """SELECT p.proname::text FROM pg_proc AS p
            WHERE p.pronamespace::regnamespace::text = ANY (%(schemas)s)
              AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c WHERE c LIKE 'search_path=%%')
              AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')""",
        "ALTER FUNCTION pipeline_private.touch_creator_activity() RESET search_path",
    ),
    Lint(
        "0013",
        "rls_disabled_in_public",
        """SELECT c.relname::text FROM pg_class AS c
            WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND c.relnamespace = 'public'::regnamespace""",
        "ALTER TABLE public.assessment_scores DISABLE ROW LEVEL SECURITY",
    ),
    Lint(
        "0014",
        "extension_in_public",
        "SELECT extname::text FROM pg_extension WHERE extnamespace = 'public'::regnamespace AND extrelocatable",
        "CREATE EXTENSION unaccent SCHEMA public",
    ),
    Lint(
        "0015",
        "rls_references_user_metadata",
        """SELECT tablename || '.' || policyname FROM pg_policies
            WHERE schemaname = ANY (%(schemas)s) AND concat(qual, with_check) ~ 'user_metadata'""",
        """CREATE POLICY more ON public.creator_profiles FOR DELETE TO authenticated
              USING ((SELECT auth.jwt()) -> 'user_metadata' ->> 'admin' = 'true')""",
    ),
    Lint(
        "0016",
        "materialized_view_in_api",
        """SELECT c.relname::text FROM pg_class AS c
            WHERE c.relkind = 'm' AND c.relnamespace = 'public'::regnamespace
              AND (SELECT bool_or(has_table_privilege(role, c.oid, 'SELECT')) FROM unnest(%(open)s::text[]) AS role)""",
        "CREATE MATERIALIZED VIEW public.stages AS SELECT DISTINCT stage FROM public.pipeline_sessions",
    ),
    Lint(
        "0017",
        "foreign_table_in_api",
        """SELECT c.relname::text FROM pg_class AS c
            WHERE c.relkind = 'f' AND c.relnamespace = 'public'::regnamespace
              AND (SELECT bool_or(has_table_privilege(role, c.oid, 'SELECT')) FROM unnest(%(open)s::text[]) AS role)""",
        """CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER there FOREIGN DATA WRAPPER elsewhere;
           CREATE FOREIGN TABLE public.remote (id int) SERVER there; GRANT SELECT ON public.remote TO anon""",
    ),
    Lint(
        "0018",
        "unsupported_reg_types",
        """SELECT c.relname || '.' || a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
              AND a.atttypid::regtype::text IN ('regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper',
                                                'regoperator', 'regproc', 'regprocedure')""",
        "ALTER TABLE public.pipeline_metrics ADD COLUMN made_by regproc",
    ),
    Lint(
        "0021",
        "fkey_to_auth_unique",
        """SELECT k.conname::text FROM pg_constraint AS k JOIN pg_class AS r ON r.oid = k.confrelid
             JOIN pg_index AS i ON i.indexrelid = k.conindid
            WHERE k.contype = 'f' AND r.relnamespace = 'auth'::regnamespace AND NOT i.indisprimary
              AND (SELECT c.relnamespace::regnamespace::text FROM pg_class AS c WHERE c.oid = k.conrelid)
                  = ANY (%(schemas)s)""",
        "ALTER TABLE public.creator_profiles ADD COLUMN phone text REFERENCES auth.users (phone)",
    ),
    Lint(
        "0023",
        "sensitive_columns_exposed",
        r"""SELECT DISTINCT c.relname::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
            WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND c.relnamespace = 'public'::regnamespace
              AND a.attnum > 0 AND a.attname ~* '(password|secret|token|_key$|card_number|account_number|ssn|iban)'
              AND (SELECT bool_or(has_table_privilege(role, c.oid, 'SELECT')) FROM unnest(%(open)s::text[]) AS role)""",
        "CREATE TABLE public.payouts (id int PRIMARY KEY, iban text); GRANT SELECT ON public.payouts TO anon",
    ),
    Lint(
        "0024",
        "rls_policy_always_true",
        """SELECT tablename || '.' || policyname FROM pg_policies
            WHERE schemaname = ANY (%(schemas)s) AND roles && ARRAY['public', 'anon', 'authenticated']::name[]
              AND permissive = 'PERMISSIVE' AND cmd <> 'SELECT'
              AND 'true' IN (qual, with_check)""",
        "CREATE POLICY more ON public.pipeline_metrics FOR INSERT TO authenticated WITH CHECK (true)",
    ),
    *(
        Lint(
            number,
            f"{role}_security_definer_function_executable",
            f"""SELECT p.proname::text FROM pg_proc AS p
                WHERE p.prosecdef AND p.pronamespace::regnamespace::text = ANY (%(schemas)s)
                  AND has_function_privilege('{role}', p.oid, 'EXECUTE')""",  # noqa: S608 - the two roles below
            f"""GRANT USAGE ON SCHEMA pipeline_private TO {role};
                GRANT EXECUTE ON FUNCTION pipeline_private.touch_creator_activity() TO {role}""",
        )
        for number, role in (("0028", "anon"), ("0029", "authenticated"))
    ),
)
