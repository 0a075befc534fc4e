"""The hazards of a change of who may do what."""

from infra.ddl.statement import Hazard


def access_hazards(*, widened: bool, narrowed: bool) -> tuple[Hazard, ...]:
    """Return the hazards of a change of who may do what."""
    return ((Hazard.ACCESS_WIDENED,) if widened else ()) + ((Hazard.ACCESS_NARROWED,) if narrowed else ())
