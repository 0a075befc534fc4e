"""Claims that are absent, malformed, of another shape or forged: without one's own id in its place nothing is seen."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from infra.pipeline.names import ANON, CREATOR, MONITOR, SERVICE
from tests.attacks.doors import NO_PRIVILEGE, OWNED, SECRET, Door, Outcome, attempt
from tests.behaviour.writes import FORGERIES
from tests.cluster_state import Connection, connect

#: A claim that is not text, a number for a user, an id that is none: the server's errors for what cannot be read.
UNREADABLE: Final = ("22P02", "22P05", "22021")
MEGABYTE: Final = 1_000_000

#: Whose rows a creator's session may be shown, and what else it may be told.
STATUS: Final = "SELECT public.get_creator_pipeline_status(%(id)s)::text"
FLAG: Final = "SELECT public.feature_enabled('CREATIVE_PIPELINE_ASSESSMENT')"


@dataclass(frozen=True)
class Claim:
    """What stands where the token's claims should, with the ids of the attacker and the victim put in."""

    name: str
    text: Callable[[UUID, UUID], str | None]
    owner: bool = False
    """Whether it is the attacker's own id after all."""
    unreadable: bool = False
    """Whether the server cannot read it, and every statement is refused."""


def fixed(name: str, text: str | None, *, unreadable: bool = False) -> Claim:
    return Claim(name, lambda _attacker, _victim: text, unreadable=unreadable)


def about(name: str, claims: Callable[[str, str], object], *, owner: bool = False, unreadable: bool = False) -> Claim:
    return Claim(name, lambda a, v: json.dumps(claims(str(a), str(v))), owner=owner, unreadable=unreadable)


ABSENT: Final = (fixed("absent", None), fixed("empty", ""))
MALFORMED: Final = (
    fixed("garbage", "garbage", unreadable=True),
    fixed("blank", " ", unreadable=True),
    Claim("a bare id", lambda _, v: str(v), unreadable=True),
    Claim("cut off", lambda _, v: f'{{"sub": "{v}"', unreadable=True),
    Claim("single quotes", lambda _, v: f"{{'sub': '{v}'}}", unreadable=True),
    Claim("trailing words", lambda _, v: f'{{"sub": "{v}"}} OR true', unreadable=True),
    Claim("two documents", lambda a, v: f'{{"sub": "{a}"}}{{"sub": "{v}"}}', unreadable=True),
    Claim("a base64 token", lambda _, v: f"eyJhbGciOiJub25lIn0.{v}.", unreadable=True),
    Claim("a megabyte of garbage", lambda _, v: str(v) + "x" * MEGABYTE, unreadable=True),
    fixed("deeply nested", "[" * 100_000, unreadable=True),
)
SHAPED: Final = (
    fixed("{}", "{}"),
    fixed("[]", "[]"),
    fixed("null", "null"),
    fixed("a number", "5"),
    fixed("true", "true"),
    fixed("sub null", '{"sub": null}'),
    fixed("sub empty", '{"sub": ""}', unreadable=True),
    fixed("sub a number", '{"sub": 1}', unreadable=True),
    fixed("sub a large number", '{"sub": 1e400}', unreadable=True),
    fixed("sub true", '{"sub": true}', unreadable=True),
    fixed("sub {}", '{"sub": {}}', unreadable=True),
    fixed("sub with NUL", '{"sub": "\\u0000"}', unreadable=True),
    about("a string", lambda _, v: v),
    about("an array", lambda _, v: ["sub", v]),
    about("an array of objects", lambda _, v: [{"sub": v}]),
    about("nested", lambda _, v: {"user": {"sub": v}}),
    about("sub nested", lambda _, v: {"sub": {"sub": v}}, unreadable=True),
    about("sub an array", lambda _, v: {"sub": [v]}, unreadable=True),
    about("wrong case", lambda _, v: {"SUB": v, "Sub": v, "sUb": v, "user_id": v, "id": v}),
    about("another role", lambda _, v: {"role": "service_role", "id": v}),
    about("another key", lambda _, v: {"sub ": v, " sub": v, "$.sub": v}),
    about("an escaped key", lambda _, v: {"s\u00fcb": v}),
    about("two ids", lambda a, v: {"sub": f"{a},{v}"}, unreadable=True),
    about("an id and SQL", lambda a, _: {"sub": f"{a}' OR true --"}, unreadable=True),
    Claim("id with NUL", lambda _, v: f'{{"sub": "{v}\\u0000"}}', unreadable=True),
    about("a megabyte for an id", lambda _, v: {"sub": v + "x" * MEGABYTE}, unreadable=True),
    about("own id", lambda a, _: {"sub": a}, owner=True),
    about("own id as service_role", lambda a, _: {"sub": a, "role": "service_role"}, owner=True),
    about("own id in capitals", lambda a, _: {"sub": a.upper()}, owner=True),
    about("own id and a megabyte", lambda a, v: {"x": "x" * MEGABYTE, "sub": a, "also": [v]}, owner=True),
    Claim("own id given last", lambda a, v: f'{{"sub": "{v}", "sub": "{a}"}}', owner=True),
    Claim("null given last", lambda a, v: f'{{"sub": "{a}", "sub": "{v}", "sub": null}}'),
)


