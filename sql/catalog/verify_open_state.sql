-- Lets the team in for a moment where nobody may enter; the same transaction takes it back.
UPDATE pipeline_private.rollout_state SET audience = 'cohort', latched = false WHERE audience = 'nobody' OR latched
