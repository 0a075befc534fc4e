"""What everything else stands on: schemas, extensions, roles, who may act as them, and their settings."""

from collections.abc import Iterable

import pulumi
import pulumi_postgresql as postgresql

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.models.definition import Definition, Membership
from infra.models.grant import Target
from infra.resources import Grant, Role, Setting


class Foundation(pulumi.ComponentResource):
    """Schemas and extensions, then roles, then memberships, then grants on the schemas, then settings.

    What the other provider makes comes first wherever it can: it does not wait for our deploy lock.
    `ready` is what the rest of the database waits for: the last of these, which has waited for all the others. To name
    those too would say nothing more, and each dependency that is named takes the SDK time.
    """

    def __init__(
        self,
        name: str,
        definition: Definition,
        *,
        parent: pulumi.Resource,
        protect: bool,
        after: Iterable[pulumi.Resource] = (),
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}Foundation", name, None, component_options(parent))
        self._protected = protect
        schemas = [*self._schemas(definition), *self._extensions(definition)]
        roles = self._roles(definition, schemas)
        members = self._memberships(definition.memberships, roles[-1:])
        grants = self._grants(definition, members[-1:] or roles[-1:])
        entered = grants or members[-1:] or roles[-1:]
        settings = self._settings(definition, [*entered, *after])
        self.ready: tuple[pulumi.Resource, ...] = tuple(settings[-1:] or entered)
        self.register_outputs({})

    def _schemas(self, definition: Definition) -> list[pulumi.Resource]:
        return [
            postgresql.Schema(
                schema.name,
                name=schema.name,
                if_not_exists=True,
                opts=child_options(self, postgresql.Schema, schema.name, protect=self._protected, retain=True),
            )
            for schema in definition.schemas
        ]

    def _extensions(self, definition: Definition) -> list[pulumi.Resource]:
        return [
            postgresql.Extension(
                item.name,
                name=item.name,
                schema=item.schema_name,
                opts=child_options(self, postgresql.Extension, item.name, retain=True),
            )
            for item in definition.extensions
        ]

    def _roles(self, definition: Definition, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """Return the roles, one after the other: a dump names them in the order in which they were made."""
        made: list[pulumi.Resource] = []
        for role in definition.roles:
            options = child_options(self, Role, role.name, after=made[-1:] or after, protect=self._protected)
            made.append(Role(role.name, role, options))
        return made

    def _memberships(self, memberships: tuple[Membership, ...], roles: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """Return the memberships, one after the other: made together, they race for the member's catalog rows.

        Whoever makes a role on PostgreSQL 16 and later gets a membership with the admin option from the server, beside
        the one that is made here. The plugin reads one of the two, whichever comes first, so its option says nothing.
        Replaced, a membership goes before it comes again: the other way round the new one would be revoked.
        """
        made: list[pulumi.Resource] = []
        for membership in memberships:
            name = f"{membership.member} as {membership.role}"
            options = child_options(self, postgresql.GrantRole, name, after=made[-1:] or roles)
            options.ignore_changes, options.delete_before_replace = ["withAdminOption"], True
            made.append(postgresql.GrantRole(name, role=membership.member, grant_role=membership.role, opts=options))
        return made

    def _grants(self, definition: Definition, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        # Parked tables are still reached by the cascade of a deleted user, which runs as their owner.
        archives = {table.archive_schema for table in definition.tables}
        return [
            Grant(
                grant.identity,
                grant,
                child_options(self, Grant, grant.identity, after=after, retain=grant.object_name in archives),
            )
            for grant in definition.grants
            if grant.target is Target.SCHEMA
        ]

    def _settings(self, definition: Definition, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """Return the settings, one after the other: a role keeps them in the order in which they were made."""
        made: list[pulumi.Resource] = []
        for setting in definition.settings:
            options = child_options(self, Setting, setting.identity, after=made[-1:] or after)
            made.append(Setting(setting.identity, setting, options))
        return made
