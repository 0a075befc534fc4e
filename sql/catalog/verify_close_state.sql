UPDATE pipeline_private.rollout_state SET audience = %(audience)s, latched = %(latched)s
