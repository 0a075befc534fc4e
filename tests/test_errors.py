"""Errors keep their form, survive a pickle and give no secret away."""

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import CODES, REDACTED, RolloutError, RolloutErrors, redact

SECRET = "hunter2"


def test_form() -> None:
    error = RolloutError("CFG001", "phase", "6 is not a phase.", allowed="1 to 5.", fix="choose one")
    assert str(error) == "CFG001 phase: 6 is not a phase. Allowed: 1 to 5. Fix: choose one."


def test_form_without_a_path() -> None:
    assert str(RolloutError("DB001", "", "no answer")) == "DB001 no answer."


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        RolloutError("XYZ999", "", "nothing")


def test_codes_have_their_form_and_meanings_differ() -> None:
    assert all(re.fullmatch(r"[A-Z]{2,5}\d{3}", code) for code in CODES)
    assert len(set(CODES.values())) == len(CODES)


def test_survives_a_pickle() -> None:
    """Errors cross processes between the provider and what runs it."""
    error = RolloutError("DEF001", "a.b", "wrong", allowed="right", fix="mend")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (str(copy), copy.code, copy.path) == (str(error), "DEF001", "a.b")


def test_several_are_one_a_line() -> None:
    errors = RolloutErrors([RolloutError("DEF001", "a", "wrong"), RolloutError("DEF002", "b", "wrong too")])
    assert str(errors).splitlines() == ["DEF001 a: wrong.", "DEF002 b: wrong too."]


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://app:{SECRET}@db.example.org:5432/postgres",
        f"POSTGRES://app:{SECRET}@host",
        f"postgresql+psycopg://app:{SECRET}@host",
        f"postgresql://app:p@ss@{SECRET}@host/db",
        f"postgresql://app:a/b:{SECRET}@host/db and more",
        f"host=db user=app password={SECRET} sslmode=require",
        f"host=db password = '{SECRET} it\\'s {SECRET}' user=app",
        f"password='it''s {SECRET}'",
        f"PGPASSWORD={SECRET} psql",
        f"ALTER ROLE app PASSWORD '{SECRET}'",
        f"ALTER ROLE app PASSWORD 'it''s {SECRET}'",
        f'{{"databasePassword": "{SECRET}"}}',
        f"databasePassword: '{SECRET}'",
        f"postgresql://host/db?user=app&password={SECRET}&sslmode=require",
        f"SCRAM-SHA-256$4096:{SECRET}==$abc:def",
        f"u:{SECRET}@h",
        f"cannot connect to app.user:{SECRET}@db.example.org:5432/postgres",
        f"('app:{SECRET}@127.0.0.1')",
        f"url=app:p@ss:{SECRET}@[::1]:5432",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    """Line 46: no form in which a password is written gives it away."""
    assert SECRET not in redact(text)
    assert SECRET not in str(RolloutError("DB002", "database", text))
    assert REDACTED in redact(text)


def test_what_is_no_secret_stays() -> None:
    text = "DEF005 app.password: Input should be a string; the host is db.example.org:5432, see https://example.org/a"
    assert redact(text) == text
    assert redact(f"postgresql://app:{SECRET}@db/x?sslmode=require").endswith("@db/x?sslmode=require")


@pytest.mark.parametrize(
    "text",
    [
        "urn:pulumi:dev::x::y",
        "urn:pulumi:dev::shop::rollout:postgres:Policy::notes@home",
        "resource 'urn:pulumi:dev::shop::parent:x:Y$rollout:postgres:Role::me@home' failed",
        "somebody@example.org",
        "mailto:somebody@example.org",
        "ask: somebody@example.org",
        "at 12:30@noon, 10:15:30",
        "git@github.com:owner/name.git",
        "https://somebody@example.org/a",
        "postgresql://app@db.example.org:5432/x",
        "postgres:17@sha256:0123abc",
        "a::jsonb @> b::jsonb",
        "wire.py:12: it failed",
    ],
)
def test_what_only_looks_like_a_login_stays(text: str) -> None:
    assert redact(text) == text


def test_an_error_stands_on_one_line() -> None:
    """A name may hold anything until it is refused: it neither breaks the line nor turns it around."""
    error = RolloutError("DEF001", "policy a\nb\x00.name", "bad \r\x1b[31m\u2028\u202e\udc80 name", fix="é stays")
    assert str(error) == ("DEF001 policy a\\nb\\x00.name: bad \\r\\x1b[31m\\u2028\\u202e\\udc80 name. Fix: é stays.")


def test_a_secret_of_two_lines_is_taken_out_of_an_error() -> None:
    secret = "one\ntwo"
    assert redact(str(RolloutError("DB003", "role", f"given {secret} here")), secret) == (
        f"DB003 role: given {REDACTED} here."
    )


@given(st.text(min_size=1), st.text(), st.text())
def test_given_secrets_are_taken_out_wherever_they_stand(secret: str, before: str, after: str) -> None:
    """Whatever the secret is, it is not in the text, unless it is part of the mark that replaces it."""
    shown = redact(before + secret + after, secret)
    assert secret not in shown.replace(REDACTED, "\x00") or secret == "\x00"
