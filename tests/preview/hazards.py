"""What provokes each hazard, and what comes near it and does not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.cli.preview_document import told_hazards
from infra.cli.report import Action, Message, Report, Step
from infra.ddl.statement import Hazard
from infra.embedded.engine.events import Op
from infra.models.definition import Definition
from infra.models.grant import Entry
from infra.models.index import Index, IndexColumn
from infra.models.pgbouncer import PgBouncer, PooledDatabase
from infra.models.table import Check
from infra.pooling.applying import apply_config
from infra.pooling.files import Folder
from infra.pooling.scram import scram_verifier
from infra.preview.document import HazardNote
from infra.preview.hazards import hazard_notes
from infra.preview.sizes import read_sizes
from infra.provider.handler import Call
from infra.provider.kinds.pgbouncer import PgBouncerKind
from tests.preview.ground import Ground, added, changed, without

PROFILES: Final = "public.creator_profiles"
METRICS: Final = "public.pipeline_metrics"
INDEX: Final = Index(table="pipeline_metrics", name="pipeline_metrics_stage_idx", columns=(IndexColumn(name="stage"),))
#: What a change of the definition, or of what is beside it, shows of hazards.
Provoke = Callable[[Ground, Path], Iterable[HazardNote]]


@dataclass(frozen=True)
class Changed:
    """A definition that differs from the deployed one."""

    change: Callable[[Definition], Definition]

    def __call__(self, ground: Ground, folder: Path) -> Iterable[HazardNote]:
        del folder
        items = ground.plan(self.change(ground.definition))
        assert items, "nothing would be done at all"
        return tuple(hazard_notes(items, read_sizes(ground.workspace.session, items)))


def retyped(definition: Definition, spelling: str) -> Definition:
    """Return the definition with another type for the metrics' value, which is a numeric(10,2)."""
    columns = definition.table(METRICS).columns
    others = [one.model_copy(update={"type": spelling}) if one.name == "metric_value" else one for one in columns]
    return changed(definition, "tables", METRICS, columns=tuple(others))


def checked(definition: Definition) -> Definition:
    """Return the definition with a check more."""
    check = Check(name="pipeline_metrics_value_check", expression="metric_value >= 0")
    return changed(definition, "tables", METRICS, checks=(*definition.table(METRICS).checks, check))


def granted(definition: Definition, role: str, privilege: str, columns: tuple[str, ...] = ()) -> Definition:
    """Return the definition with a privilege more on the profiles."""
    grant = next(item for item in definition.grants if item.object_name == PROFILES)
    entry = Entry(role=role, privilege=privilege, columns=columns)
    return changed(definition, "grants", grant.identity, entries=(*grant.entries, entry))


def revoked(definition: Definition, role: str) -> Definition:
    """Return the definition with nothing for a role on the profiles."""
    grant = next(item for item in definition.grants if item.object_name == PROFILES)
    return changed(
        definition, "grants", grant.identity, entries=tuple(one for one in grant.entries if one.role != role)
    )


def limited(definition: Definition, limit: int) -> Definition:
    """Return the definition with so many connections for the monitor."""
    roles = [
        one.model_copy(update={"connection_limit": limit}) if one.name == "pipeline_monitor" else one
        for one in definition.roles
    ]
    return definition.model_copy(update={"roles": tuple(roles)})


def pooled(ground: Ground, folder: Path, **changes: Any) -> tuple[HazardNote, ...]:
    """Return what a preview tells of PgBouncer's files that are changed while they stand."""
    del ground
    place = folder / "pooler"
    config = PgBouncer(
        folder=str(place),
        version="1.18.0",
        port=1,  # nobody listens there
        databases=(PooledDatabase(name="app", host="127.0.0.1"),),
        console_password="a-password-of-its-own",
        verifiers={"authenticator": scram_verifier("another-password")},
    )
    apply_config(config, Folder(place), lambda _text: None, place=str(place))
    lines: list[Message] = []
    call = Call("urn", lambda: None, preview=True, log=lambda severity, text: lines.append(Message(severity, text)))
    old, kind = config.dump(), PgBouncerKind()
    kind.update(call, config.folder, old, old | changes)
    step = Step("urn:pulumi:dev::p::rollout:pgbouncer:Config::pooler", Op.UPDATE, messages=tuple(lines))
    return tuple(told_hazards(Report(Action.UP, "dev", "embedded", preview=True, steps=(step,))))


def _with_policy(definition: Definition) -> Definition:
    return changed(definition, "policies", f"{PROFILES}.creator_update", check=None)


PROVOKED: Final[Mapping[Hazard, Provoke]] = {
    Hazard.DELETES_DATA: Changed(lambda one: retyped(one, "numeric(4,1)")),
    Hazard.ACCESS_WIDENED: Changed(lambda one: granted(one, "anon", "select")),
    Hazard.ACCESS_NARROWED: Changed(lambda one: revoked(one, "pipeline_monitor")),
    Hazard.EXCLUSIVE_LOCK: Changed(checked),
    Hazard.REWRITE: Changed(lambda one: retyped(one, "text")),
    Hazard.INDEX_BUILD: Changed(lambda one: added(one, "indexes", INDEX)),
    Hazard.INDEX_DROPPED: Changed(lambda one: without(one, "indexes", "public.pipeline_metrics_recorded_at_idx")),
    Hazard.CORRECTNESS: Changed(_with_policy),
    Hazard.CAPACITY_NARROWED: Changed(lambda one: limited(one, 3)),
    Hazard.POOLER_RESTART: lambda ground, folder: pooled(ground, folder, port=2, maxClients=900),
}
SPARED: Final[Mapping[Hazard, Provoke]] = {
    Hazard.DELETES_DATA: Changed(lambda one: retyped(one, "text")),
    Hazard.ACCESS_WIDENED: Changed(lambda one: revoked(one, "pipeline_monitor")),
    Hazard.ACCESS_NARROWED: Changed(lambda one: granted(one, "anon", "select")),
    Hazard.EXCLUSIVE_LOCK: Changed(lambda one: added(one, "indexes", INDEX)),
    Hazard.REWRITE: Changed(lambda one: retyped(one, "numeric(12,2)")),
    Hazard.INDEX_BUILD: Changed(lambda one: without(one, "indexes", "public.pipeline_metrics_recorded_at_idx")),
    Hazard.INDEX_DROPPED: Changed(lambda one: added(one, "indexes", INDEX)),
    Hazard.CORRECTNESS: Changed(lambda one: granted(one, "anon", "select")),
    Hazard.CAPACITY_NARROWED: Changed(lambda one: granted(one, "anon", "select")),
    Hazard.POOLER_RESTART: lambda ground, folder: pooled(ground, folder, queryWaitTimeout=9),
}
