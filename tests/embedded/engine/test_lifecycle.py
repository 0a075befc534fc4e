"""What becomes of resources from one run to the next: the engine decides as Pulumi's own does."""

from collections.abc import Callable

import pytest

from infra.embedded.engine import operations
from infra.embedded.engine.engine import Result
from infra.embedded.engine.events import Op
from tests.embedded.engine.conftest import World

Count = Callable[[Result], dict[str, int]]


def test_create_makes_components_providers_and_objects_with_pulumis_urns(world: World, count: Count) -> None:
    result = world.up("""
        group = Group("g", Opts(parent=Group("outer")))
        Thing("a", using(parent=group), size=1)
        """)
    assert result.ok, result.errors
    assert count(result) == {"create": 5}
    urns = [record.urn for record in world.engine().state()]
    assert "urn:pulumi:dev::trial::pulumi:pulumi:Stack::trial-dev" in urns
    assert "urn:pulumi:dev::trial::toy:index:Group$toy:index:Group$toy:index:Thing::a" in urns
    assert world.things()["a"].provider.startswith("urn:pulumi:dev::trial::pulumi:providers:toy::toy::")


def test_the_same_program_changes_nothing_and_writes_nothing(world: World, count: Count) -> None:
    world.up('Thing("a", with_toy, size=1, when={"n": [1.5, True, None]})')
    before = (world.state_folder / "deployment.json").stat().st_mtime_ns
    world.calls()
    result = world.up()
    assert result.ok
    assert count(result) == {}
    assert world.calls("create", "update", "delete") == []
    assert (world.state_folder / "deployment.json").stat().st_mtime_ns == before


def test_a_provider_that_compares_inputs_alone_is_not_asked_about_equal_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.up('Thing("a", with_toy, size=1)')
    world.calls()
    assert world.up().ok
    assert world.calls("diff") == ["diff a"]
    monkeypatch.setattr(operations, "COMPARING_INPUTS", frozenset({"toy"}))
    assert world.up().ok
    assert world.calls("diff") == []
    assert world.up('Thing("a", with_toy, size=2)').ok
    assert world.calls("diff", "update") == ["diff a", "update a"]


def test_an_update_is_made_in_place_and_shows_what_changes(world: World, count: Count) -> None:
    world.up('Thing("a", with_toy, size=1)')
    old = world.things()["a"]
    result = world.up('Thing("a", with_toy, size=2)')
    assert count(result) == {"update": 1}
    difference = next(event for event in result.events if event.op is Op.UPDATE).differences[0]
    assert (difference.path, difference.kind, difference.before, difference.after) == ("size", "update", 1, 2)
    assert world.things()["a"].id == old.id
    assert world.stored()[old.id] == {"size": 2}


def test_a_replacement_is_made_before_the_old_is_deleted(world: World, count: Count) -> None:
    program = """
        a = Thing("a", with_toy, replaceBy={0})
        Thing("b", with_toy, of=a.made)
        """
    world.up(program.replace("{0}", "1"))
    world.calls()
    result = world.up(program.replace("{0}", "2"))
    assert result.ok, result.errors
    assert count(result) == {"replace": 1, "update": 1}
    assert world.calls("create", "update", "delete") == ["create a", "update b", "delete a"]
    assert len(world.stored()) == 2
    assert world.things()["b"].outputs["of"] == world.things()["a"].outputs["made"]


def test_a_replacement_that_deletes_first_takes_its_dependents_with_it(world: World, count: Count) -> None:
    program = """
        a = Thing("a", using(delete_before_replace=True), replaceBy={0})
        b = Thing("b", with_toy, replaceBy=a.made)
        Thing("c", using(depends_on=[b]), size=1)
        Thing("d", with_toy, size=a.made)
        """
    world.up(program.replace("{0}", "1"))
    world.calls()
    preview = world.preview(program.replace("{0}", "2"))
    assert preview.ok, preview.errors
    assert world.calls("create", "update", "delete") == []
    result = world.up()
    assert result.ok, result.errors
    assert count(result) == count(preview) == {"replace": 2, "update": 1}
    calls = world.calls("create", "update", "delete")
    assert calls[:3] == ["delete b", "delete a", "create a"]
    assert sorted(calls[3:]) == ["create b", "update d"]
    assert not any(record.pending_replacement for record in world.engine().state())


def test_the_provider_may_ask_for_the_old_to_be_deleted_first(world: World) -> None:
    world.up('Thing("a", with_toy, replaceBy=1, deleteFirst=True)')
    world.calls()
    assert world.up('Thing("a", with_toy, replaceBy=2, deleteFirst=True)').ok
    assert world.calls("create", "delete") == ["delete a", "create a"]


def test_what_the_program_no_longer_has_is_deleted_in_reverse_order(world: World, count: Count) -> None:
    world.up("""
        a = Thing("a", with_toy)
        b = Thing("b", with_toy, of=a.made)
        Thing("c", using(depends_on=[b]))
        """)
    world.calls()
    result = world.up("")
    assert count(result) == {"delete": 3}
    assert world.calls("delete") == ["delete c", "delete b", "delete a"]
    assert world.stored() == {}
    assert world.things() == {}


