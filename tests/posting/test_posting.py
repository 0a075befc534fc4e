"""One comment for each marker, changed in place; what is busy is asked again, a refusal is told without the token."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

import pytest

from infra.errors import RolloutError
from infra.posting.calling import PAUSES, Api
from infra.posting.comments import Conversation, Posted, post
from infra.posting.github import GitHub, github_api
from infra.posting.gitlab import GitLab, gitlab_api
from tests.posting.forges import BOT, NUMBER, PERSON, TOKEN, Fault, Forge, forge

MARKER: Final = "<!-- rollout: creative-pipeline/staging -->"
OTHER: Final = "<!-- rollout: creative-pipeline/prod -->"
Open = Callable[[Api], Conversation]
KINDS: Final[dict[str, tuple[Callable[[Forge], Api], Open]]] = {
    "github": (lambda kept: github_api(kept.address, TOKEN), lambda api: GitHub(api, "o/r", NUMBER)),
    "gitlab": (lambda kept: gitlab_api(f"{kept.address}/api/v4", TOKEN), lambda api: GitLab(api, "o/r", NUMBER)),
}


class Poster:
    """Posts on a server, and keeps for how long it would have waited."""

    def __init__(self, kept: Forge, kind: str) -> None:
        self.kept, self.kind = kept, kind
        self.waits: list[float] = []
        self.api = replace(KINDS[kind][0](kept), wait=self.waits.append)

    def post(self, words: str, marker: str = MARKER) -> Posted:
        """Post a comment, its marker in front."""
        return post(KINDS[self.kind][1](self.api), marker, f"{marker}\n{words}\n", self.waits.append)

    def refused(self) -> str:
        """Return what is said of a comment that cannot be posted; never the token."""
        with pytest.raises(RolloutError) as caught:
            self.post("first")
        assert caught.value.code == "POST001"
        assert TOKEN not in repr(caught.value) + str(caught.value)
        return str(caught.value)


@contextmanager
def posting(kept: Forge, kind: str) -> Iterator[Poster]:
    """Yield whoever posts there."""
    made = Poster(kept, kind)
    with made.api:
        yield made


@pytest.fixture
def kept() -> Iterator[Forge]:
    with forge() as running:
        yield running


@pytest.fixture(params=KINDS)
def poster(request: pytest.FixtureRequest, kept: Forge) -> Iterator[Poster]:
    """On each of the two forges."""
    with posting(kept, request.param) as made:
        yield made


@pytest.fixture
def hub(kept: Forge) -> Iterator[Poster]:
    """On GitHub alone."""
    with posting(kept, "github") as made:
        yield made


def test_posted_twice_it_is_one_comment(poster: Poster) -> None:
    assert poster.post("first").created
    assert not poster.post("second").created
    assert poster.kept.bodies(MARKER) == [f"{MARKER}\nsecond\n"]


def test_each_stack_has_its_own(poster: Poster) -> None:
    poster.post("staging")
    poster.post("prod", OTHER)
    poster.post("staging again")
    assert [item["body"] for item in poster.kept.comments] == [f"{MARKER}\nstaging again\n", f"{OTHER}\nprod\n"]


def test_it_is_found_among_a_thousand(poster: Poster) -> None:
    """The pages are counted by us: the address that the server names for the next one is not followed."""
    for number in range(1000):
        poster.kept.add(f"comment {number}", PERSON)
    poster.post("first")
    poster.post("second")
    assert poster.kept.bodies(MARKER) == [f"{MARKER}\nsecond\n"]
    assert len(poster.kept.comments) == 1001
    assert sum(" /repos" in line or "/notes?" in line for line in poster.kept.asked if line.startswith("GET")) == 21


@pytest.mark.parametrize(
    "body",
    [f"{MARKER}\nmine", f"> {MARKER}\n\nWhat does this mean?", f"Look:\n{MARKER}\n", f"{MARKER} and more"],
    ids=["the same first line", "quoted", "in the middle", "more on the line"],
)
def test_a_persons_comment_is_left_alone(poster: Poster, body: str) -> None:
    poster.kept.add(body, PERSON)
    poster.post("first")
    assert poster.kept.comments[0]["body"] == body
    assert len(poster.kept.comments) == 2


def test_ours_is_not_mistaken_for_a_quotation(poster: Poster) -> None:
    """A comment of our own that has the marker further below is another one; a browser ends lines with CR LF."""
    others = [f"Done.\n{MARKER}\n", f"{MARKER} and more"]
    for body in others:
        poster.kept.add(body, poster.kept.us)
    poster.kept.add(f"{MARKER}\r\nold\r\n", poster.kept.us)
    assert not poster.post("first").created
    assert [item["body"] for item in poster.kept.comments] == [*others, f"{MARKER}\nfirst\n"]


@pytest.mark.parametrize(("user", "viewer"), [(True, False), (False, True), (False, False)])
def test_who_we_are(hub: Poster, *, user: bool, viewer: bool) -> None:
    """A token of Actions may not ask GET /user; one that may ask nothing takes robots' comments for its own."""
    hub.kept.says_user, hub.kept.says_viewer = user, viewer
    hub.kept.add(f"{MARKER}\nby a person", PERSON)
    hub.post("first")
    hub.post("second")
    assert hub.kept.bodies(MARKER) == [f"{MARKER}\nby a person", f"{MARKER}\nsecond\n"]


