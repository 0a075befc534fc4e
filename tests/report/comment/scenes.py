"""Plans as `rollout preview` makes them, of real changes on a real PostgreSQL 18."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from infra.cli.preview_document import document, look
from infra.cli.preview_stack import read_asked
from infra.cli.report import Action, Report
from infra.cli.stacks import Stack
from infra.config.definition import examine_definition
from infra.database.demo import seed_demo
from infra.database.rollout import read_state
from infra.ddl.reviewing import make_review
from infra.models.definition import Definition
from infra.models.grant import Entry, Grant
from infra.models.index import Index, IndexColumn
from infra.models.policy import Command, Policy
from infra.models.table import Table
from infra.preview.document import PlanDocument
from tests.clusters import Database, Server
from tests.deploying import Deployer
from tests.preview.ground import added, changed, state_of, without
from tests.reference_database import build_reference

PROFILES: Final = "public.creator_profiles"
METRICS: Final = "public.pipeline_metrics"
STACK: Final = "staging"
INDEX: Final = Index(table="pipeline_metrics", name="pipeline_metrics_stage_idx", columns=(IndexColumn(name="stage"),))
_UNTIL: Final = "2099-12-31"
_WORDS: Final = [
    {"gate": gate, "by": "ada@example.org", "why": why, "until": _UNTIL}
    for gate, why in (
        ("cultural-messaging", "read every page with two mentors"),
        ("internal-api-latency", "measured by hand"),
    )
]
#: However busy the machine is that these tests run on.
_PATIENT: Final = {"internal-database-latency": {"threshold": 10_000}}
_VISITORS: Final = Entry(role="anon", privilege="select")
Change = Callable[[Definition], Definition]


def grant_to_anon(definition: Definition) -> Definition:
    """Let visitors read every profile."""
    grant = next(item for item in definition.grants if item.object_name == PROFILES)
    return changed(definition, "grants", grant.identity, entries=(*grant.entries, _VISITORS))


def drop_check(definition: Definition) -> Definition:
    """Take the WITH CHECK from a policy."""
    return changed(definition, "policies", f"{PROFILES}.creator_update", check=None)


def drop_policy(definition: Definition) -> Definition:
    """Take a policy away."""
    return without(definition, "policies", f"{PROFILES}.monitor_select")


def retype(definition: Definition, table: str, column: str, kind: str) -> Definition:
    """Give a column another type."""
    columns = tuple(
        item.model_copy(update={"type": kind}) if item.name == column else item
        for item in definition.table(table).columns
    )
    return changed(definition, "tables", table, columns=columns)


def widen_type(definition: Definition) -> Definition:
    """Let a figure have more digits."""
    return retype(definition, METRICS, "metric_value", "numeric(12,2)")


def destroy_type(definition: Definition) -> Definition:
    """Make a number of what is text: words do not survive it."""
    return retype(definition, METRICS, "metric_unit", "integer")


def add_index(definition: Definition) -> Definition:
    """Add an index."""
    return added(definition, "indexes", INDEX)


def add_thousand(definition: Definition) -> Definition:
    """Add 250 tables, each with two policies and a grant to visitors: a thousand objects."""
    model = definition.table(METRICS)
    tables = [_extra(model, number) for number in range(250)]
    grants = [Grant(object_name=table.identity, entries=(_VISITORS,)) for table in tables]
    policies = [
        Policy(table=table.name, name=name, command=Command.SELECT, roles=(role,), using="true", reason="a test")
        for table in tables
        for name, role in (("service_select", "pipeline_service"), ("monitor_select", "pipeline_monitor"))
    ]
    more: dict[str, list[Any]] = {"tables": tables, "policies": policies, "grants": grants}
    return definition.model_copy(update={name: (*getattr(definition, name), *items) for name, items in more.items()})


def _extra(model: Table, number: int) -> Table:
    columns = tuple(model.column(name) for name in ("id", "stage", "recorded_at"))
    changes = {"name": f"extra_{number:03}", "columns": columns, "checks": (), "foreign_keys": ()}
    return model.model_copy(update=changes)


@dataclass
class Scene:
    """A database, what is deployed there, and the stack's file."""

    database: Database
    deployer: Deployer
    deployed: bool = True

    def plan(self, change: Change = lambda same: same, **config: Any) -> PlanDocument:
        """Return the plan of a preview with this stack's file, and with its definition changed."""
        asked = read_asked(self._stack(config))
        before = asked.definition
        assert before is not None
        definition, findings = examine_definition(lambda: change(before))
        review = make_review(definition, STACK, ()) if definition else None
        asked = replace(asked, definition=definition, findings=tuple(findings), review=review)
        deployed = state_of(self.deployer.definition) if self.deployed else {}
        looked = look(self.deployer.workspace, asked, deployed, changes=True)
        report = Report(Action.UP, STACK, "pulumi", preview=True)
        return document(self._stack(config), asked, report, looked, self.database.deployer)

    def bring(self, **config: Any) -> None:
        """Deploy what the stack's file asks for."""
        asked = read_asked(self._stack(config))
        assert asked.definition is not None
        self.deployer.definition = asked.definition
        self.deployer.review = make_review(asked.definition, STACK, ())
        self.deployer.up()

    def enter(self, **config: Any) -> None:
        """Bring what differs between two phases alone: the rollout and the grants."""
        asked = read_asked(self._stack(config))
        assert asked.definition is not None
        assert asked.definition.rollout is not None
        self.deployer.definition = asked.definition
        self.deployer.review = make_review(asked.definition, STACK, ())
        self.deployer.open_gate(preview=False)
        for model in (*asked.definition.grants, asked.definition.rollout):
            self.deployer.create(model)

    def run(self, *statements: str) -> None:
        """Run statements as the superuser."""
        with self.database.connect(user="admin") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _stack(self, config: dict[str, Any]) -> Stack:
        target = self.database.deployer
        database = {"host": target.host, "port": target.port, "name": target.name, "user": target.user}
        given = {"phase": 1, "access": "service", "database": database} | config
        return Stack(Path.cwd(), "creative-pipeline", STACK, given)


