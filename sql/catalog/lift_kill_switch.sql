SELECT pipeline_private.lift_kill_switch(%(actor)s, %(reason)s) AS done
