"""Deploying a definition through the provider's own handlers, for tests that are not about an engine."""

import json
from collections.abc import Iterator

from infra.database.ledger import Entry, append, is_gate_open, is_kept
from infra.database.target import Target
from infra.database.workspace import Workspace, open_workspace
from infra.errors import RolloutErrors
from infra.models.access import Access
from infra.models.approval import Review
from infra.models.base import Model
from infra.models.definition import Definition
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.preview.planning import objects_of
from infra.provider.handler import Call, Handler, Severity
from infra.provider.kinds import all_handlers

HANDLERS: dict[str, Handler] = {handler.token.rpartition(":")[2]: handler for handler in all_handlers()}


class Deployer:
    """Brings a database to a definition and takes it away, in the order of the program."""

    def __init__(self, target: Target, definition: Definition | None = None) -> None:
        self.definition = definition or define(rollout(5), deployer=target.user)
        self.workspace: Workspace = open_workspace(target, application_name="rollout test")
        self.lines: list[tuple[Severity, str]] = []
        self.review: Review | None = None
        """What is approved; without it, as on an unprotected stack, nothing needs approval."""

    def call(self, *, preview: bool = False) -> Call:
        """Return what a handler's call gets."""
        review = "" if self.review is None else json.dumps(self.review.dump())
        return Call("urn", lambda: self.workspace, preview, self._log, review=review)

    def _log(self, severity: Severity, text: str) -> None:
        self.lines.append((severity, text))

    def up(self, *, preview: bool = False) -> None:
        """Create or adopt everything."""
        self.make_schemas()
        for model in self.objects():
            self.create(model, preview=preview)
            if not preview and model is self.definition.roles[-1]:
                self.make_memberships()
        self.open_gate(preview=preview)
        if self.definition.rollout is not None:
            self.create(self.definition.rollout, preview=preview)

    def create(self, model: Model, *, preview: bool = False) -> None:
        """Create or adopt one object, after its check."""
        handler = HANDLERS[type(model).__name__]
        problems = handler.check(model.dump())
        if problems:
            raise RolloutErrors([problem.error for problem in problems])
        handler.create(self.call(preview=preview), model.dump())

    def drift(self) -> dict[str, list[str]]:
        """Return what a refresh and a preview would show: the changed properties by object."""
        found = {}
        for model in self.objects():
            handler, inputs = HANDLERS[type(model).__name__], model.dump()
            identity = handler.identity(model)  # type: ignore[attr-defined] # every handler of ours has it
            snapshot = handler.read(self.call(), identity, inputs)
            paths = ["(missing)"] if snapshot is None else [c.path for c in handler.diff(snapshot.inputs, inputs)]
            if paths:
                found[f"{type(model).__name__} {identity}"] = paths
        return found

    def down(self) -> None:
        """Delete everything, last created first, but for what is to be retained."""
        rollout = self.definition.rollout
        gone = [model for model in self.objects() if not self.definition.is_retained(model)]
        for model in reversed([*gone, *([rollout] if rollout else [])]):
            handler = HANDLERS[type(model).__name__]
            identity = handler.identity(model)  # type: ignore[attr-defined] # as above
            handler.delete(self.call(), identity, model.dump())

    def open_gate(self, *, preview: bool) -> None:
        """Record the gate that lets the definition's phase through: these tests are not about it."""
        phase = self.definition.rollout.phase if self.definition.rollout else 1
        if preview or phase == 1 or not is_kept(self.workspace.session) or is_gate_open(self.workspace.session, phase):
            return
        details = {"allowed": True}
        append(self.workspace.session, Entry("gate", "test", to_value=str(phase), reason="a test", details=details))

    def make_schemas(self) -> None:
        """Make what pulumi-postgresql makes: the schemas."""
        for schema in self.definition.schemas:
            self.workspace.session.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema.name}"')

    def make_memberships(self) -> None:
        """Make what pulumi-postgresql makes: the memberships."""
        for membership in self.definition.memberships:
            self.workspace.session.execute(f'GRANT "{membership.role}" TO "{membership.member}"')

    def objects(self) -> Iterator[Model]:
        """Yield every object of ours in the order of creation."""
        yield from (model for model in objects_of(self.definition) if model is not self.definition.rollout)

    def close(self) -> None:
        """Close the connections."""
        self.workspace.close()


def deploy(target: Target, access: Access = Access.SERVICE, *, stated: bool = True) -> Deployer:
    """Deploy the pipeline and return the deployer, still connected."""
    deployer = Deployer(target, define(rollout(5), deployer=target.user, access=access, access_stated=stated))
    deployer.up()
    return deployer
