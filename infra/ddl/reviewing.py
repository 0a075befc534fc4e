"""What a protected stack hands its provider of a definition, so that it can tell what needs approval."""

from infra.ddl.phase_variants import all_phases
from infra.models.approval import Placed, Review, digest_entries
from infra.models.definition import Definition


def make_review(definition: Definition, stack: str, approvals: tuple[Placed, ...]) -> Review:
    """Return what is approved, with what the phases open and where the definition stands."""
    rollout = definition.rollout
    return Review(
        stack=stack,
        approvals=approvals,
        phased=_phased(definition),
        phase=rollout.phase if rollout else 0,
        flags_on=tuple(name.value for name, is_on in rollout.flags.items() if is_on) if rollout else (),
    )


def _phased(definition: Definition) -> dict[str, tuple[str, ...]]:
    """Return the hashes of the grants that differ from phase to phase, by their ids."""
    found: dict[str, list[str]] = {}
    for variant in all_phases(definition):
        for grant in variant.grants:
            found.setdefault(grant.identity, []).append(digest_entries(grant))
    return {identity: tuple(digests) for identity, digests in found.items() if len(set(digests)) > 1}
