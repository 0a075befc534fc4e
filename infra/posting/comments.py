"""One comment for each marker: ours is found by its first line and changed in place, nobody else's is touched."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from infra.posting.calling import PAUSES, UnsureError


@dataclass(frozen=True)
class Comment:
    """A comment that stands; `ours` says whether whoever posts now has written it."""

    identity: str
    body: str
    ours: bool


@dataclass(frozen=True)
class Posted:
    """What became of a comment, and where it can be read."""

    created: bool
    place: str


class Conversation(Protocol):
    """The comments of one pull request."""

    def comments(self) -> Iterator[Comment]:
        """Yield every comment that stands, the oldest first."""

    def create(self, body: str) -> str:
        """Add a comment and return where it can be read."""

    def update(self, identity: str, body: str) -> str:
        """Change a comment and return where it can be read."""


def post(conversation: Conversation, marker: str, body: str, wait: Callable[[float], None] = time.sleep) -> Posted:
    """Bring the comment with this first line to the body, or add it.

    Where nobody knows whether a new comment has arrived, it is looked for before it is sent again.

    Raises:
        RolloutError: POST001 when the comments cannot be read or written.
    """
    pauses = iter(PAUSES)
    while True:
        try:
            return _post(conversation, marker, body)
        except UnsureError as error:
            pause = next(pauses, None)
            if pause is None:
                raise error.told from None
            wait(pause)


def _post(conversation: Conversation, marker: str, body: str) -> Posted:
    found = (item for item in conversation.comments() if item.ours and _begins(item.body, marker))
    standing = next(found, None)
    if standing is None:
        return Posted(created=True, place=conversation.create(body))
    return Posted(created=False, place=conversation.update(standing.identity, body))


def _begins(body: str, marker: str) -> bool:
    """Whether the marker is the whole first line: somebody who quotes it has other words before it."""
    return body.partition("\n")[0].rstrip() == marker
