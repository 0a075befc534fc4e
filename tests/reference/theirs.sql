-- What other parts of the application have in the same database: none of it may change when the pipeline is adopted.
-- Run by the deployer after today.sql.
CREATE EXTENSION tcn SCHEMA public;

CREATE TABLE public.artworks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    profile_id uuid REFERENCES public.creator_profiles (id) ON DELETE SET NULL,
    title text NOT NULL,
    updated_at timestamptz DEFAULT '2020-01-01'
);
ALTER TABLE public.artworks ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Artworks are public" ON public.artworks FOR SELECT TO anon, authenticated USING (true);
CREATE TRIGGER update_artworks_updated_at BEFORE UPDATE ON public.artworks
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
INSERT INTO public.artworks (title) VALUES ('Sunflowers');

CREATE VIEW public.stage_counts AS
SELECT onboarding_stage, count(*) AS creators FROM public.creator_profiles GROUP BY onboarding_stage;
REVOKE ALL ON public.stage_counts FROM anon, authenticated;

CREATE FUNCTION public.count_creators() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS 'SELECT count(*) FROM public.creator_profiles';
REVOKE ALL ON FUNCTION public.count_creators() FROM PUBLIC, anon, authenticated;

-- On tables that are ours: a column, an index and a check.
ALTER TABLE public.creator_profiles ADD COLUMN newsletter boolean DEFAULT false;
CREATE INDEX creator_profiles_newsletter_idx ON public.creator_profiles (newsletter);
ALTER TABLE public.pipeline_metrics ADD CONSTRAINT metric_name_not_empty CHECK (metric_name <> '');
