"""What a run takes in and refuses: imports, outputs, secrets, failures and what they leave behind."""

from collections.abc import Callable

import pytest

from infra.embedded.engine.engine import Result
from infra.embedded.engine.events import Kind, Op
from infra.embedded.engine.values import Secret
from infra.provider.handler import UNKNOWN
from tests.embedded.engine.conftest import World

Count = Callable[[Result], dict[str, int]]


def test_an_import_takes_over_what_exists_and_updates_it(world: World, count: Count) -> None:
    world.up("")
    (world.objects / "found.json").write_text('{"size": 1}')
    assert count(world.preview('Thing("a", using(import_="found"), size=2)')) == {"import": 1, "update": 1}
    result = world.up('Thing("a", using(import_="found"), size=2)')
    assert result.ok, result.errors
    assert count(result) == {"import": 1, "update": 1}
    assert world.stored() == {"found": {"size": 2}}
    assert count(world.up()) == {}


def test_an_import_of_what_is_missing_fails_and_leaves_no_ghost(world: World) -> None:
    result = world.up('Thing("a", using(import_="lost"), size=2)')
    assert not result.ok
    assert "'lost'" in result.errors[0]
    assert world.things() == {}


def test_import_resource_adds_an_object_to_the_state(world: World) -> None:
    world.up("")
    (world.objects / "found.json").write_text('{"size": 1}')
    result = world.engine().import_resource("toy:index:Thing", "a", "found")
    assert result.ok, result.errors
    assert world.things()["a"].protect
    assert world.up('Thing("a", using(protect=True), size=1)').changes.keys() == {Op.SAME}
    assert not world.engine().import_resource("toy:index:Thing", "b", "lost").ok
    again = world.engine().import_resource("toy:index:Thing", "a", "found")
    assert "ENG001 a: " in again.errors[0]


def test_a_failure_stops_its_dependents_and_not_its_siblings(world: World) -> None:
    program = """
        a = Thing("a", with_toy, fail="{0}")
        b = Thing("b", with_toy, of=a.made)
        Thing("c", using(depends_on=[b]))
        Thing("d", with_toy, size=1)
        pulumi.export("made", b.made)
        """
    result = world.up(program.replace("{0}", "create"))
    assert not result.ok
    assert result.errors == ("TOY001 cannot make it with None",)
    skipped = [event.urn.rsplit("::")[-1] for event in result.events if event.kind is Kind.SKIPPED]
    assert skipped == ["b", "c"]
    assert sorted(world.things()) == ["d"]
    assert world.up(program.replace("{0}", "")).ok
    assert sorted(world.things()) == ["a", "b", "c", "d"]


def test_nothing_is_deleted_while_something_fails(world: World) -> None:
    world.up('Thing("a", with_toy)')
    assert not world.up('Thing("b", with_toy, fail="create")').ok
    assert sorted(world.things()) == ["a"]


def test_a_failed_delete_keeps_what_the_resource_needs(world: World) -> None:
    world.up("""
        a = Thing("a", with_toy)
        Thing("b", with_toy, of=a.made, fail="delete")
        Thing("c", with_toy)
        """)
    result = world.up("")
    assert result.errors == ("TOY003 cannot delete it",)
    assert sorted(world.things()) == ["a", "b"]


def test_refused_inputs_are_told_one_by_one(world: World) -> None:
    result = world.up('Thing("a", with_toy, refuse=["too small", "too red"])')
    assert result.errors == ("ENG003 a: refuse: too small.", "ENG003 a: refuse: too red.")
    result = world.up('Thing("a", with_toy, refuse=["TOY005 thing a: too loud. Fix: be quiet.", "too big"])')
    assert result.errors == ("TOY005 thing a: too loud. Fix: be quiet.", "ENG003 a: refuse: too big."), (
        "a code says all"
    )


def test_a_half_made_object_is_kept_and_tried_again(world: World, count: Count) -> None:
    result = world.up('Thing("a", with_toy, initErrors=["not warm yet"])')
    assert not result.ok
    assert "not warm yet" in result.errors[0]
    assert world.things()["a"].init_errors == ("not warm yet",)
    world.calls()
    result = world.up('Thing("a", with_toy)')
    assert count(result) == {"update": 1}
    assert world.things()["a"].init_errors == ()


def test_a_preview_knows_no_outputs_before_the_first_up(world: World, count: Count) -> None:
    result = world.preview("""
        a = Thing("a", with_toy, size=1)
        Thing("b", with_toy, of=a.made)
        a.made.apply(lambda made: pulumi.log.error(f"applied {made}"))
        pulumi.export("made", a.made)
        pulumi.export("size", 3)
        """)
    assert result.ok, result.errors
    assert count(result) == {"create": 4}
    assert result.outputs == {"made": UNKNOWN, "size": 3}
    assert not any("applied" in event.text for event in result.events)
    assert world.calls("create") == []
    assert not world.state_folder.exists()


def test_a_secret_stays_one_in_state_outputs_and_events(world: World) -> None:
    result = world.up(
        """
        hidden = config.require_secret("password")
        a = Thing("a", using(additional_secret_outputs=["made"]), secret=hidden)
        Thing("b", with_toy, of=a.made, nested={"deep": [hidden]})
        Thing("c", with_toy, secret=hidden, fail="create")
        pulumi.export("password", hidden)
        """,
        extra_secrets={"password": "hunter2-hunter2"},
    )
    assert "hunter2" not in repr(result)
    assert "[secret]" in result.errors[0]
    assert world.things()["a"].inputs["secret"] == Secret("hunter2-hunter2")
    assert isinstance(world.things()["a"].outputs["made"], Secret)
    assert isinstance(world.things()["b"].outputs["of"], Secret)
    assert result.outputs["password"] == Secret("hunter2-hunter2")
    assert (world.state_folder / "deployment.json").stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in (world.state_folder, *world.state_folder.parents[:2])} == {
        0o700
    }
    assert world.home.stat().st_mode & 0o777 == 0o711, "the embedded server's account walks through it"


def test_a_stack_output_that_changes_is_kept(world: World) -> None:
    world.up('pulumi.export("n", 1); pulumi.export("old", 1)')
    world.up('pulumi.export("n", 2)')
    assert world.engine().outputs() == {"n": 2}


def test_an_invoke_reaches_the_provider(world: World) -> None:
    result = world.up("""
        out = pulumi.runtime.invoke_output("toy:index:echo", {"x": 1}, pulumi.InvokeOptions(provider=toy))
        pulumi.export("echo", out)
        """)
    assert result.ok, result.errors
    assert result.outputs["echo"] == {"echo": {"x": 1}}


@pytest.mark.parametrize("operation", ["up", "preview"])
def test_two_resources_with_one_name_are_refused(world: World, operation: str) -> None:
    world.program('Thing("a", with_toy)\nThing("a", with_toy)')
    result = getattr(world.engine(), operation)()
    assert "ENG001 a: two resources have the URN" in result.errors[0]
