"""The application's configuration: as it stands in two files, and as a real shell reads it."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from infra.delivery.app_config import Address, AppConfig, render_app_env, render_app_json
from infra.models.flag import FlagName
from infra.models.pool import Pooling
from infra.pipeline.pooling import DEFAULTS

GOLDEN: Final = Path(__file__).parent
FLAGS: Final = {name.value: place in {0, 1, 5, 6} for place, name in enumerate(FlagName)}
ADDRESS: Final = Address("pooler.example.org", 6432, "eden_academy", "verify-full")
CONFIG: Final = AppConfig("prod", ADDRESS, DEFAULTS, FLAGS)
#: What prints each variable of the environment, whatever stands in it.
PRINTER: Final = 'set -eu; set -a; . "$1"; exec env -0'


def changed(**changes: Any) -> Pooling:
    return Pooling.load(DEFAULTS.dump() | changes)


def sourced(folder: Path, shell: str, text: str) -> dict[str, str]:
    """Return the environment after a real shell has read the file, in a folder of its own."""
    file = folder / "app.env"
    file.write_text(text, encoding="utf-8")
    command = [shell, "-c", PRINTER, shell, str(file)]
    done = subprocess.run(command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True)
    assert not done.stderr
    return dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)


def test_as_lines_for_a_shell() -> None:
    assert render_app_env(CONFIG) == (GOLDEN / "app_config.env").read_text(encoding="utf-8")


def test_as_json_in_the_guides_words() -> None:
    """The guide's poolSize, idleTimeout, acquireTimeout, ttl and maxSize, with its figures."""
    assert render_app_json(CONFIG) == (GOLDEN / "app_config.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_reads_what_is_meant(tmp_path: Path, shell: str) -> None:
    """A name may look like a command: nothing of it is run, and it arrives as it is."""
    name = "a 'b' \"c\" $(touch hit) `touch hit` \\ ; touch hit # $HOME"
    pools = {"odd $(touch hit)'s": {"size": 20}}
    pooling = changed(pools=pools, application={"role": "odd $(touch hit)'s"})
    text = render_app_env(AppConfig("prod", Address("::1", 1, name, "disable"), pooling, FLAGS))
    found = sourced(tmp_path, shell, text)
    assert (found["PGDATABASE"], found["PGUSER"]) == (name, "odd $(touch hit)'s")
    assert not (tmp_path / "hit").exists()
    plain = sourced(tmp_path, shell, render_app_env(CONFIG))
    document = json.loads(render_app_json(CONFIG))
    assert {flag: plain[flag] for flag in FLAGS} == {flag: str(on).lower() for flag, on in document["flags"].items()}
    assert plain["DATABASE_POOL_SIZE"] == str(document["pool"]["poolSize"]) == "20"
    assert plain["CACHE_TTL_SECONDS"] == str(document["cache"]["ttl"]) == "300"
    assert not {key for key in plain if "PASSWORD" in key}


def test_without_a_pooler_a_connection_is_ones_own() -> None:
    """Then nobody waits for a pooler, and prepared statements hold."""
    direct = AppConfig("dev", Address("127.0.0.1", 5432, "eden_academy", "disable", pooled=False), DEFAULTS, FLAGS)
    document = json.loads(render_app_json(direct))
    assert (document["database"]["mode"], document["database"]["preparedStatements"]) == ("session", True)
    assert "queryWait" not in document["timeouts"]
    assert "no pooler runs before it" in render_app_env(direct)


def test_supabases_pooler_is_told_the_project() -> None:
    pooling = changed(platform="supabase", placement="shared")
    address = Address("aws-0-eu-central-1.pooler.supabase.com", 6543, "postgres", "require")
    assert AppConfig("prod", address, pooling, FLAGS, "db.abcdefgh.supabase.co").user == "pipeline_service.abcdefgh"
    assert AppConfig("prod", ADDRESS, pooling, FLAGS, "db.abcdefgh.supabase.co").user == "pipeline_service"


def test_encryption_is_left_out_on_the_same_machine_alone() -> None:
    assert [changed(pooler=pooler).pooler.client_sslmode for pooler in _POOLERS] == ["disable", "require", "verify-ca"]


_POOLERS: Final[tuple[dict[str, str], ...]] = ({}, {"host": "10.0.0.7"}, {"host": "10.0.0.7", "sslmode": "verify-ca"})
