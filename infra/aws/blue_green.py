"""Blue/green deployments of RDS: while one runs, what is changed on the blue side does not reach the green one."""

import re
from collections.abc import Iterator
from typing import Any, Final

from infra.aws.client import client
from infra.aws.failures import aws_errors
from infra.errors import RolloutError
from infra.models.delivery import AwsSettings

#: ``name.hash.region.rds.amazonaws.com``, of an instance or, with ``cluster-`` before the hash, of Aurora.
_RDS_HOST: Final = re.compile(r"[^.]+\.[^.]+\.(?P<region>[a-z]{2}(-[a-z]+)+-\d)\.rds\.amazonaws\.com(\.cn)?")
_OVER: Final = frozenset({"SWITCHOVER_COMPLETED", "DELETING", "INVALID_CONFIGURATION", "PROVISIONING_FAILED"})
_PATH: Final = "aws rds"


def region_of(host: str) -> str:
    """Return the region of an RDS host name; nothing for any other host."""
    found = _RDS_HOST.fullmatch(host.lower())
    return found["region"] if found else ""


def require_no_switch(host: str, settings: AwsSettings) -> None:
    """Refuse the host of a database that is part of a blue/green deployment which has not ended.

    Raises:
        RolloutError: DB014 naming the deployment; AWS001 when AWS cannot be asked.
    """
    with aws_errors(_PATH):
        rds = client("rds", settings)
        sources = set(_arns(rds, host))
        for found in _pages(rds, "describe_blue_green_deployments", "BlueGreenDeployments"):
            if sources & {found.get("Source"), found.get("Target")} and found.get("Status") not in _OVER:
                raise _running(host, found)


def _arns(rds: Any, host: str) -> Iterator[str]:
    """Yield the ARN of the instance or the cluster that has this address."""
    for instance in _pages(rds, "describe_db_instances", "DBInstances"):
        if instance.get("Endpoint", {}).get("Address") == host:
            yield instance["DBInstanceArn"]
    for cluster in _pages(rds, "describe_db_clusters", "DBClusters"):
        if host in {cluster.get("Endpoint"), cluster.get("ReaderEndpoint")}:
            yield cluster["DBClusterArn"]


def _pages(rds: Any, call: str, key: str) -> Iterator[dict[str, Any]]:
    for page in rds.get_paginator(call).paginate():
        yield from page.get(key) or ()


def _running(host: str, found: dict[str, Any]) -> RolloutError:
    name = found.get("BlueGreenDeploymentName") or found.get("BlueGreenDeploymentIdentifier")
    return RolloutError(
        "DB014",
        f"database {host}",
        f"the blue/green deployment {name} is running ({found.get('Status')}): changes to the blue side do not reach"
        " the green one",
        fix="switch over, or delete the blue/green deployment, and run the same command again",
    )
