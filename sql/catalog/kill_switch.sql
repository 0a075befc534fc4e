SELECT pipeline_private.kill_switch(%(actor)s, %(reason)s) AS done
