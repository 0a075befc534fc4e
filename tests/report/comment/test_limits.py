"""Whatever a plan holds: never too long, never silently cut, never with a secret, and never more than text."""

import re
from typing import Any, Final, get_args, get_origin

import pytest
from pydantic import BaseModel

from infra.preview.document import (
    AccessSentence,
    ApprovalGiven,
    Commands,
    DriftNote,
    HazardNote,
    PhaseChange,
    PlanDocument,
    PlannedObject,
    PlannedStep,
)
from infra.report.comment import LONGEST, marker, write_comment
from infra.report.markdown import length

SECRET: Final = "hunter2hunter2"
EMPTY: Final = PlanDocument(
    stack="staging",
    protected=True,
    engine="pulumi",
    phase=PhaseChange(before=2, after=2),
    commands=Commands(up="rollout up --stack staging"),
)


def comment(**changes: Any) -> str:
    """Return the comment of a plan with this in it, within its limit."""
    text = write_comment(EMPTY.model_copy(update=changes), "creative-pipeline")
    assert length(text) <= LONGEST
    return text


def filled(model: type[BaseModel], text: str, number: int = 1) -> dict[str, Any]:
    """Return every field of a model filled: the text wherever text may stand, so many things in its lists."""
    return {field.alias or name: _value(field.annotation, text, number) for name, field in model.model_fields.items()}


def _value(kind: Any, text: str, number: int) -> Any:
    choices: dict[Any, Any] = {str: text, int: 7, bool: True, Any: text}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return filled(kind, text)
    if kind in choices:
        return choices[kind]
    arguments = [one for one in get_args(kind) if one is not type(None)]
    if get_origin(kind) is tuple:
        return [_value(arguments[0], text, 1)] * number
    return _value(arguments[0], text, number) if isinstance(arguments[0], type) else arguments[0]


def full(text: str, number: int = 1) -> PlanDocument:
    """Return a plan with everything that a plan may hold."""
    return PlanDocument.from_json(filled(PlanDocument, text, number))


def hazards(code: str, number: int, **more: Any) -> tuple[HazardNote, ...]:
    """Return so many hazards of a kind."""
    return tuple(
        HazardNote(code=code, object=f"table public.t{one:04}", summary=f"{code.lower()} {one}", **more)
        for one in range(number)
    )


@pytest.mark.parametrize(
    "planted",
    [
        f"postgresql://app:{SECRET}@db.example.org/x",
        f"it has password='{SECRET}'",
        f"ALTER ROLE x PASSWORD '{SECRET}'",
        f"SCRAM-SHA-256$4096:{SECRET}==${SECRET}:{SECRET}",
        f"app:{SECRET}@db.example.org",
    ],
)
def test_no_secret_from_any_field(planted: str) -> None:
    """Planted in every text that a plan has; what is said around it is still there."""
    text = write_comment(full(f"before {planted} after"), "creative-pipeline")
    assert SECRET not in text
    assert text.count("secret") > 30


def test_every_field_is_shown() -> None:
    """A plan has nothing that a reviewer never sees but what the comment says in other words."""
    said = write_comment(full("xyzzy"), "creative-pipeline")
    assert said.count("xyzzy") > 40
    for part in ("Gate 7", "Changed out of band", "New findings", "Old findings", "outside the database", "by xyzzy"):
        assert part in said


@pytest.mark.parametrize("sign", ["|", "`", "\\", "<", "&", "_", "@a", "#1", "🛑", "x", "\u202e", "</details>"])
@pytest.mark.parametrize(("times", "number"), [(1_500, 2), (20, 200)])
def test_never_too_long(sign: str, times: int, number: int) -> None:
    """However long each text is, however it grows when it is disarmed, and however many there are."""
    plan = full(sign * times, number)
    text = write_comment(plan, "creative-pipeline")
    assert length(text) <= LONGEST
    assert "Left out for want of room" in text


def test_a_thousand_hazards_are_counted() -> None:
    """By their kinds in the first lines; and what finds no room in the list is counted there as well."""
    found = (*hazards("ACCESS_WIDENED", 700, needs_approval=True), *hazards("DELETES_DATA", 300, needs_approval=True))
    text = comment(hazards=found)
    head = text.splitlines()
    assert head[4].startswith("- **Deletes data** (300, `DELETES_DATA`, not approved): table public.t0000: ")
    assert head[4].endswith("; … and 297 more")
    assert head[5].startswith("- **Access widened** (700, `ACCESS_WIDENED`, not approved)")
    shown = len(re.findall(r"^\| `[A-Z_]+` \|", text, re.MULTILINE))
    left = re.search(r"\*\*(\d+) hazards more are not shown here:\*\* (\d+) × `DELETES_DATA`, 700 × `ACCESS", text)
    assert left is not None
    assert int(left[1]) == int(left[2]) + 700 == 1000 - shown


