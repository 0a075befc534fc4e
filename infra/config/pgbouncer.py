"""The PgBouncer that a stack writes the files for: its own key, the pools, and the secrets that go with them."""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from infra.config.faults import faults_below, missing
from infra.errors import RolloutError
from infra.models.pgbouncer import PgBouncer, PgBouncerSettings
from infra.models.pool import Pooling
from infra.pooling.planning import Logins, pgbouncer_of
from infra.pooling.versions import installed_version, lacking, parse_version

#: The keys of a stack file that hold its secrets.
CONSOLE_PASSWORD = "consolePassword"  # noqa: S105 - the key's name
LOOKUP_PASSWORD = "lookupPassword"  # noqa: S105 - the key's name


def pgbouncer_faults(settings: PgBouncerSettings, secrets: Mapping[str, str], stack: str) -> Iterator[RolloutError]:
    """Yield what is missing beside the key: the secrets, and a version where none can be seen."""
    if not secrets.get(CONSOLE_PASSWORD):
        yield missing(CONSOLE_PASSWORD, stack, secret=True)
    if settings.lookup_role and not secrets.get(LOOKUP_PASSWORD):
        yield missing(LOOKUP_PASSWORD, stack, secret=True)
    if settings.version is None and installed_version() is None:
        problem = "it is missing, and PgBouncer is not installed here"
        fix = "write the version of the PgBouncer that is to read the files"
        yield RolloutError("PGB002", "pgbouncer.version", problem, allowed="such as 1.25.2", fix=fix)


def stack_pgbouncer(
    settings: PgBouncerSettings,
    pooling: Pooling,
    server: tuple[str, int],
    secrets: Mapping[str, str],
    verifiers: Mapping[str, str],
) -> PgBouncer:
    """Return the PgBouncer of a stack, whose settings have been found without faults.

    Raises:
        ValidationError: with everything that is wrong with them together.
    """
    version = parse_version(settings.version) if settings.version else installed_version() or (0, 0, 0)
    lookup_password = secrets.get(LOOKUP_PASSWORD) if settings.lookup_role else None
    logins = Logins(settings.lookup_role, lookup_password, secrets[CONSOLE_PASSWORD], dict(verifiers))
    further = settings.model_dump(exclude={"folder", "version", "listen", "lookup_role"})
    if settings.listen:
        further["address"] = settings.listen
    return pgbouncer_of(pooling, server, version, logins, folder=settings.folder, **further)


def refusals(
    settings: PgBouncerSettings,
    pooling: Pooling,
    server: tuple[str, int],
    secrets: Mapping[str, str],
    verifiers: Mapping[str, str],
    stack: str,
) -> list[RolloutError]:
    """Return everything for which the files could not be written."""
    if faults := list(pgbouncer_faults(settings, secrets, stack)):
        return faults
    try:
        return lacking(stack_pgbouncer(settings, pooling, server, secrets, verifiers))
    except ValidationError as error:
        return faults_below("pgbouncer", error, stack)
