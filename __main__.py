"""The Pulumi program: the stack's configuration, the definition for it, the resources that make it so."""

import pulumi

from infra.components.database import Database, count_objects
from infra.components.monitoring import declare_monitoring
from infra.components.phase import PhaseSettings
from infra.components.running import begin, leave_interrupts_to_pulumi, make_haste
from infra.config.approvals import unknown_objects
from infra.config.definition import define_pipeline, load_definition
from infra.config.stack import StackConfig, read_stack
from infra.models.access import Access


def main() -> None:
    """Declare the stack."""
    config = read_stack()
    warn_of_hazards(config)
    definition = load_definition(config, define_pipeline)
    for warning in unknown_objects(config.approvals, definition):
        pulumi.log.warn(str(warning))
    settings = PhaseSettings(config.gates, config.cohort, config.delivery, config.aws, config.approvals)
    pools = {"pooling": config.pooling, "pgbouncer": config.pgbouncer}
    database = Database("database", definition, config.connection, protect=config.protect, settings=settings, **pools)
    declare_monitoring(config.monitoring, config.aws, parent=database)
    if database.rollout:
        # As the database is after the run: a refused phase is none that others should read here.
        pulumi.export("phase", database.rollout.phase)
        pulumi.export("flags", database.rollout.flags)
    pulumi.export("access", config.access.value)
    pulumi.export("objects", count_objects(definition))
    pulumi.export("database", config.connection.address)


def warn_of_hazards(config: StackConfig) -> None:
    """Show what is allowed and yet better not so."""
    for warning in config.warnings:
        pulumi.log.warn(str(warning))
    if config.access is Access.LEGACY:
        pulumi.log.warn(
            "ACCESS_LEGACY access: creators write their own scores, sessions and results. "
            "Fix: set access to service as soon as the application writes them with its service role."
        )


leave_interrupts_to_pulumi()
make_haste()
main()
pulumi.run(begin)
