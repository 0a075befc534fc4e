"""What the application does while somebody deploys: its transactions, each a list of statements, as the API runs them.

Every transaction takes its role and the caller's claims first, as PostgREST does. A statement that returns an id writes
a row whose id is remembered once COMMIT has returned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

CREATOR: Final = "authenticated"
SERVICE: Final = "service_role"
ANYBODY: Final = "anon"
#: The role of the platform's login service; it is reached from the superuser's login alone.
SIGN_IN: Final = "supabase_auth_admin"


@dataclass(frozen=True)
class Sql:
    """A statement and the table that it is about.

    `writes` when it returns the id of a row that it has made; `least` is how many rows it must meet: row security hides
    rows without an error.
    """

    table: str
    text: LiteralString
    writes: bool = False
    least: int = 0


@dataclass(frozen=True)
class Transaction:
    """What one request does, and as whom. `keeps` names the parameter that an update leaves in the profile's row."""

    name: str
    role: str
    statements: tuple[Sql, ...]
    keeps: str = ""


@dataclass(frozen=True)
class Script:
    """What writers and readers do, one transaction after another, again and again."""

    name: str
    writer: tuple[Transaction, ...]
    reader: tuple[Transaction, ...]

    def describe(self) -> list[str]:
        """Return a line a transaction, for whoever reads the figures."""
        sides = (("writer", self.writer), ("reader", self.reader))
        return [
            f"{side}, {item.role}: {item.name} ({len(item.statements)} statements)"
            for side, items in sides
            for item in items
        ]


_OWN: Final[Mapping[str, LiteralString]] = {
    "assessment_scores": "SELECT * FROM public.assessment_scores WHERE creator_profile_id = %(profile)s",
    "pipeline_sessions": "SELECT * FROM public.pipeline_sessions WHERE creator_profile_id = %(profile)s",
    "agent_potential_mappings": "SELECT * FROM public.agent_potential_mappings WHERE creator_profile_id = %(profile)s",
    "creator_economics": "SELECT * FROM public.creator_economics WHERE creator_profile_id = %(profile)s",
    "pipeline_metrics": "SELECT * FROM public.pipeline_metrics WHERE creator_profile_id = %(profile)s",
    "creator_feature_flags": "SELECT * FROM public.creator_feature_flags WHERE creator_profile_id = %(profile)s",
}
_OVERVIEW: Final = Sql(
    "creator_pipeline_overview", "SELECT * FROM public.creator_pipeline_overview WHERE user_id = %(user)s", least=1
)
_PROFILE: Final = Sql("creator_profiles", "SELECT * FROM public.creator_profiles WHERE user_id = %(user)s", least=1)
_READS: Final = (
    Transaction("its profile", CREATOR, (_PROFILE,)),
    Transaction("its rows in six tables", CREATOR, tuple(Sql(table, text) for table, text in _OWN.items())),
    Transaction("its overview", CREATOR, (_OVERVIEW,)),
)
_ROUTINES: Final = Transaction(
    "its status, and a flag",
    CREATOR,
    (
        Sql("get_creator_pipeline_status", "SELECT public.get_creator_pipeline_status(%(profile)s)"),
        Sql("feature_enabled", "SELECT public.feature_enabled('CREATIVE_PIPELINE_ASSESSMENT')"),
    ),
)
_WRITES: Final = (
    Transaction(
        "a stage and its results",
        SERVICE,
        (
            Sql(
                "creator_profiles",
                "UPDATE public.creator_profiles SET onboarding_stage = 'skill-assessment', readiness_score = %(number)s"
                " WHERE id = %(profile)s",
                least=1,
            ),
            Sql(
                "pipeline_sessions",
                "INSERT INTO public.pipeline_sessions (creator_profile_id, stage, started_at, feedback, next_steps)"
                " VALUES (%(profile)s, 'skill-assessment', now(), '{begun}', '{rest}') RETURNING id",
                writes=True,
            ),
            Sql(
                "assessment_scores",
                "INSERT INTO public.assessment_scores (creator_profile_id, dimension, score, evidence)"
                " VALUES (%(profile)s, 'craft', %(number)s, '{\"works\": 3}') RETURNING id",
                writes=True,
            ),
            Sql(
                "agent_potential_mappings",
                "INSERT INTO public.agent_potential_mappings"
                " (creator_profile_id, agent_role, confidence, cultural_fit, training_path_suggestion)"
                " VALUES (%(profile)s, 'audio-creation', %(number)s, 70, 'listen') RETURNING id",
                writes=True,
            ),
            Sql(
                "pipeline_metrics",
                "INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value)"
                " VALUES (%(profile)s, 'conversion', 'stage_completion', 1) RETURNING id",
                writes=True,
            ),
        ),
        keeps="readiness_score",
    ),
    Transaction(
        "its own answers",
        CREATOR,
        (
            Sql(
                "creator_profiles",
                "UPDATE public.creator_profiles SET community_interest = %(number)s, updated_at = now()"
                " WHERE user_id = %(user)s",
                least=1,
            ),
        ),
        keeps="community_interest",
    ),
    Transaction(
        "economics and a flag",
        SERVICE,
        (
            Sql(
                "creator_economics",
                "INSERT INTO public.creator_economics (creator_profile_id, revenue_model)"
                " VALUES (%(profile)s, 'agent-originator') RETURNING id",
                writes=True,
            ),
            Sql(
                "creator_feature_flags",
                "INSERT INTO public.creator_feature_flags (creator_profile_id, flag_name, flag_value, set_by)"
                " VALUES (%(profile)s, 'CREATOR_AGENT_LAUNCH', true, %(user)s) RETURNING id",
                writes=True,
            ),
        ),
    ),
)
_ARTWORKS: Final = Sql("artworks", "SELECT * FROM public.artworks WHERE owner = %(user)s LIMIT 20")

SCRIPTS: Final = {
    script.name: script
    for script in (
        # The function of the database of before is no valid SQL: nobody calls it.
        Script("today", _WRITES, _READS),
        Script("pipeline", _WRITES, (*_READS, _ROUTINES)),
        Script(
            "neighbours",
            (
                Transaction(
                    "a new user",
                    SIGN_IN,
                    (
                        Sql(
                            "users",
                            "INSERT INTO auth.users (id, aud, role, created_at, updated_at)"
                            " VALUES (gen_random_uuid(), 'authenticated', 'authenticated', now(), now()) RETURNING id",
                            writes=True,
                        ),
                        Sql("users", "UPDATE auth.users SET last_sign_in_at = now() WHERE id = %(user)s"),
                    ),
                ),
                Transaction(
                    "a work",
                    SERVICE,
                    (
                        Sql(
                            "artworks",
                            "INSERT INTO public.artworks (owner, title) VALUES (%(user)s, 'Sunflowers') RETURNING id",
                            writes=True,
                        ),
                    ),
                ),
            ),
            (
                Transaction("works", CREATOR, (_ARTWORKS,)),
                Transaction("who it is", SIGN_IN, (Sql("users", "SELECT * FROM auth.users WHERE id = %(user)s"),)),
            ),
        ),
    )
}
#: Other tables of the application, in use while the pipeline is deployed beside them; run by the deployer.
NEIGHBOURS: Final[Sequence[LiteralString]] = (
    """CREATE TABLE public.artworks (
         id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
         owner uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
         title text NOT NULL)""",
    "CREATE INDEX artworks_owner_idx ON public.artworks (owner)",
    "ALTER TABLE public.artworks ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY artworks_are_public ON public.artworks FOR SELECT TO anon, authenticated USING (true)",
)
