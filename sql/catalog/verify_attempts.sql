SELECT pg_temp.rollout_try(%(attempts)s::jsonb) AS outcomes
