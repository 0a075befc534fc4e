-- One row of each kind for each of the profiles.
WITH profiles AS (
  SELECT p.id FROM pg_catalog.unnest(%(profiles)s::uuid[]) AS p (id)
), scores AS (
  INSERT INTO public.assessment_scores (creator_profile_id, dimension, score) SELECT id, 'verify', 1 FROM profiles
), sessions AS (
  INSERT INTO public.pipeline_sessions (creator_profile_id, stage) SELECT id, 'portfolio-submission' FROM profiles
), mappings AS (
  INSERT INTO public.agent_potential_mappings
    (creator_profile_id, agent_role, confidence, cultural_fit, training_path_suggestion)
  SELECT id, 'exploration-needed', 1, 1, 'verify' FROM profiles
), economics AS (
  INSERT INTO public.creator_economics (creator_profile_id, revenue_model) SELECT id, 'creator-mentor' FROM profiles
), metrics AS (
  INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value)
  SELECT id, 'quality', 'verify', 1 FROM profiles
)
INSERT INTO public.creator_feature_flags (creator_profile_id, flag_name, flag_value)
SELECT id, 'verify', false FROM profiles
