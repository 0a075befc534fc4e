"""Clients of AWS: region and endpoint from the stack file, credentials from AWS's own chain alone."""

from typing import Any, Final

from infra.aws.failures import aws_errors
from infra.errors import RolloutError
from infra.models.delivery import AwsSettings

#: Seconds until an attempt is given up.
CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 20.0
#: The first one counts; throttling and faults of the network are tried again with growing pauses.
ATTEMPTS: Final = 4


def client(service: str, settings: AwsSettings) -> Any:
    """Return a client of this service. Nothing is asked yet.

    Raises:
        RolloutError: AWS001 when AWS's own settings are broken, AWS002 for an endpoint that is no address.
    """
    import boto3.session  # noqa: PLC0415 - it takes a moment to load, and most runs need no AWS
    from botocore.config import Config  # noqa: PLC0415 - see above

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        user_agent_appid="creative-pipeline-rollout",
    )
    try:
        with aws_errors(f"aws {service}"):
            session = boto3.session.Session(region_name=settings.region)
            return session.client(service, endpoint_url=settings.endpoint, config=config)
    except ValueError:
        problem = f"it is no address ({settings.endpoint})"
        raise RolloutError("AWS002", "aws.endpoint", problem, fix="write it such as http://localhost:4566") from None
