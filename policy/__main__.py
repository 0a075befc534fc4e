"""Starts the pack: one policy for each rule, asked of each resource before it is made, or of all of them together."""

import sys
from pathlib import Path
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

# The project's code is the folder above; in a pack that `make policy-pack` made it lies in the pack itself.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from infra.checks.rule import Rule
from infra.checks.stack import (
    OBJECT_RULES,
    STACK_RULES,
    Resource,
    Violation,
    broken,
    broken_together,
    malformed,
    unfitting,
)
from infra.errors import CODES

NAME: Final = "creative-pipeline-rules"


def main() -> None:
    """Serve the policies until the engine ends this process."""
    policies = [well_formed(), *map(for_objects, OBJECT_RULES), fits_together(), *map(for_stacks, STACK_RULES)]
    PolicyPack(NAME, policies, enforcement_level=EnforcementLevel.MANDATORY)


def well_formed() -> ResourceValidationPolicy:
    """Return the policy that every other counts on: each resource is an object of its kind."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        tell(malformed(resource_of(args)), report)

    return ResourceValidationPolicy("well-formed", "an object that is not of its kind's form", validate)


def for_objects(rule: Rule[Any]) -> ResourceValidationPolicy:
    """Return the policy for a rule that looks at one object."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        tell(broken(rule, resource_of(args)), report)

    return ResourceValidationPolicy(name_of(rule), validate=validate, **words_of(rule))


def fits_together() -> StackValidationPolicy:
    """Return the policy that those across objects count on: what is named is there, once."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        tell(unfitting(map(resource_of, args.resources)), report)

    return StackValidationPolicy("fits-together", "objects that do not fit together", validate)


def for_stacks(rule: Rule[Any]) -> StackValidationPolicy:
    """Return the policy for a rule that looks at how objects fit together."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        tell(broken_together(rule, map(resource_of, args.resources)), report)

    return StackValidationPolicy(f"{name_of(rule)}-across", validate=validate, **words_of(rule))


def name_of(rule: Rule[Any]) -> str:
    """Return the name by which a policy is configured, such as ``sec011-policy-open``."""
    return f"{rule.code.lower()}-{rule.name.replace('_', '-')}"


def words_of(rule: Rule[Any]) -> dict[str, Any]:
    """Return what is shown beside a violation."""
    security = rule.code.startswith("SEC")
    return {
        "description": CODES[rule.code],
        "display_name": f"{rule.code} {rule.name}",
        "severity": Severity.HIGH if security else Severity.MEDIUM,
        "remediation_steps": f"{rule.page} says why, and how it is made good.",
    }


def resource_of(found: Any) -> Resource:
    """Return a resource as the rules take it. A value that is not known yet leaves as pulumi-policy's own exception."""
    provider = found.provider.urn if found.provider is not None else ""
    return Resource.of(found.urn, found.resource_type, found.props, provider)


def tell(violations: list[Violation], report: ReportViolation) -> None:
    """Report each violation with the resource whose it is."""
    for violation in violations:
        report(violation.text, violation.urn or None)


main()
