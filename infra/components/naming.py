"""The options of every resource, made in one place: its parent, what it waits for, and the names it had before."""

from collections.abc import Iterable, Mapping
from typing import Final

import pulumi
from pulumi.type_token import get_type_token

#: Types of our components, as they stand in every URN below them: changing one renames all of those.
TYPE_PREFIX: Final = "creative-pipeline:components:"

#: Names that resources had in an earlier version, by their names today. A renamed resource is listed here for as long
#: as a stack may hold its former name; without it, Pulumi would delete the old one and create another.
#:
#:     FORMER_NAMES = {"public.creators_idx": ("public.creator_idx",)}
FORMER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {}


def child_options(
    parent: pulumi.Resource,
    kind: type[pulumi.CustomResource],
    name: str,
    *,
    after: Iterable[pulumi.Resource] = (),
    protect: bool = False,
    retain: bool = False,
) -> pulumi.ResourceOptions:
    """Return the options of a component's resource. Its provider is the one that the component was given.

    Args:
        parent: the component.
        kind: the resource's class.
        name: the resource's name today.
        after: what must stand before it, and go after it.
        protect: whether deleting it is refused.
        retain: whether the object outlives the resource.
    """
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=list(after),
        protect=protect,
        retain_on_delete=retain,
        aliases=_aliases(kind, name),
    )


def component_options(
    parent: pulumi.Resource | None, providers: Iterable[pulumi.ProviderResource] = ()
) -> pulumi.ResourceOptions:
    """Return the options of a component; what is in it uses these providers, or else those of its parent."""
    return pulumi.ResourceOptions(parent=parent, providers=list(providers) or None)


def _aliases(kind: type[pulumi.CustomResource], name: str) -> list[pulumi.Input[str | pulumi.Alias]]:
    """Return the URNs that a resource may have in an older state.

    One stands for the top of the stack, where `pulumi import` puts an object: a component that has it today takes it
    over. It is spelled out, since the SDK takes ten times as long to do so. The others are its former names.
    """
    flat = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{get_type_token(kind)}::{name}"
    return [flat, *(pulumi.Alias(name=former) for former in FORMER_NAMES.get(name, ()))]
