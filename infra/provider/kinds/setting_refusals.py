"""Why a setting cannot be changed from here, and where it can."""

from typing import Final

from infra.database.catalog.roles import SettingRights, SettingState
from infra.ddl.setting import SHARED
from infra.errors import RolloutError
from infra.models.pool_server import Platform
from infra.models.setting import Scope, Setting

#: Where whoever runs the platform sets what its users may not.
PLACES: Final = {
    Platform.PLAIN: "have a superuser `GRANT ALTER SYSTEM ON PARAMETER {name}` to whoever deploys",
    Platform.SUPABASE: (
        "set it with `supabase --experimental postgres-config update --config {name}={value}`, and write"
        " `platform: supabase` below `pooling` in the stack file, which leaves it to Supabase"
    ),
    Platform.RDS: (
        "set it in the DB parameter group (`aws rds modify-db-parameter-group`), and write `platform: rds` below"
        " `pooling` in the stack file, which leaves it to RDS"
    ),
}
_SUPERUSERS: Final = "have a superuser `GRANT SET ON PARAMETER {name}` to whoever deploys, or leave it to the platform"
_OWNERS: Final = "have the database's owner set it, or name a database of our own"


def change_refusals(
    wanted: Setting, state: SettingState | None, rights: SettingRights, *, strange: bool = True
) -> list[RolloutError]:
    """Return why the parameter cannot be changed: no right to it, or a list of which a part cannot be read.

    A value that waits for the server's next start is known where it was we who wrote it; otherwise it is `strange`.
    """
    subject = f"setting {wanted.identity}"
    if rights.is_others_database:
        problem = f"database {wanted.target} belongs to somebody else"
        return [RolloutError("SET001", subject, problem, fix=_OWNERS)]
    # What the server does not know at all is its own to refuse; a library's parameter it may come to know.
    unknown = wanted.scope is Scope.SYSTEM and state is None and "." not in wanted.parameter
    if not rights.may_set and not unknown:
        return [_not_ours(subject, wanted, state, rights.platform)]
    if strange and state is not None and state.pending_restart and wanted.parameter in SHARED:
        problem = f"another value of {wanted.parameter} waits for the server's next start, and nobody can read it"
        fix = "restart the server, so that nothing that somebody else has added to the list is lost, and try again"
        return [RolloutError("SET002", subject, problem, fix=fix)]
    return []


def _not_ours(subject: str, wanted: Setting, state: SettingState | None, platform: Platform) -> RolloutError:
    system = wanted.scope is Scope.SYSTEM
    stands = f"; it is {state.setting.value} there" if state is not None and system else ""
    problem = f"the deployer may not set {wanted.parameter} to {wanted.value}{stands}"
    place = PLACES[platform] if system else _SUPERUSERS
    fix = place.format(name=wanted.parameter, value=wanted.value)
    allowed = f"{wanted.parameter} as it is, or set by whoever runs the server" if system else ""
    return RolloutError("SET001", subject, problem, allowed=allowed, fix=fix)
