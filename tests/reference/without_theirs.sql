-- Takes away what theirs.sql added and what stays of today.sql because other parts may use it, for comparing the rest.
DROP TABLE public.artworks;
DROP VIEW public.stage_counts;
DROP FUNCTION public.count_creators();
DROP EXTENSION tcn;
ALTER TABLE public.creator_profiles DROP COLUMN newsletter;
ALTER TABLE public.pipeline_metrics DROP CONSTRAINT metric_name_not_empty;
DROP FUNCTION public.update_updated_at_column();
DROP FUNCTION public.update_creator_activity();