def test_a_thousand_errors_are_counted() -> None:
    text = comment(errors=tuple(f"DB007 table t{one:04}: {'x' * 200}." for one in range(1000)))
    assert "**Refused, for 1,000 reasons:** DB007 table t0000" in text
    shown = text.count("\n- DB007 ")
    assert f"- **{1000 - shown:,} more are not shown here.**" in text


def test_what_has_no_room_is_named() -> None:
    """The least important goes first, whole; what is decided by stays."""
    steps = tuple(
        PlannedObject(
            kind="Policy",
            object=f"public.t.p{one:04}",
            action="create",
            steps=(PlannedStep(subject="policy", summary="create the policy", sql=("CREATE POLICY x ON t;",)),),
        )
        for one in range(250)
    )
    sentences = tuple(AccessSentence(sentence=f"role{one} may now select t", widens=True) for one in range(500))
    text = comment(objects=steps, access=sentences, drift=(DriftNote(object="t", sentence="t is gone"),))
    last = text.splitlines()[-1]
    assert last.startswith("**Left out for want of room:** SQL of the rest: policy (")
    assert last.endswith("`rollout preview --stack staging --json` has all of it.")
    assert "Who may do more (500)" in text
    assert "role499 may now select t" in text
    assert "t is gone" in text


def test_the_worst_comes_first_whatever_the_order() -> None:
    found = (
        *hazards("INDEX_BUILD", 1),
        *hazards("REWRITE", 1),
        *hazards("SOMETHING_NEW", 1),
        *hazards("CORRECTNESS", 1),
        *hazards("DELETES_DATA", 1),
    )
    lines = [line for line in comment(hazards=found).splitlines() if line.startswith("- **")]
    assert [re.sub(r"^- \*\*(.*?)\*\*.*", r"\1", line) for line in lines] == [
        "Deletes data",
        "Changes what is right",
        "Writes a table anew",
        "Something new",
        "Builds an index",
    ]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "✅ **Nothing to do.**"),
        ({"hazards": hazards("REWRITE", 1, needs_approval=True)}, "⚠️ **Needs approval of 1 hazard**"),
        ({"hazards": hazards("REWRITE", 2), "protected": False}, "✅ **Can go ahead:** 2 hazards, none of which"),
        ({"errors": ("DB001 db: no. Fix: look.",)}, "🛑 **Refused:** DB001 db: no. What it would change is not known."),
        ({"phase": PhaseChange(before=2, after=3)}, "✅ **Safe:** 1 change, no hazard."),
        ({"hazards": hazards("DELETES_DATA", 1)}, "**Data is lost** in 1 object."),
        (
            {"drift": (DriftNote(object="t", sentence="t is open", incident=True),)},
            "⚠️ **1 guard weakened out of band**, which `up` puts back.",
        ),
    ],
)
def test_the_verdict(changes: dict[str, Any], verdict: str) -> None:
    assert verdict in comment(**changes).splitlines()[2]


def test_an_approval_is_told() -> None:
    given = ApprovalGiven(reason="read twice", by="ada", expires="2030-01-01", where="approvals.yaml")
    found = hazards("REWRITE", 1, approval=given)
    text = comment(hazards=found)
    assert "✅ **Can go ahead:** 1 hazard, each of them approved." in text
    assert "by ada until 2030-01-01 (`approvals.yaml`): read twice" in text
    mixed = comment(hazards=(*found, *hazards("INDEX_BUILD", 2)))
    assert "✅ **Can go ahead:** 3 hazards, 1 of them approved and the others free." in mixed
    again = comment(hazards=hazards("REWRITE", 1, approval=given, needs_approval=True))
    assert "**needed anew**; it was given by ada" in again


@pytest.mark.parametrize("name", ["staging", "a--b", "x --> <script>", "a\nb"])
def test_the_marker_is_one_line_that_nobody_sees(name: str) -> None:
    text = comment(stack=name)
    assert re.fullmatch(r"<!-- rollout: creative-pipeline/[\w.-]+ -->", text.splitlines()[0])
    assert marker("creative-pipeline", name) == text.splitlines()[0]
