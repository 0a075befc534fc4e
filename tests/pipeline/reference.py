"""The application's schema as it was when the pipeline was taken over: names, types, defaults and rules that stay."""

from typing import Final

#: Lists of words that are too long for a line.
WORDS: Final[dict[str, str]] = {
    "STAGES": (
        "portfolio-submission cultural-alignment-check skill-assessment agent-potential-mapping academy-integration"
        " training-path-selection completed"
    ),
    "AGENTS": (
        "image-generation audio-creation text-story-generation multi-modal-creative curation-assistant"
        " exploration-needed"
    ),
}

#: One line a column: name, type, "!" when it is never null, "=" and the default, "?" and the rule, ">" and the key.
TABLES: Final[dict[str, str]] = {
    "creator_profiles": """
        id uuid ! = gen_random_uuid()
        user_id uuid ! > auth.users(id) cascade
        creative_role text = 'undefined' ? visual-artist musician writer mixed-media curator undefined
        onboarding_stage text = 'portfolio-submission' ? STAGES
        cultural_alignment integer = 0 ? 0..100
        readiness_score integer = 0 ? 0..100
        ai_experience_level text = 'none' ? none basic intermediate advanced
        community_interest integer = 0 ? 0..100
        preferred_learning_style text = 'project-based' ? project-based structured peer-learning self-directed
        referral_source text
        cultural_motivation text
        collaboration_experience text
        pipeline_version text = '1.0'
        last_activity_at timestamptz = now()
        metrics jsonb = '{}'
        created_at timestamptz = now()
        updated_at timestamptz = now()
    """,
    "assessment_scores": """
        id uuid ! = gen_random_uuid()
        creator_profile_id uuid ! > creator_profiles(id) cascade
        dimension text !
        score integer ! ? 0..100
        max_score integer = 100
        evidence jsonb = '{}'
        assessed_at timestamptz = now()
        assessor_type text = 'ai' ? ai human peer
        cultural_notes text
        growth_potential text = 'medium' ? high medium low
        collaboration_readiness integer = 50 ? 0..100
        assessment_version text = '1.0'
        confidence_score integer = 90 ? 0..100
        created_at timestamptz = now()
    """,
    "pipeline_sessions": """
        id uuid ! = gen_random_uuid()
        creator_profile_id uuid ! > creator_profiles(id) cascade
        stage text ! ? STAGES
        started_at timestamptz = now()
        completed_at timestamptz
        feedback text[] = '{}'
        next_steps text[] = '{}'
        cultural_mentor_notes text
        session_data jsonb = '{}'
        processing_time_ms integer = 0
        success_metrics jsonb = '{}'
        error_logs jsonb = '{}'
        created_at timestamptz = now()
        updated_at timestamptz = now()
    """,
    "agent_potential_mappings": """
        id uuid ! = gen_random_uuid()
        creator_profile_id uuid ! > creator_profiles(id) cascade
        agent_role text ! ? AGENTS
        confidence integer ! ? 0..100
        cultural_fit integer ! ? 0..100
        reasoning text[] = '{}'
        training_path_suggestion text !
        expected_growth_areas text[] = '{}'
        market_analysis jsonb = '{}'
        economic_viability jsonb = '{}'
        launch_readiness integer = 0 ? 0..100
        recommendation_rank integer = 1
        created_at timestamptz = now()
        updated_at timestamptz = now()
    """,
    "creator_economics": """
        id uuid ! = gen_random_uuid()
        creator_profile_id uuid ! > creator_profiles(id) cascade
        revenue_model text ! ? agent-originator ongoing-trainer agent-collaborator creator-mentor
        projected_monthly_revenue integer = 0
        revenue_share_percentage numeric(5,2) = '25.00' ? 0..100
        economic_validation_score integer = 0 ? 0..100
        market_demand_score integer = 70 ? 0..100
        competitive_advantage_score integer = 50 ? 0..100
        contract_terms jsonb = '{}'
        validation_date timestamptz = now()
        validated_by text = 'system'
        created_at timestamptz = now()
        updated_at timestamptz = now()
    """,
    "pipeline_metrics": """
        id uuid ! = gen_random_uuid()
        creator_profile_id uuid ! > creator_profiles(id) cascade
        metric_type text !
        metric_name text !
        metric_value numeric(10,2) !
        metric_unit text = 'count'
        stage text
        recorded_at timestamptz = now()
        metadata jsonb = '{}'
    """,
    "creator_feature_flags": """
        id uuid ! = gen_random_uuid()
        creator_profile_id uuid ! > creator_profiles(id) cascade
        flag_name text !
        flag_value boolean !
        override_reason text
        set_by uuid > auth.users(id)
        expires_at timestamptz
        created_at timestamptz = now()
    """,
}

#: The names of indexes that the application's queries were written for, by table; a minus sign means descending.
INDEXES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "creator_profiles": (
        ("user_id",),
        ("onboarding_stage",),
        ("cultural_alignment",),
        ("last_activity_at",),
        ("cultural_alignment", "readiness_score", "onboarding_stage"),
    ),
    "assessment_scores": (("creator_profile_id",), ("dimension",), ("assessed_at",)),
    "pipeline_sessions": (("creator_profile_id",), ("stage",), ("started_at",)),
    "agent_potential_mappings": (("creator_profile_id",), ("agent_role",), ("-confidence",)),
    "creator_economics": (("creator_profile_id",), ("revenue_model",), ("-economic_validation_score",)),
    "pipeline_metrics": (("creator_profile_id",), ("metric_type", "metric_name"), ("recorded_at",)),
    "creator_feature_flags": (("creator_profile_id",), ("flag_name",)),
}

#: The overview's columns, in their order.
OVERVIEW: Final = (
    "id user_id creative_role onboarding_stage cultural_alignment readiness_score created_at updated_at"
    " last_activity_at latest_session_stage latest_session_date assessment_count average_assessment_score"
    " agent_mappings_count best_agent_match_confidence"
)

#: The keys of what the status function returns.
STATUS: Final = ("profile", "latest_session", "assessment_summary", "agent_mappings")
SUMMARY: Final = ("count", "average_score", "dimensions")

#: The tables whose `updated_at` a trigger sets, and those whose changes are an activity of the creator.
UPDATED: Final = ("creator_profiles", "pipeline_sessions", "agent_potential_mappings", "creator_economics")
ACTIVE: Final = ("assessment_scores", "pipeline_sessions", "agent_potential_mappings")

#: What the application's own session sends, in the three statements that creators keep, and in those of old.
SIGN_UP: Final = (
    "user_id creative_role onboarding_stage cultural_alignment readiness_score ai_experience_level"
    " community_interest preferred_learning_style referral_source cultural_motivation"
)
ANSWERS: Final = (
    "creative_role ai_experience_level community_interest preferred_learning_style referral_source"
    " cultural_motivation collaboration_experience updated_at"
)
RESULTS: Final = "onboarding_stage cultural_alignment readiness_score"
LEGACY_INSERTS: Final[dict[str, str]] = {
    "pipeline_sessions": "creator_profile_id stage started_at feedback next_steps",
    "assessment_scores": (
        "creator_profile_id dimension score max_score evidence assessor_type growth_potential collaboration_readiness"
    ),
    "agent_potential_mappings": (
        "creator_profile_id agent_role confidence cultural_fit reasoning training_path_suggestion expected_growth_areas"
    ),
}
