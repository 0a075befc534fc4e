"""Bad stack files, one a row: each fault is named with its code, its path and what is allowed; all of them at once."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from infra.config.stack import Refusal, Source, StackConfig, resolve
from infra.models.access import Access

PROJECT: Final = "creative-pipeline"
PASSWORD: Final = "Tr0ub4dor&3"
DATABASE: Final[dict[str, Any]] = {"host": "db.example.org", "name": "app", "user": "deployer"}
GOOD: Final[dict[str, Any]] = {"phase": 1, "database": DATABASE, "databasePassword": PASSWORD}


def read(
    values: Mapping[str, Any], folder: Path = Path("/nowhere"), secrets: tuple[str, ...] = ("databasePassword",)
) -> StackConfig:
    """Resolve values as an engine hands them over: texts as they are, everything else as JSON."""
    texts = {
        key if ":" in key else f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
    }
    return resolve(Source(PROJECT, "dev", folder, texts, frozenset(f"{PROJECT}:{key}" for key in secrets)))


def refused(values: Mapping[str, Any], **options: Any) -> list[str]:
    with pytest.raises(Refusal) as caught:
        read(values, **options)
    assert PASSWORD not in str(caught.value)
    return [str(error) for error in caught.value.errors]


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name != key}


def test_defaults_are_filled_in_and_the_rest_is_kept() -> None:
    """What a stack file leaves out has its default, inside `database` too."""
    config = read(GOOD)
    assert (config.phase, config.access, config.access_stated) == (1, Access.SERVICE, False)
    assert (config.protect, config.extensions) == (True, ())
    assert (config.connection.port, config.connection.sslmode) == (5432, "require")
    assert config.connection.address == "db.example.org:5432/app"
    assert config.connection.password == PASSWORD
    assert PASSWORD not in repr(config)


def test_everything_stated() -> None:
    database = DATABASE | {"port": 6000, "sslmode": "verify-full"}
    config = read(
        GOOD | {"access": "legacy", "protect": False, "extensions": ["pg_trgm", "uuid-ossp"], "database": database}
    )
    assert (config.access, config.access_stated, config.protect) == (Access.LEGACY, True, False)
    assert config.extensions == ("pg_trgm", "uuid-ossp")
    assert (config.connection.port, config.connection.sslmode) == (6000, "verify-full")


def test_a_password_may_look_like_anything() -> None:
    """A text is taken as it is, though it be a number or a JSON."""
    for password in ("12345", "true", "null", '{"a": 1}', "NaN"):
        assert read(GOOD | {"databasePassword": password}).connection.password == password


PHASES: Final = [
    (6, "6"),
    (0, "0"),
    (-1, "-1"),
    (2.5, "2.5"),
    ("two", "two"),
    ("", "''"),
    (True, "true"),
    ("NaN", "NaN"),
    ("Infinity", "Infinity"),
    ("-Infinity", "-Infinity"),
    (1e400, "Infinity"),
    ([1], "[1]"),
    ("01", "01"),
    (None, "null"),
]


@pytest.mark.parametrize(("given", "shown"), PHASES, ids=str)
def test_what_is_no_phase(given: Any, shown: str) -> None:
    """1 to 5 and nothing else: no fraction, no word, no truth value, no infinity."""
    (text,) = refused(GOOD | {"phase": given})
    assert text == (
        f"CFG001 phase: {shown} is not a phase. Allowed: 1 to 5. "
        "Fix: set phase to a number from 1 to 5, as with `pulumi config set phase 1 -s dev`."
    )


def test_a_missing_phase_is_never_assumed() -> None:
    (text,) = refused(without("phase"))
    assert text.startswith("CFG001 phase: it is missing. Allowed: 1 to 5. Fix: ")


ROWS: Final = [
    ({"phaze": 1}, "CFG003 unknown key 'phaze'; did you mean 'phase'?"),
    ({"acess": "service"}, "CFG003 unknown key 'acess'; did you mean 'access'?"),
    ({"creative-pipelin:protect": True}, "did you mean 'creative-pipeline:protect'?"),
    ({"rollout:host": "elsewhere"}, "CFG003 unknown key 'rollout:host'"),
    ({"database": DATABASE | {"hots": "x"}}, "CFG003 database: unknown key 'hots'; did you mean 'host'?"),
    (
        {"database": ["db.example.org"]},
        'CFG002 database: a list where a map is expected (["db.example.org"]). Allowed: the keys embedded, host,',
    ),
    ({"database": "db.example.org"}, "CFG002 database: a text where a map is expected"),
    ({"database": 5432}, "CFG002 database: a whole number where a map is expected (5432)."),
    ({"database": None}, "CFG002 database: nothing where a map is expected (null)."),
    ({"database": DATABASE | {"host": 7}}, "CFG002 database.host: a whole number where a text is expected (7)."),
    ({"database": DATABASE | {"host": {"a": 1}}}, "CFG002 database.host: a map where a text is expected"),
    ({"database": DATABASE | {"host": ""}}, "CFG002 database.host: "),
    ({"database": DATABASE | {"host": "a b"}}, "CFG002 database.host: "),
    ({"database": DATABASE | {"port": "5432"}}, "CFG002 database.port: a text where a whole number is expected"),
    ({"database": DATABASE | {"port": 5432.0}}, "CFG002 database.port: a number where a whole number is expected"),
    ({"database": DATABASE | {"port": float("nan")}}, "CFG002 database.port: a text where a whole number is"),
    (
        {"database": DATABASE | {"port": 0}},
        "CFG002 database.port: a value that is not allowed (0). Allowed: 1 to 65535.",
    ),
    ({"database": DATABASE | {"port": 65536}}, "Allowed: 1 to 65535."),
    ({"database": DATABASE | {"user": "u" * 64}}, "CFG002 database.user: "),
    ({"database": DATABASE | {"name": "a\nb"}}, "CFG002 database.name: "),
    (
        {"database": DATABASE | {"sslmode": "prefer"}},
        "not allowed (\"prefer\"). Allowed: 'disable', 'require', 'verify-ca' or 'verify-full'.",
    ),
    ({"database": DATABASE | {"embedded": "yes"}}, "CFG002 database.embedded: a text where true or false is expected"),
    ({"database": DATABASE | {"embedded": True}}, "CFG002 database.host: the embedded PostgreSQL has its own"),
    ({"database": {"embedded": True}}, "CFG002 databasePassword: the embedded PostgreSQL has its own"),
    ({"database": {"name": "app", "user": "u"}}, "CFG004 database.host: it is missing."),
    ({"database": {}}, "CFG004 database.user: it is missing."),
    ({"database": DATABASE | {"host": "db.your-project-ref.supabase.co"}}, "CFG004 database.host: it is still the"),
    (
        {"databasePassword": ""},
        "CFG004 databasePassword: it is missing. Fix: run `pulumi config set --secret databasePassword -s dev`.",
    ),
    (
        {"access": "everyone"},
        "CFG002 access: a value that is not allowed (\"everyone\"). Allowed: 'service' or 'legacy'.",
    ),
    (
        {"protect": "yes"},
        'CFG002 protect: a text where true or false is expected ("yes"). Allowed: true, false.',
    ),
    ({"protect": 1}, "CFG002 protect: a whole number where true or false is expected (1). Allowed: true, false."),
    ({"extensions": {"pg_trgm": True}}, "CFG002 extensions: a map where a list is expected"),
    ({"extensions": "pg_trgm"}, "CFG002 extensions: a text where a list is expected"),
    ({"extensions": ["pg_trgm", 3]}, "CFG002 extensions.1: a whole number where a text is expected (3)."),
    ({"extensions": ['x"; DROP TABLE y']}, "CFG002 extensions.0: "),
    ({"extensions": ["pg_trgm", "pg_trgm"]}, "CFG002 extensions: one stands twice."),
]


@pytest.mark.parametrize(("change", "expected"), ROWS, ids=lambda value: str(value)[:60])
def test_a_fault_is_named(change: dict[str, Any], expected: str) -> None:
    """Code, path, what is wrong, what is allowed."""
    texts = refused(GOOD | change)
    assert any(expected in text for text in texts)
    assert all(" Fix: " in text for text in texts)
    assert not any("pulumi config" in text and "-s dev" not in text for text in texts)


def test_a_missing_database() -> None:
    (text,) = refused(without("database"))
    assert text.startswith("CFG004 database: it is missing.")


def test_all_faults_come_at_once() -> None:
    """One run tells them all, so that they are mended in one go."""
    bad = {"phase": 9, "phaze": 1, "protect": "no", "database": DATABASE | {"port": -1, "hots": "x"}}
    assert [text[:6] for text in refused(bad)] == ["CFG001", "CFG002", "CFG003", "CFG002", "CFG003"]


def test_what_does_not_go_together_comes_with_what_is_wrong_by_itself() -> None:
    """A wrong phase does not hide a missing host, nor a password without a lock an unknown key."""
    bad = {"phase": 9, "database": {"name": "app", "user": "u"}, "extensions": ["x", "x"], "databasePassword": PASSWORD}
    assert [text.split(":")[0] for text in refused(bad)] == [
        "CFG001 phase",
        "CFG002 extensions",
        "CFG004 database.host",
    ]
    texts = refused(bad | {"phaze": 1}, secrets=())
    assert [text[:6] for text in texts] == ["SEC001", "CFG001", "CFG003", "CFG002", "CFG004"]


def test_neither_phase_nor_database() -> None:
    """Both are named, each with its own code."""
    texts = refused({"access": "service"})
    assert [text.split(".")[0] for text in texts] == ["CFG001 phase: it is missing", "CFG004 database: it is missing"]


def test_pulumis_own_keys_are_let_through() -> None:
    assert read(GOOD | {"pulumi:disable-default-providers": ["*"]}).phase == 1


def test_a_password_that_did_not_come_as_a_secret() -> None:
    """Whatever way it came, without encryption it is refused and not shown."""
    (text,) = refused(GOOD, secrets=())
    assert text.startswith("SEC001 plaintext secret in the configuration; run pulumi config set --secret databasePassw")


def test_a_dsn_in_a_wrong_value_is_not_shown() -> None:
    """An error quotes the value that it is about, but never a password in it."""
    dsn = f"postgresql://deployer:{PASSWORD}@db.example.org/app"
    texts = refused(GOOD | {"database": DATABASE | {"host": dsn}, "access": dsn})
    assert {text[:6] for text in texts} == {"SEC001", "CFG002"}
    assert any("postgresql://deployer:[secret]@" in text for text in texts)


PLAINTEXT: Final = [
    ("creative-pipeline:databasePassword: Tr0ub4dor&3", 2, "databasePassword"),
    ("creative-pipeline:databasePassword: 12345", 2, "databasePassword"),
    ("creative-pipeline:database:\n    host: h\n    password: Tr0ub4dor&3", 4, "--path database.password"),
    ("creative-pipeline:database:\n    host: postgresql://u:Tr0ub4dor&3@h/d", 3, "--path database.host"),
    ("creative-pipeline:note: 'host=h password=Tr0ub4dor&3'", 2, "note"),
    ("aws:secretKey: Tr0ub4dor&3", 2, "secretKey"),
    ("creative-pipeline:apiToken: Tr0ub4dor&3", 2, "apiToken"),
    ("creative-pipeline:list:\n    - a\n    - postgres://u:Tr0ub4dor&3@h/d", 4, "list"),
    ("creative-pipeline:serviceKey:\n    value: Tr0ub4dor&3", 3, "--path serviceKey.value"),
]


@pytest.mark.parametrize(("lines", "line", "key"), PLAINTEXT, ids=lambda value: str(value)[:50])
def test_a_plaintext_secret_is_refused_with_its_line(tmp_path: Path, lines: str, line: int, key: str) -> None:
    """By the key's name or by the DSN in its value, anywhere in the file; the value itself is not told again."""
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n  {lines}\n")
    expected = f"SEC001 plaintext secret in Pulumi.dev.yaml:{line}; run pulumi config set --secret {key} -s dev."
    assert any(text.startswith(expected) for text in refused(GOOD, folder=tmp_path))


def test_what_is_encrypted_or_no_secret_passes(tmp_path: Path) -> None:
    """Ciphertexts, Pulumi's own salt and key, empty values, comments, and words that only sound like secrets."""
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "secretsprovider: passphrase\n"
        "encryptionsalt: v1:abc=:v1:def:ghi\n"
        "encryptedkey: AQICAHg\n"
        "config:\n"
        "  # postgresql://user:password@host is a comment\n"
        "  creative-pipeline:databasePassword:\n    secure: v1:xyz:abc\n"
        "  creative-pipeline:emptyPassword: ''\n"
        "  creative-pipeline:tokenRequired: true\n"
        "  creative-pipeline:monkey: business\n"
        "  creative-pipeline:url: https://example.org/path\n"
    )
    assert read(GOOD, tmp_path).phase == 1


def test_a_stack_file_that_is_no_yaml(tmp_path: Path) -> None:
    """The engines refuse it in their words; where one lets it through, it is refused here, with the line."""
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  a: [1\n")
    with pytest.raises(Refusal, match=r"CFG002 Pulumi\.dev\.yaml:3: it cannot be read as YAML"):
        read(GOOD, tmp_path)
