"""The handler of flags as parameters of AWS Systems Manager."""

from infra.aws.client import client
from infra.aws.ssm import delete_parameters, put_parameters, read_parameters
from infra.errors import RolloutError
from infra.models.delivery import AwsSettings, Parameters
from infra.provider.handler import Properties
from infra.provider.kinds.delivery import Delivery, Say


class ParametersKind(Delivery[Parameters]):
    """Parameters below a prefix, one a flag. Another endpoint is another way to the same parameters."""

    model = Parameters
    module = "aws"
    replaces = frozenset({"prefix", "aws.region"})

    def identity(self, wanted: Parameters) -> str:
        """Return region and prefix."""
        return f"{wanted.aws.region}:{wanted.prefix}"

    def stub(self, identity: str) -> Parameters:
        """Return parameters of an id such as ``eu-central-1:/creative-pipeline/prod``."""
        region, _, prefix = identity.partition(":")
        if not region or not prefix.startswith("/"):
            raise RolloutError("PRV001", f"parameters {identity!r}", "it is no id", allowed="region:/prefix")
        return Parameters.model_construct(prefix=prefix, flags={}, aws=AwsSettings.model_construct(region=region))

    def look(self, wanted: Parameters) -> Properties | None:
        """Return the flags that have a parameter."""
        found = read_parameters(client("ssm", wanted.aws), wanted.prefix)
        return {"flags": found} if found else None

    def write(self, wanted: Parameters, former: Parameters | None, say: Say) -> Properties:
        """Write the flags that differ, and delete those that are told no more."""
        service = client("ssm", wanted.aws)
        changed = put_parameters(service, wanted.prefix, wanted.flags)
        say(f"wrote {', '.join(changed)}" if changed else "every parameter is as it should be")
        gone = (former.flags.keys() if former else set()) - wanted.flags.keys()
        delete_parameters(service, wanted.prefix, gone)
        return {}

    def remove(self, wanted: Parameters, say: Say) -> None:
        """Delete the parameters of our flags; others below the prefix stay."""
        del say
        delete_parameters(client("ssm", wanted.aws), wanted.prefix, wanted.flags)
