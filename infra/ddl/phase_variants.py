"""A definition as it is in another phase: the grants that a phase opens, and where the database stands."""

from functools import cache

from infra.models.definition import Definition
from infra.models.grant import Entry, Grant
from infra.pipeline.definition import define
from infra.pipeline.phases import PHASES, rollout


def in_phase(definition: Definition, number: int) -> Definition:
    """Return the definition in this phase of its defaults; what is its own, such as the access, stays."""
    grants = tuple(_in_phase(grant, number) for grant in definition.grants)
    return definition.model_copy(update={"grants": grants, "rollout": rollout(number)})


def all_phases(definition: Definition) -> list[Definition]:
    """Return the definition in each phase; itself alone where it has none."""
    if definition.rollout is None:
        return [definition]
    return [in_phase(definition, item.number) for item in PHASES]


def _in_phase(grant: Grant, number: int) -> Grant:
    phased, opened = _opened(grant.identity, number)
    if not phased:
        return grant
    entries = (*(entry for entry in grant.entries if entry not in phased), *sorted(opened, key=str))
    return grant.model_copy(update={"entries": entries})


@cache
def _opened(identity: str, number: int) -> tuple[frozenset[Entry], frozenset[Entry]]:
    """Return the privileges that not every phase gives on an object, and which of them this phase gives."""
    sets = [_entries(identity, item.number) for item in PHASES]
    phased = frozenset.union(*sets) - frozenset.intersection(*sets)
    return phased, phased & _entries(identity, number)


def _entries(identity: str, number: int) -> frozenset[Entry]:
    return _default(number).get(identity, frozenset())


@cache
def _default(number: int) -> dict[str, frozenset[Entry]]:
    # Who deploys is the same in every phase, so that the name has no part in what differs.
    return {grant.identity: frozenset(grant.entries) for grant in define(rollout(number), deployer="deployer").grants}