def visible(session: Connection, door: Door) -> dict[str, Outcome]:
    """Return what each relation shows, and each function tells of the victim: rows, or the refusal."""
    found = {name: attempt(session, f"SELECT * FROM public.{name}") for name in OWNED}
    found["cohort_members"] = attempt(session, "SELECT user_id FROM pipeline_private.cohort_members")
    for whose, profile in (("own", door.attacker.profile), ("theirs", door.victim.profile)):
        told = attempt(session, f"SELECT FROM ({STATUS}) AS s (told) WHERE told IS NOT NULL", {"id": profile})
        found[f"status {whose}"] = told
    return found


def theirs(session: Connection, door: Door) -> list[str]:
    """Return where a row can be read that is not the attacker's."""
    query = sql.SQL("SELECT FROM {} WHERE {} <> %s")
    return [
        name
        for name, key in OWNED.items()
        if attempt(session, query.format(sql.Identifier("public", name), sql.Identifier(key)), [door.attacker.profile])
        not in (0, *UNREADABLE, "54001")
    ]


@pytest.mark.attack("T21")
def test_no_claim(door: Door) -> None:
    """Nothing is seen, and nothing is told."""
    closed(door, ABSENT)


@pytest.mark.attack("T23")
def test_a_malformed_claim(door: Door) -> None:
    """Every statement is refused by the server: it fails closed."""
    closed(door, MALFORMED)


@pytest.mark.attack("T24")
def test_a_claim_of_another_shape(door: Door) -> None:
    """Without one's own id at its place nothing is seen; with it one's own rows, whatever else is in there."""
    closed(door, SHAPED)


def closed(door: Door, claims: Sequence[Claim]) -> None:
    """Try every read with each claim, a transaction after the other."""
    with connect(door.database.authenticator) as session:
        for claim in claims:
            with claiming(session, claim, door):
                found = visible(session, door)
                assert attempt(session, FLAG) in (refusals(claim) or (1,)), claim.name
                if claim.owner:
                    assert found.pop("status theirs") == 0, claim.name
                    assert all(isinstance(seen, int) and seen > 0 for seen in found.values()), (claim.name, found)
                    assert theirs(session, door) == [], claim.name
                else:
                    assert all(seen in (refusals(claim) or (0,)) for seen in found.values()), (claim.name, found)


@contextmanager
def claiming(session: Connection, claim: Claim, door: Door) -> Iterator[None]:
    """Act in one transaction as the API does for a request with this claim."""
    text = claim.text(door.attacker.user, door.victim.user)
    with session.transaction():
        session.execute("SET LOCAL ROLE authenticated")
        if text is not None:
            session.execute("SELECT set_config('request.jwt.claims', %s, true)", [text])
        yield


