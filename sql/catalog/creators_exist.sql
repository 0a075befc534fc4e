SELECT EXISTS (SELECT 1 FROM public.creator_profiles) AS present
