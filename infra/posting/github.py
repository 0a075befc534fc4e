"""The comments of a pull request on GitHub, or on a server of one's own that speaks its API."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from infra.errors import RolloutError
from infra.posting.calling import Api, UnsureError
from infra.posting.comments import Comment

ADDRESS: Final = "https://api.github.com"
_PAGE: Final = 100
_WRITE: Final = "let the job write comments (permissions: pull-requests: write); a fork's pull request never may"
_ADVICE: Final = {
    401: "give the job's own token in GITHUB_TOKEN; this one is wrong or has expired",
    403: _WRITE,
    404: f"correct GITHUB_REPOSITORY and the number of the pull request, and {_WRITE}",
    410: "the conversation is closed to comments: open it",
    301: "the repository has another name now: write that into GITHUB_REPOSITORY",
}
#: Whoever is asked by the API says who they are; a token of Actions may ask by the second way alone.
_WHO: Final = {"query": "{ viewer { login } }"}


class GitHub:
    """A pull request's conversation."""

    def __init__(self, api: Api, repository: str, number: int) -> None:
        self._api = api
        self._place = f"/repos/{repository}/issues"
        self._number = number

    def comments(self) -> Iterator[Comment]:
        """Yield every comment, the oldest first, page after page."""
        page: int | None = 1
        while page:
            path = f"{self._place}/{self._number}/comments"
            answer = self._api.get(path, {"per_page": _PAGE, "page": page})
            for item in self._api.items_of(answer):
                yield Comment(str(item["id"]), item.get("body") or "", ours=self._is_ours(item.get("user") or {}))
            page = page + 1 if "next" in answer.links else None

    def create(self, body: str) -> str:
        """Add a comment and return its address."""
        made = self._api.send("POST", f"{self._place}/{self._number}/comments", {"body": body})
        return str(made.get("html_url", ""))

    def update(self, identity: str, body: str) -> str:
        """Change a comment and return its address."""
        changed = self._api.send("PATCH", f"{self._place}/comments/{identity}", {"body": body})
        return str(changed.get("html_url", ""))

    def _is_ours(self, author: dict[str, Any]) -> bool:
        """Whether we are the author. Where the API does not say who we are, we are some robot: no person's is ours."""
        if self._login:
            return str(author.get("login", "")).casefold() == self._login.casefold()
        return author.get("type") == "Bot"

    @cached_property
    def _login(self) -> str:
        return str(self._api.look("/user").get("login") or self._viewer())

    def _viewer(self) -> str:
        """Return who we are by the only way that a token of Actions has."""
        try:
            found = self._api.send("POST", f"{self._api.address.removesuffix('/v3')}/graphql", _WHO)
            return str(found["data"]["viewer"]["login"] or "")
        except (RolloutError, UnsureError, KeyError, TypeError):
            return ""


def github_api(address: str, token: str) -> Api:
    """Return GitHub's API at the address."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return Api(address.rstrip("/"), headers, token, _ADVICE)