#: Writes for the victim that a creator's session has the grants for, under legacy or under both.
WRITES: Final = (
    "UPDATE public.creator_profiles SET creative_role = 'curator' WHERE user_id = %(user)s",
    "INSERT INTO public.creator_profiles (user_id) VALUES (%(staff)s)",
    FORGERIES["a session"],
    FORGERIES["a metric"],
)


@pytest.mark.attack("T21")
@pytest.mark.attack("T23")
@pytest.mark.attack("T24")
def test_writing_with_any_claim(any_door: Door) -> None:
    """For somebody else nothing is written, whatever stands in the claims, where creators write results too."""
    door = any_door
    with door.pipeline.unchanged(), connect(door.database.authenticator) as session:
        for claim in (*ABSENT, *MALFORMED, *SHAPED):
            with claiming(session, claim, door):
                for statement in WRITES:
                    reached = attempt(session, statement, door.victim.names)
                    assert reached in (0, NO_PRIVILEGE, *refusals(claim)), (claim.name, statement)


def refusals(claim: Claim) -> tuple[str, ...]:
    """Return how the server says that it cannot read the claim: what is too deep fails for its stack."""
    return (*UNREADABLE, "54001") if claim.unreadable else ()


@pytest.mark.attack("T21")
@pytest.mark.parametrize("role", [ANON, MONITOR, SERVICE])
def test_claims_that_a_role_has_no_use_for(door: Door, role: str) -> None:
    """A visitor with a creator's claims is a visitor; nor do they widen or narrow what the services' logins reach."""
    with door.pipeline.acting(role, door.victim.user) as session:
        session.execute("SELECT set_config('request.jwt.claims', '{\"role\": \"service_role\"}', true)")
        words = attempt(session, "SELECT cultural_motivation FROM public.creator_profiles")
        with door.pipeline.admin() as admin:
            total = admin.execute("SELECT FROM public.creator_profiles").rowcount
        assert words == (total if role == SERVICE else NO_PRIVILEGE)


@pytest.mark.attack("T18")
def test_forged_claims(door: Door) -> None:
    """Whoever runs SQL in the API's login may say who they are, and only there: no creator has a login.

    That is the platform's design, and the reason why its password stays in the API and the pooler. What a request
    can reach without it stays shut: claims are an id and nothing more, whatever role they name.
    """
    claims = {"sub": str(door.victim.user), "role": CREATOR}
    with door.database.connect(CREATOR, claims) as session:
        assert session.execute("SELECT cultural_motivation FROM public.creator_profiles").fetchall() == [(SECRET,)]
    with door.pipeline.admin() as admin:
        logins = admin.execute(
            "SELECT r.rolname FROM pg_roles AS r WHERE r.rolcanlogin AND NOT r.rolsuper"
            "   AND pg_has_role(r.oid, 'authenticated', 'MEMBER') ORDER BY 1"
        ).fetchall()
    assert logins == [("authenticator",), ("deployer",)]
    for role in (ANON, CREATOR):
        refused = door.database.authenticator.model_copy(update={"user": role})
        with pytest.raises(psycopg.OperationalError, match=r"authentication failed|no such user"), connect(refused):
            pass


@pytest.mark.attack("T18")
def test_a_role_in_the_claims(any_door: Door) -> None:
    """`role` in the claims is for the API: no policy, grant or function of ours weighs it."""
    claims = {"sub": str(any_door.attacker.user), "role": "service_role", "is_admin": True, "aud": "pipeline_owner"}
    with any_door.pipeline.unchanged(), any_door.database.connect(CREATOR, claims) as session:
        assert theirs(session, any_door) == []
        assert attempt(session, FORGERIES["a revenue share"], any_door.attacker.names) == NO_PRIVILEGE
