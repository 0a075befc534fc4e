-- The plan of the overview of one stage, as the guide looks at it, with the blocks that it reads.
EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON)
SELECT * FROM public.creator_pipeline_overview AS o WHERE o.onboarding_stage = %(stage)s
