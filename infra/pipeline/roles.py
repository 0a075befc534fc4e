"""The pipeline's own roles, their limits, and who may act as them."""

from typing import Final

from infra.models.definition import Membership, Schema
from infra.models.role import Role
from infra.models.setting import Scope, Setting
from infra.pipeline.names import ARCHIVE, MONITOR, OWNER, PRIVATE, SERVICE

SCHEMAS: Final = (Schema(name=PRIVATE), Schema(name=ARCHIVE))

ROLES: Final = (
    Role(name=OWNER),
    # No password is set here: a login becomes possible only when whoever runs the service gives it one.
    Role(name=SERVICE, login=True),
    Role(name=MONITOR, login=True),
)

#: Their timeouts come from the pooling.
SETTINGS: Final = (Setting(scope=Scope.ROLE, target=MONITOR, parameter="default_transaction_read_only", value="on"),)


def memberships(deployer: str) -> tuple[Membership, ...]:
    """Return what the deployer acts as: it makes objects for the owner and proves what each role sees."""
    return tuple(Membership(role=role.name, member=deployer) for role in ROLES)
