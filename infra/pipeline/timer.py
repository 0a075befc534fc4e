"""The job that pg_cron has for the months, where the platform offers pg_cron."""

from typing import Final

JOB: Final = "rollout-metrics"
#: A moment in the small hours (UTC), every day: the months stand long before they are needed.
SCHEDULE: Final = "17 3 * * *"
COMMAND: Final = "SELECT pipeline_private.keep_metrics()"