def open_scene(server: Server, name: str, *, deployed: bool = True) -> Scene:
    """Return a fresh database, with nothing in it."""
    database = server.create_database(name)
    return Scene(database, Deployer(database.deployer), deployed)


def all_plans(server: Server) -> Iterator[tuple[str, PlanDocument]]:
    """Yield every plan that is shown, by its name. The first ones need a server without roles of ours."""
    empty = open_scene(server, "empty", deployed=False)
    yield "first-deploy", empty.plan()
    empty.deployer.close()
    today = open_scene(server, "today", deployed=False)
    build_reference(today.database)
    yield "adoption", today.plan(phase=3, overrides=_skipped(1, 2))
    today.deployer.close()
    scene = open_scene(server, "pipeline")
    try:
        yield from _of_deployed(scene)
    finally:
        scene.deployer.close()


def _of_deployed(scene: Scene) -> Iterator[tuple[str, PlanDocument]]:
    second: dict[str, Any] = {"phase": 2, "overrides": _skipped(1)}
    scene.bring(**second)
    yield "nothing-to-do", scene.plan(**second)
    for name, change in CHANGES.items():
        yield name, scene.plan(change, **second)
    scene.run(f"GRANT SELECT ON {PROFILES} TO anon", f"ALTER TABLE {METRICS} NO FORCE ROW LEVEL SECURITY")
    yield "tampered-with", scene.plan(**second)
    scene.run("REVOKE SELECT ON public.creator_profiles FROM anon", f"ALTER TABLE {METRICS} FORCE ROW LEVEL SECURITY")
    yield "advance-2-to-3-refused", scene.plan(phase=3, gates=_PATIENT)
    session = scene.deployer.workspace.session
    state = read_state(session)
    assert state is not None
    seed_demo(session, state, team=3, creators=10, seed=1)
    yield "advance-2-to-3", scene.plan(phase=3, attestations=_WORDS, gates=_PATIENT)
    fourth: dict[str, Any] = {"phase": 4, "overrides": _skipped(2, 3)}
    scene.enter(**fourth)
    yield "roll-back-4-to-2", scene.plan(**second)


CHANGES: Final[dict[str, Change]] = {
    "dropped-policy": drop_policy,
    "type-change": widen_type,
    "destructive-type-change": destroy_type,
    "index-added": add_index,
    "grant-to-anon": grant_to_anon,
    "dropped-with-check": drop_check,
    "thousand-changes": add_thousand,
}


def _skipped(*gates: int) -> list[dict[str, Any]]:
    return [{"gate": gate, "by": "ada@example.org", "why": "a new environment", "until": _UNTIL} for gate in gates]


_VARYING: Final = (
    # Where the server listens, and how large things happen to be on it.
    (re.compile(r"@127\.0\.0\.1:\d+"), "@db.example.org:5432"),
    (re.compile(r"\([\d.,]+ (?:bytes|kB|MB|GB), (about )?[\d,]+ rows?\)"), r"(8 MB, \g<1>10,000 rows)"),
    # How fast the server happens to be.
    (re.compile(r"\| [\d.,]+ ms \|"), "| 2 ms |"),
    (re.compile(r"[\d.,]+ ms; 20 samples; the slowest of \d queries is [\w (),-]+"), "2 ms; 20 samples "),
)


def settled(text: str) -> str:
    """Return the comment without what differs from one server to the next."""
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text
