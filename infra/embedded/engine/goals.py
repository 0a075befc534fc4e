"""What the program asks for: one registered resource, as a value, and its URN."""

from dataclasses import dataclass, field
from typing import Any

from infra.embedded.engine.project import Project
from infra.embedded.engine.records import PROVIDER_PREFIX, STACK_TYPE, Record, provider_urn
from infra.embedded.engine.values import Properties
from infra.embedded.engine.wire import decode


@dataclass(frozen=True)
class Goal:
    """A resource as the program wants it."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Properties
    parent: str = ""
    provider: str = ""
    version: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    import_id: str = ""

    @property
    def is_provider(self) -> bool:
        """Whether this is an explicit provider."""
        return self.type.startswith(PROVIDER_PREFIX)

    @property
    def package(self) -> str:
        """The package of the provider, or of the provider that this is."""
        return self.type.removeprefix(PROVIDER_PREFIX) if self.is_provider else self.type.partition(":")[0]

    def record(self, inputs: Properties, **fields: Any) -> Record:
        """Return what the state will hold of it."""
        return Record(
            urn=self.urn,
            type=self.type,
            custom=self.custom,
            inputs=inputs,
            parent=self.parent,
            provider=self.provider,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            protect=self.protect,
            retain_on_delete=self.retain_on_delete,
            deleted_with=self.deleted_with,
            ignore_changes=self.ignore_changes,
            replace_on_changes=self.replace_on_changes,
            additional_secret_outputs=self.additional_secret_outputs,
            import_id=self.import_id,
            **fields,
        )

    def needs(self) -> frozenset[str]:
        """Return the URNs of what must have succeeded before this can be tried."""
        found = {self.parent, provider_urn(self.provider), *self.dependencies}
        for urns in self.property_dependencies.values():
            found.update(urns)
        return frozenset(found - {""})


def read_goal(project: Project, request: Any) -> Goal:
    """Return the goal in a RegisterResourceRequest."""
    by_property = {name: tuple(sorted(entry.urns)) for name, entry in request.propertyDependencies.items()}
    inputs = decode(request.object)
    if request.type.startswith(PROVIDER_PREFIX) and request.version:
        inputs.setdefault("version", request.version)
    return Goal(
        urn=make_urn(project, request.parent, request.type, request.name),
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        provider=request.provider,
        version=request.version,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies=by_property,
        aliases=tuple(request.aliasURNs),
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        import_id=request.importId,
    )


def make_urn(project: Project, parent: str, kind: str, name: str) -> str:
    """Return the URN of a resource: its type comes after the types of its parents, the stack's apart."""
    parents = parent.split("::")[2] if parent else STACK_TYPE
    qualified = kind if parents == STACK_TYPE else f"{parents}${kind}"
    return f"urn:pulumi:{project.stack}::{project.name}::{qualified}::{name}"


def stack_urn(project: Project) -> str:
    """Return the URN of the stack itself."""
    return make_urn(project, "", STACK_TYPE, f"{project.name}-{project.stack}")
