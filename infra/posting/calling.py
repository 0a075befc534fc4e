"""Asking an API over HTTP: what is busy is asked again, what refuses is told in words, the token never."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self

import httpx

from infra.errors import RolloutError, redact

#: Seconds for each step of a request.
TIMEOUT: Final = 30.0
#: Seconds before each further try, where the API says nothing about it.
PAUSES: Final = (1.0, 2.0, 4.0, 8.0)
#: Seconds that we are told to wait, at most; whoever asks for more gets an error.
_LONGEST_PAUSE: Final = 120.0
_LONGEST_SAID: Final = 300
_FORBIDDEN: Final = 403
_TOO_MANY: Final = 429
_BROKEN: Final = 500
_ELSEWHERE: Final = 300
Params = Mapping[str, str | int]


class UnsureError(Exception):
    """Nobody knows whether what was sent has arrived; `told` is what to say if it goes on like that."""

    def __init__(self, told: RolloutError) -> None:
        self.told = told
        super().__init__(str(told))


@dataclass
class Api:
    """An API at an address, asked with a token in a header of its own.

    `advice` says what to do about an answer, by its status.
    """

    address: str
    headers: Mapping[str, str] = field(repr=False)
    token: str = field(repr=False)
    advice: Mapping[int, str]
    wait: Callable[[float], None] = time.sleep

    def __enter__(self) -> Self:
        self._client = httpx.Client(headers=dict(self.headers), timeout=TIMEOUT, follow_redirects=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(self, path: str, params: Params | None = None) -> httpx.Response:
        """Return a good answer.

        Raises:
            RolloutError: POST001 when there is none.
        """
        return self._good(self._ask("GET", path, params=params or {}), path)

    def look(self, path: str) -> dict[str, Any]:
        """Return what an answer says; nothing where whoever asks may not know.

        Raises:
            RolloutError: POST001 when nobody answers.
        """
        answer = self._ask("GET", path)
        return _mapping(self.content_of(answer)) if answer.status_code < _ELSEWHERE else {}

    def send(self, method: str, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a good answer to the content says.

        Raises:
            RolloutError: POST001 when there is none.
            UnsureError: when a POST may have arrived all the same.
        """
        return _mapping(self.content_of(self._good(self._ask(method, path, json=content), path)))

    def content_of(self, answer: httpx.Response) -> Any:
        """Return the JSON of an answer.

        Raises:
            RolloutError: POST001 when it is none, as from a proxy or a login page.
        """
        try:
            return answer.json()
        except ValueError:
            kind = answer.headers.get("content-type", "no type")
            raise self._error(str(answer.request.url), f"the answer is no JSON ({kind})") from None

    def items_of(self, answer: httpx.Response) -> list[dict[str, Any]]:
        """Return the JSON of an answer that lists something.

        Raises:
            RolloutError: POST001 when it does not.
        """
        content = self.content_of(answer)
        if not isinstance(content, list):
            raise self._error(str(answer.request.url), "the answer is no list of comments")
        return [_mapping(item) for item in content]

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Return the answer, good or not, once the API is not busy any more."""
        pauses = iter(PAUSES)
        while True:
            answer, fault = self._try(method, path, content)
            if answer is not None and not _is_busy(answer):
                return answer
            status = answer.status_code if answer is not None else 0
            if method == "POST" and (answer is None or status >= _BROKEN):
                raise UnsureError(self._error(path, fault, status))
            self._pause(answer, next(pauses, None), self._error(path, fault, status))

    def _pause(self, answer: httpx.Response | None, usual: float | None, told: RolloutError) -> None:
        """Wait for the next try, as long as the answer asks for; raise what is told where there is none."""
        asked = _asked_pause(answer) if answer is not None else None
        if usual is None or (asked or 0) > _LONGEST_PAUSE:
            raise told
        self.wait(usual if asked is None else asked)

    def _try(self, method: str, path: str, content: dict[str, Any]) -> tuple[httpx.Response | None, str]:
        try:
            answer = self._client.request(method, self._url(path), **content)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return None, f"nobody answers ({type(error).__name__}{f': {error}' if str(error) else ''})"
        return answer, self._answered(answer)

    def _good(self, answer: httpx.Response, path: str) -> httpx.Response:
        if answer.status_code >= _ELSEWHERE:
            raise self._error(path, self._answered(answer), answer.status_code)
        return answer

    def _answered(self, answer: httpx.Response) -> str:
        said = redact(_said(answer), self.token)
        return f"the answer is {answer.status_code}{f': {said[:_LONGEST_SAID]}' if said else ''}"

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else f"{self.address}{path}"

    def _error(self, path: str, problem: str, status: int = 0) -> RolloutError:
        fix = self.advice.get(status, "see whether the address is right and the service is up, then run it again")
        return RolloutError("POST001", redact(self._url(path), self.token), redact(problem, self.token), fix=fix)


def _mapping(content: Any) -> dict[str, Any]:
    return content if isinstance(content, dict) else {}


def _is_busy(answer: httpx.Response) -> bool:
    """Whether it is worth asking again. GitHub refuses with 403 whoever has asked too often."""
    limited = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    return (
        answer.status_code >= _BROKEN
        or answer.status_code == _TOO_MANY
        or (answer.status_code == _FORBIDDEN and limited)
    )


def _asked_pause(answer: httpx.Response) -> float | None:
    """Return for how many seconds the answer asks, in any of the ways that there are."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdecimal():
        return float(said)
    now = datetime.now(UTC)
    if said:
        try:
            return max(0.0, (parsedate_to_datetime(said) - now).total_seconds())
        except (ValueError, TypeError):
            return None
    reset = answer.headers.get("x-ratelimit-reset", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(0.0, int(reset) - now.timestamp())
    return None


def _said(answer: httpx.Response) -> str:
    """Return what an answer says of itself."""
    try:
        content = _mapping(answer.json())
    except ValueError:
        return ""
    return str(content.get("message") or content.get("error") or "")
