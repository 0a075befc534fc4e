"""The pack's lock: every package by its hashes, and those that the rules' answers depend on as the project has them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


def pins(file: str) -> dict[str, tuple[str, str]]:
    found = PIN.findall((ROOT / file).read_text(encoding="utf-8"))
    return {name: (version, hashes) for name, version, hashes in found}


def test_the_rules_run_on_the_same_versions() -> None:
    own, pack = pins("requirements.txt"), pins("policy/requirements.txt")
    for name in ("pglast", "pulumi", "pydantic", "pydantic-core", "pyyaml", "grpcio"):
        assert pack[name] == own[name]


def test_every_package_has_its_hashes() -> None:
    pack = pins("policy/requirements.txt")
    lines = (ROOT / "policy" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert len(pack) == sum("==" in line for line in lines) > 20
    assert all(hashes for _, hashes in pack.values())


def test_an_environment_of_its_own_is_needed() -> None:
    """Once it is not, the pack can run in the project's."""
    assert pins("policy/requirements.txt")["protobuf"][0].startswith("5.")
    assert pins("requirements.txt")["protobuf"][0].startswith("6.")
