-- The application's database as it stood before this project took it over, its known faults included.
-- Run by the deployer, whose default privileges open everything in public to the API's roles.

CREATE TABLE public.creator_profiles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    creative_role text DEFAULT 'undefined'
        CHECK (creative_role IN (
            'visual-artist', 'musician', 'writer', 'mixed-media', 'curator', 'undefined')),
    onboarding_stage text DEFAULT 'portfolio-submission'
        CHECK (onboarding_stage IN (
            'portfolio-submission', 'cultural-alignment-check', 'skill-assessment',
            'agent-potential-mapping', 'academy-integration', 'training-path-selection',
            'completed')),
    cultural_alignment integer DEFAULT 0 CHECK (cultural_alignment >= 0 and cultural_alignment <= 100),
    readiness_score integer DEFAULT 0 CHECK (readiness_score >= 0 and readiness_score <= 100),
    ai_experience_level text DEFAULT 'none'
        CHECK (ai_experience_level IN (
            'none', 'basic', 'intermediate', 'advanced')),
    community_interest integer DEFAULT 0 CHECK (community_interest >= 0 and community_interest <= 100),
    preferred_learning_style text DEFAULT 'project-based'
        CHECK (preferred_learning_style IN (
            'project-based', 'structured', 'peer-learning', 'self-directed')),
    referral_source text,
    cultural_motivation text,
    collaboration_experience text,
    pipeline_version text DEFAULT '1.0',
    last_activity_at timestamptz DEFAULT now(),
    metrics jsonb DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE public.assessment_scores (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    creator_profile_id uuid NOT NULL REFERENCES public.creator_profiles (id) ON DELETE CASCADE,
    dimension text NOT NULL,
    score integer NOT NULL CHECK (score >= 0 and score <= 100),
    max_score integer DEFAULT 100,
    evidence jsonb DEFAULT '{}',
    assessed_at timestamptz DEFAULT now(),
    assessor_type text DEFAULT 'ai' CHECK (assessor_type IN ('ai', 'human', 'peer')),
    cultural_notes text,
    growth_potential text DEFAULT 'medium' CHECK (growth_potential IN ('high', 'medium', 'low')),
    collaboration_readiness integer DEFAULT 50
        CHECK (collaboration_readiness >= 0 and collaboration_readiness <= 100),
    assessment_version text DEFAULT '1.0',
    confidence_score integer DEFAULT 90 CHECK (confidence_score >= 0 and confidence_score <= 100),
    created_at timestamptz DEFAULT now()
);

