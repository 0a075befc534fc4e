"""The application's file: as the guide writes it, and read back as it is."""

from hypothesis import given
from hypothesis import strategies as st

from infra.delivery.env_text import MARKER, parse_env, render_env
from infra.models.flag import FlagName
from infra.pipeline.flags import FLAGS

PHASE_2 = {name.value: place in {0, 1, 5, 6} for place, name in enumerate(FlagName)}


def test_each_flag_stands_below_what_it_is() -> None:
    """The guide's form: a line that tells what the flag does, then NAME=true or NAME=false, in the guide's order."""
    lines = render_env(dict(reversed(PHASE_2.items()))).splitlines()
    assert lines[0] == MARKER
    told = [line for line in lines if line and not line.startswith("#")]
    assert told == [
        "ENABLE_CREATIVE_PIPELINE=true",
        "CREATIVE_PIPELINE_ASSESSMENT=true",
        "CREATOR_AGENT_ECONOMICS=false",
        "CREATOR_AGENT_LAUNCH=false",
        "CREATIVE_PIPELINE_FULL=false",
        "PIPELINE_MONITORING_ENABLED=true",
        "PIPELINE_PERFORMANCE_ALERTS=true",
    ]
    for flag in FLAGS:
        place = next(number for number, line in enumerate(lines) if line.startswith(flag.name + "="))
        assert lines[place - 1] == f"# {flag.description}"


@given(st.dictionaries(st.sampled_from([name.value for name in FlagName]), st.booleans()))
def test_what_is_written_is_read(flags: dict[str, bool]) -> None:
    assert parse_env(render_env(flags)) == flags


def test_changes_by_hand_are_seen() -> None:
    """The last assignment counts, as for whoever loads the file; a value that is no flag's is shown."""
    text = render_env(PHASE_2)
    text = text.replace("CREATOR_AGENT_LAUNCH=false", "CREATOR_AGENT_LAUNCH=maybe")
    text = text.replace("CREATIVE_PIPELINE_FULL=false\n", "")
    text += 'export CREATOR_AGENT_ECONOMICS = "true"\nOTHER=1\n'
    changed = {"CREATOR_AGENT_LAUNCH": "maybe", "CREATOR_AGENT_ECONOMICS": True, "OTHER": "1"}
    expected = {name: value for name, value in PHASE_2.items() if name != "CREATIVE_PIPELINE_FULL"} | changed
    assert parse_env(text) == expected


def test_a_file_without_our_line_is_not_ours() -> None:
    assert parse_env("ENABLE_CREATIVE_PIPELINE=true\n") is None
    assert parse_env("") is None
    assert parse_env("A=1\n" + render_env(PHASE_2)) is None