def test_another_robots_comment_is_left_alone(hub: Poster) -> None:
    hub.kept.add(f"{MARKER}\ntheirs", {**BOT, "login": "other[bot]"})
    assert hub.post("first").created


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "the answer is 401"), (403, "permissions: pull-requests: write"), (404, "correct GITHUB_REPOSITORY")],
)
def test_a_refusal_says_what_to_do(hub: Poster, status: int, words: str) -> None:
    hub.kept.faults.append(Fault("GET", status, body=f'{{"message": "no, {TOKEN}"}}', times=9))
    assert words in hub.refused()
    assert hub.waits == []


def test_gitlab_says_which_token_it_takes(kept: Forge) -> None:
    kept.faults.append(Fault("POST", 403))
    with posting(kept, "gitlab") as lab:
        assert "scope `api`" in lab.refused()


def test_what_is_busy_is_asked_again(poster: Poster) -> None:
    poster.kept.faults += [Fault("GET", 502), Fault("GET", 429, {"retry-after": "3"})]
    poster.post("first")
    assert poster.waits == [PAUSES[0], 3.0]


def test_it_gives_up_in_the_end(poster: Poster) -> None:
    poster.kept.faults.append(Fault("GET", 500, body="<html>down</html>", times=99))
    assert "the answer is 500" in poster.refused()
    assert poster.waits == list(PAUSES)


def test_too_often(hub: Poster) -> None:
    """GitHub refuses with 403 and says from when on it answers again, in one of three ways."""
    soon = datetime.now(UTC) + timedelta(seconds=20)
    for headers in (
        {"retry-after": format_datetime(soon, usegmt=True)},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(soon.timestamp()))},
        {"retry-after": "20"},
    ):
        hub.kept.faults.append(Fault("PATCH", 403, headers))
        hub.post("again")
    hub.post("again")
    assert len(hub.waits) == 3
    assert all(0 <= seconds <= 20 for seconds in hub.waits)


def test_who_asks_for_an_hour_is_not_waited_for(hub: Poster) -> None:
    hub.kept.faults.append(Fault("GET", 429, {"retry-after": "3600"}))
    assert "429" in hub.refused()
    assert hub.waits == []


def test_an_answer_that_gets_lost(poster: Poster) -> None:
    """The comment arrived, and we were told that it had not: it is looked for, and not sent again."""
    poster.kept.faults.append(Fault("POST", 502, done=True))
    assert not poster.post("first").created
    assert poster.kept.bodies(MARKER) == [f"{MARKER}\nfirst\n"]


def test_a_comment_that_never_arrives(poster: Poster) -> None:
    poster.kept.faults.append(Fault("POST", 503, times=99))
    assert "the answer is 503" in poster.refused()
    assert poster.kept.comments == []


def test_nobody_answers() -> None:
    with posting(Forge(address="http://127.0.0.1:1"), "github") as nobody:
        assert "nobody answers (ConnectError" in nobody.refused()
        assert nobody.waits == list(PAUSES)


def test_a_login_page_is_no_answer(poster: Poster) -> None:
    poster.kept.faults.append(Fault("GET", 200, {"content-type": "text/html"}, body="<html>log in</html>", times=9))
    assert "the answer is no JSON (text/html)" in poster.refused()


def test_something_else_than_comments(poster: Poster) -> None:
    poster.kept.faults.append(Fault("GET", 200, body='{"items": []}', times=9))
    assert "the answer is no list of comments" in poster.refused()