def test_a_protected_resource_is_neither_deleted_nor_replaced_nor_destroyed(world: World) -> None:
    world.up('Thing("a", using(protect=True), replaceBy=1)')
    attempts: tuple[Callable[[], Result], ...] = (
        lambda: world.up('Thing("a", using(protect=True), replaceBy=2)'),
        lambda: world.preview('Thing("a", using(protect=True), replaceBy=2)'),
        lambda: world.up(""),
        lambda: world.preview(""),
        lambda: world.engine().destroy(),
    )
    for attempt in attempts:
        result = attempt()
        assert not result.ok
        assert "ENG004 a: " in result.errors[0]
        assert "`protect: false`" in result.errors[0]
    assert list(world.stored().values()) == [{"replaceBy": 1}]
    assert world.up('Thing("a", with_toy, replaceBy=1)').ok
    assert world.engine().destroy().ok
    assert world.stored() == {}


def test_retain_on_delete_leaves_the_object(world: World, count: Count) -> None:
    world.up('Thing("a", using(retain_on_delete=True), size=1)')
    assert count(world.up("")) == {"delete": 1}
    assert list(world.stored().values()) == [{"size": 1}]
    assert world.things() == {}


def test_an_alias_keeps_the_object_under_its_new_name_and_parent(world: World, count: Count) -> None:
    world.up("""
        old = Group("old")
        a = Thing("a", using(parent=old), size=1)
        Thing("b", with_toy, of=a.made)
        """)
    identity = world.things()["a"].id
    world.calls()
    result = world.up("""
        new = Group("new", Opts(aliases=[pulumi.Alias(name="old")]))
        a = Thing("z", using(parent=new, aliases=[pulumi.Alias(name="a")]), size=1)
        Thing("b", with_toy, of=a.made)
        """)
    assert result.ok, result.errors
    assert count(result) == {}
    assert world.calls("create", "update", "delete") == []
    assert world.things()["z"].id == identity
    assert world.things()["b"].dependencies == (world.things()["z"].urn,)


def test_an_aliased_provider_does_not_replace_what_it_made(world: World, count: Count) -> None:
    program = """
        aliases = [pulumi.Alias(name="first")]
        mine = pulumi.ProviderResource("toy", NAME, {"folder": config.require("folder")}, Opts(aliases=aliases))
        Thing("a", Opts(provider=mine), size=1)
        """
    world.up(program.replace("NAME", '"first"'))
    world.calls()
    result = world.up(program.replace("NAME", '"second"'))
    assert result.ok, result.errors
    assert count(result) == {}
    assert world.calls("create", "delete") == []
    assert "::second::" in world.things()["a"].provider


def test_ignored_changes_are_not_made(world: World, count: Count) -> None:
    world.up('Thing("a", with_toy, size=1, tags={"x": 1, "y": 1})')
    result = world.up('Thing("a", using(ignore_changes=["size", "tags.x"]), size=2, tags={"x": 2, "y": 1})')
    assert count(result) == {}
    result = world.up('Thing("a", using(ignore_changes=["tags.x"]), size=2, tags={"x": 2, "y": 2})')
    assert count(result) == {"update": 1}
    assert list(world.stored().values()) == [{"size": 2, "tags": {"x": 1, "y": 2}}]


def test_replace_on_changes_turns_an_update_into_a_replacement(world: World, count: Count) -> None:
    world.up('Thing("a", using(replace_on_changes=["size"]), size=1)')
    assert count(world.up('Thing("a", using(replace_on_changes=["size"]), size=2)')) == {"replace": 1}


def test_destroy_deletes_everything_in_reverse_order(world: World) -> None:
    world.up("""
        group = Group("g")
        a = Thing("a", using(parent=group))
        Thing("b", with_toy, of=a.made)
        """)
    world.calls()
    assert world.engine().destroy(preview=True).changes == {Op.DELETE: 5}
    assert world.calls("delete") == []
    result = world.engine().destroy()
    assert result.ok, result.errors
    assert world.calls("delete") == ["delete b", "delete a"]
    assert world.engine().state() == []
    assert world.engine().destroy().ok


def test_a_provider_that_moves_replaces_what_it_made(world: World, count: Count) -> None:
    world.up('Thing("a", with_toy, size=1)')
    other = world.objects.parent / "other"
    other.mkdir()
    result = world.up(extra_config={"folder": str(other)})
    assert result.ok, result.errors
    assert count(result) == {"replace": 2}
    assert world.stored() == {}
    assert len(list(other.glob("a-*.json"))) == 1


def test_an_update_of_the_provider_leaves_what_it_made(world: World, count: Count) -> None:
    program = """
        other = pulumi.ProviderResource("toy", "p", {"folder": config.require("folder"), "n": NUMBER})
        Thing("a", Opts(provider=other))
        """
    world.up(program.replace("NUMBER", "1"))
    assert count(world.up(program.replace("NUMBER", "2"))) == {"update": 1}
