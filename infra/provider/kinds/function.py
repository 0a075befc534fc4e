"""The handler of functions."""

from infra.database.catalog.code import read_function, respell_function
from infra.database.catalog.grants import kept_grant
from infra.database.ownership import ownership_conflicts
from infra.database.workspace import Workspace
from infra.ddl.function import plan_function, plan_function_drop
from infra.ddl.statement import Plan
from infra.errors import RolloutError
from infra.models.function import Argument, Function
from infra.models.grant import Grant, Target
from infra.models.spelling import Spelling
from infra.provider.kinds.base import Kind, Seen


class FunctionKind(Kind[Function]):
    """Functions. The server keeps a body to the letter, so that no text has to be remembered."""

    model = Function
    replaces = frozenset({"schema", "name"})
    at_once = True

    def identity(self, wanted: Function) -> str:
        """Return ``schema.name(types)``."""
        return wanted.identity

    def stub(self, identity: str) -> Function:
        """Return a function with the names in an id."""
        qualified, _, types = identity.partition("(")
        schema, _, name = qualified.rpartition(".")
        arguments = tuple(
            Argument.model_construct(name="", type=kind) for kind in types.removesuffix(")").split(", ") if kind
        )
        return Function.model_construct(
            schema_name=schema or "public", name=name, owner="", arguments=arguments, returns="", body=""
        )

    def look(self, workspace: Workspace, wanted: Function, spelling: Spelling) -> Seen[Function] | None:
        """Return the function as it stands."""
        del spelling
        types = tuple(argument.type for argument in wanted.arguments)
        actual = read_function(workspace.session, wanted.schema_name, wanted.name, types)
        return None if actual is None else Seen(respell_function(actual, wanted))

    def plan(
        self, workspace: Workspace, seen: Seen[Function] | None, wanted: Function, former: Function | None
    ) -> Plan:
        """Return the steps to the wanted function, which keeps its grants even if it has to be made anew."""
        del former
        if seen is None:
            return plan_function(None, wanted)
        grants = kept_grant(workspace.session, Grant(target=Target.FUNCTION, object_name=wanted.identity))
        return plan_function(seen.model, wanted, grants=grants)

    def plan_delete(self, seen: Seen[Function], wanted: Function) -> Plan:
        """Return the step that drops the function."""
        del seen
        return plan_function_drop(wanted)

    def conflicts(self, workspace: Workspace, seen: Seen[Function] | None, wanted: Function) -> list[RolloutError]:
        """Refuse to replace what belongs to somebody whom we may not act as."""
        return ownership_conflicts(workspace.session, "function", function=wanted.identity) if seen is not None else []
