"""Asking AWS, where the database is one of RDS's, whether a blue/green deployment of it is running."""

from infra.aws.blue_green import region_of, require_no_switch
from infra.errors import RolloutError
from infra.models.delivery import AwsSettings


def switch_warnings(host: str) -> list[str]:
    """Return what to warn of: that AWS could not be asked. A host that is none of RDS's asks nobody.

    Raises:
        RolloutError: DB014 when a blue/green deployment is running.
    """
    region = region_of(host)
    if not region:
        return []
    try:
        require_no_switch(host, AwsSettings(region=region))
    except RolloutError as error:
        if error.code == "DB014":
            raise
        return [f"{error} Until then nobody knows whether a blue/green deployment is running."]
    return []
