"""The months of the metrics as a stack wants them, and the one function that a timer calls."""

import re
from typing import Final

from infra.identifiers import quote_literal
from infra.models.function import Function
from infra.models.metrics import Expired, MetricsSettings
from infra.models.partitions import Partitions
from infra.pipeline.names import OWNER, PRIVATE
from infra.pipeline.partition_functions import (
    ADD_MONTH,
    ATTACH_MONTH,
    CLOSE_LEAF,
    LEAF_BOUND,
    MAKE_MONTHS,
    RETIRE_MONTHS,
    RETURN_MONTH,
)
from infra.pipeline.tables.pipeline_metrics import METRICS_BY_MONTH

#: The months of the metrics, whatever the stack wants of them: to look at them, and no more.
METRICS_MONTHS: Final = Partitions(table=METRICS_BY_MONTH.name, ahead=0)
KEEP_METRICS: Final = "keep_metrics"
_SETTINGS: Final = re.compile(
    r"now\(\), (?P<ahead>\d+)\).*now\(\), (?P<kept>NULL|\d+), '(?P<expired>archive|drop)'\)", re.DOTALL
)


def partitions_of(settings: MetricsSettings) -> Partitions:
    """Return the months that the metrics are to have."""
    return Partitions(
        table=METRICS_BY_MONTH.name,
        ahead=settings.ahead,
        keep_months=settings.keep_months,
        expired=settings.expired,
    )


def keep_metrics(settings: MetricsSettings) -> Function:
    """Return the function that does all there is to do now: what a timer, a command and a person with psql call."""
    table = f"{quote_literal(METRICS_BY_MONTH.identity)}::pg_catalog.regclass"
    kept = "NULL" if settings.keep_months is None else str(settings.keep_months)
    return Function(
        schema_name=PRIVATE,
        name=KEEP_METRICS,
        owner=OWNER,
        returns="text[]",
        # Looked at when it runs: it may stand before the table does.
        language="plpgsql",
        body=f"""
BEGIN
  RETURN pipeline_private.make_months({table}, pg_catalog.now(), {settings.ahead})
         || pipeline_private.retire_months({table}, pg_catalog.now(), {kept}, {quote_literal(settings.expired)});
END
""",
    )


def settings_in(body: str) -> MetricsSettings:
    """Return the settings that a standing `keep_metrics` was made with; the defaults where somebody rewrote it."""
    found = _SETTINGS.search(body)
    if found is None:
        return MetricsSettings(partitioned=True)
    kept = None if found["kept"] == "NULL" else int(found["kept"])
    return MetricsSettings.model_construct(
        partitioned=True, ahead=int(found["ahead"]), keep_months=kept, expired=Expired(found["expired"])
    )


def partition_functions(settings: MetricsSettings) -> tuple[Function, ...]:
    """Return the functions in the order in which each finds what it calls."""
    return (
        LEAF_BOUND,
        ATTACH_MONTH,
        CLOSE_LEAF,
        ADD_MONTH,
        MAKE_MONTHS,
        RETIRE_MONTHS,
        RETURN_MONTH,
        keep_metrics(settings),
    )