CREATE TABLE public.pipeline_sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    creator_profile_id uuid NOT NULL REFERENCES public.creator_profiles (id) ON DELETE CASCADE,
    stage text NOT NULL
        CHECK (stage IN (
            'portfolio-submission', 'cultural-alignment-check', 'skill-assessment',
            'agent-potential-mapping', 'academy-integration', 'training-path-selection',
            'completed')),
    started_at timestamptz DEFAULT now(),
    completed_at timestamptz,
    feedback text[] DEFAULT '{}'::text[],
    next_steps text[] DEFAULT '{}'::text[],
    cultural_mentor_notes text,
    session_data jsonb DEFAULT '{}',
    processing_time_ms integer DEFAULT 0,
    success_metrics jsonb DEFAULT '{}',
    error_logs jsonb DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE public.agent_potential_mappings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    creator_profile_id uuid NOT NULL REFERENCES public.creator_profiles (id) ON DELETE CASCADE,
    agent_role text NOT NULL
        CHECK (agent_role IN (
            'image-generation', 'audio-creation', 'text-story-generation', 'multi-modal-creative',
            'curation-assistant', 'exploration-needed')),
    confidence integer NOT NULL CHECK (confidence >= 0 and confidence <= 100),
    cultural_fit integer NOT NULL CHECK (cultural_fit >= 0 and cultural_fit <= 100),
    reasoning text[] DEFAULT '{}'::text[],
    training_path_suggestion text NOT NULL,
    expected_growth_areas text[] DEFAULT '{}'::text[],
    market_analysis jsonb DEFAULT '{}',
    economic_viability jsonb DEFAULT '{}',
    launch_readiness integer DEFAULT 0 CHECK (launch_readiness >= 0 and launch_readiness <= 100),
    recommendation_rank integer DEFAULT 1,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE public.creator_economics (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    creator_profile_id uuid NOT NULL REFERENCES public.creator_profiles (id) ON DELETE CASCADE,
    revenue_model text NOT NULL
        CHECK (revenue_model IN (
            'agent-originator', 'ongoing-trainer', 'agent-collaborator', 'creator-mentor')),
    projected_monthly_revenue integer DEFAULT 0,
    revenue_share_percentage numeric(5,2) DEFAULT 25.00
        CHECK (revenue_share_percentage >= 0::numeric and revenue_share_percentage <= 100::numeric),
    economic_validation_score integer DEFAULT 0
        CHECK (economic_validation_score >= 0 and economic_validation_score <= 100),
    market_demand_score integer DEFAULT 70 CHECK (market_demand_score >= 0 and market_demand_score <= 100),
    competitive_advantage_score integer DEFAULT 50
        CHECK (competitive_advantage_score >= 0 and competitive_advantage_score <= 100),
    contract_terms jsonb DEFAULT '{}',
    validation_date timestamptz DEFAULT now(),
    validated_by text DEFAULT 'system',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE public.pipeline_metrics (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    creator_profile_id uuid NOT NULL REFERENCES public.creator_profiles (id) ON DELETE CASCADE,
    metric_type text NOT NULL,
    metric_name text NOT NULL,
    metric_value numeric(10,2) NOT NULL,
    metric_unit text DEFAULT 'count',
    stage text,
    recorded_at timestamptz DEFAULT now(),
    metadata jsonb DEFAULT '{}'
);

CREATE TABLE public.creator_feature_flags (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    creator_profile_id uuid NOT NULL REFERENCES public.creator_profiles (id) ON DELETE CASCADE,
    flag_name text NOT NULL,
    flag_value boolean NOT NULL,
    override_reason text,
    set_by uuid REFERENCES auth.users (id),
    expires_at timestamptz,
    created_at timestamptz DEFAULT now()
);


CREATE INDEX creator_profiles_user_id_idx ON public.creator_profiles (user_id);
CREATE INDEX creator_profiles_onboarding_stage_idx ON public.creator_profiles (onboarding_stage);
CREATE INDEX creator_profiles_cultural_alignment_idx ON public.creator_profiles (cultural_alignment);
CREATE INDEX creator_profiles_last_activity_at_idx ON public.creator_profiles (last_activity_at);
CREATE INDEX assessment_scores_creator_profile_id_idx ON public.assessment_scores (creator_profile_id);
CREATE INDEX assessment_scores_dimension_idx ON public.assessment_scores (dimension);
CREATE INDEX assessment_scores_assessed_at_idx ON public.assessment_scores (assessed_at);
CREATE INDEX pipeline_sessions_creator_profile_id_idx ON public.pipeline_sessions (creator_profile_id);
CREATE INDEX pipeline_sessions_stage_idx ON public.pipeline_sessions (stage);
CREATE INDEX pipeline_sessions_started_at_idx ON public.pipeline_sessions (started_at);
CREATE INDEX agent_potential_mappings_creator_profile_id_idx ON public.agent_potential_mappings (creator_profile_id);
CREATE INDEX agent_potential_mappings_agent_role_idx ON public.agent_potential_mappings (agent_role);
CREATE INDEX agent_potential_mappings_confidence_idx ON public.agent_potential_mappings (confidence DESC);
CREATE INDEX creator_economics_creator_profile_id_idx ON public.creator_economics (creator_profile_id);
CREATE INDEX creator_economics_revenue_model_idx ON public.creator_economics (revenue_model);
CREATE INDEX creator_economics_economic_validation_score_idx
    ON public.creator_economics (economic_validation_score DESC);
CREATE INDEX pipeline_metrics_creator_profile_id_idx ON public.pipeline_metrics (creator_profile_id);
CREATE INDEX pipeline_metrics_metric_type_metric_name_idx ON public.pipeline_metrics (metric_type, metric_name);
CREATE INDEX pipeline_metrics_recorded_at_idx ON public.pipeline_metrics (recorded_at);
CREATE INDEX creator_feature_flags_creator_profile_id_idx ON public.creator_feature_flags (creator_profile_id);
CREATE INDEX creator_feature_flags_flag_name_idx ON public.creator_feature_flags (flag_name);

ALTER TABLE public.creator_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_scores ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.pipeline_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.agent_potential_mappings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.creator_economics ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.pipeline_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.creator_feature_flags ENABLE ROW LEVEL SECURITY;

CREATE POLICY "Creators can see their profile" ON public.creator_profiles
    FOR SELECT USING (auth.uid() = user_id);
CREATE POLICY "Creators can make their profile" ON public.creator_profiles
    FOR INSERT WITH CHECK (auth.uid() = user_id);
CREATE POLICY "Creators can change their profile" ON public.creator_profiles
    FOR UPDATE USING (auth.uid() = user_id);

CREATE POLICY "Creators can see their scores" ON public.assessment_scores
    FOR SELECT USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "Creators can see their sessions" ON public.pipeline_sessions
    FOR SELECT USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "Creators can see their mappings" ON public.agent_potential_mappings
    FOR SELECT USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "Creators can see their economics" ON public.creator_economics
    FOR SELECT USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "Creators can see their metrics" ON public.pipeline_metrics
    FOR SELECT USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "Creators can see their flags" ON public.creator_feature_flags
    FOR SELECT USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));

CREATE POLICY "System can insert scores" ON public.assessment_scores
    FOR INSERT WITH CHECK (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "System can insert metrics" ON public.pipeline_metrics
    FOR INSERT WITH CHECK (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "System can manage sessions" ON public.pipeline_sessions
    FOR ALL USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "System can manage mappings" ON public.agent_potential_mappings
    FOR ALL USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));
CREATE POLICY "System can manage economics" ON public.creator_economics
    FOR ALL USING (creator_profile_id IN (
        SELECT id FROM public.creator_profiles WHERE user_id = auth.uid()));

CREATE FUNCTION public.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$;

CREATE FUNCTION public.update_creator_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE creator_profiles SET last_activity_at = now()
     WHERE id = coalesce(NEW.creator_profile_id, OLD.creator_profile_id);
    RETURN coalesce(NEW, OLD);
END;
$$;

-- The order of the mappings stands outside their aggregate: that is no valid SQL, and fails whenever it is run.
CREATE FUNCTION public.get_creator_pipeline_status(creator_id uuid) RETURNS json
    LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    answer json;
BEGIN
    SELECT json_build_object(
        'profile', (SELECT row_to_json(p) FROM creator_profiles AS p WHERE p.id = creator_id),
        'latest_session', (
            SELECT row_to_json(s) FROM pipeline_sessions AS s
             WHERE s.creator_profile_id = creator_id ORDER BY s.started_at DESC LIMIT 1),
        'assessment_summary', (
            SELECT json_build_object('count', count(*), 'average_score', avg(a.score), 'dimensions', json_agg(a))
              FROM assessment_scores AS a WHERE a.creator_profile_id = creator_id),
        'agent_mappings', (
            SELECT json_agg(row_to_json(m)) FROM agent_potential_mappings AS m
             WHERE m.creator_profile_id = creator_id ORDER BY m.confidence DESC))
      INTO answer;
    RETURN answer;
END;
$$;

CREATE TRIGGER update_creator_profiles_updated_at BEFORE UPDATE ON public.creator_profiles
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_pipeline_sessions_updated_at BEFORE UPDATE ON public.pipeline_sessions
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_agent_potential_mappings_updated_at BEFORE UPDATE ON public.agent_potential_mappings
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_creator_economics_updated_at BEFORE UPDATE ON public.creator_economics
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER creator_activity_scores AFTER INSERT OR UPDATE OR DELETE ON public.assessment_scores
    FOR EACH ROW EXECUTE FUNCTION public.update_creator_activity();
CREATE TRIGGER creator_activity_sessions AFTER INSERT OR UPDATE OR DELETE ON public.pipeline_sessions
    FOR EACH ROW EXECUTE FUNCTION public.update_creator_activity();
CREATE TRIGGER creator_activity_mappings AFTER INSERT OR UPDATE OR DELETE ON public.agent_potential_mappings
    FOR EACH ROW EXECUTE FUNCTION public.update_creator_activity();

CREATE VIEW public.creator_pipeline_overview AS
SELECT p.id, p.user_id, p.creative_role, p.onboarding_stage, p.cultural_alignment, p.readiness_score,
       p.created_at, p.updated_at, p.last_activity_at,
       s.stage AS latest_session_stage, s.started_at AS latest_session_date,
       count(DISTINCT a.id) AS assessment_count, avg(a.score) AS average_assessment_score,
       count(DISTINCT m.id) AS agent_mappings_count, max(m.confidence) AS best_agent_match_confidence
  FROM public.creator_profiles AS p
  LEFT JOIN LATERAL (
       SELECT stage, started_at FROM public.pipeline_sessions
        WHERE creator_profile_id = p.id ORDER BY started_at DESC LIMIT 1) AS s ON true
  LEFT JOIN public.assessment_scores AS a ON a.creator_profile_id = p.id
  LEFT JOIN public.agent_potential_mappings AS m ON m.creator_profile_id = p.id
 GROUP BY p.id, s.stage, s.started_at;
