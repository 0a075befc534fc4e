"""The notes of a merge request on GitLab."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final
from urllib.parse import quote

from infra.posting.calling import Api
from infra.posting.comments import Comment

_PAGE: Final = 100
_ADVICE: Final = {
    401: "give a token with the scope `api` in GITLAB_TOKEN: the job's own may not write notes",
    403: "give a token with the scope `api`, of somebody who may comment (Reporter or more)",
    404: "correct CI_PROJECT_ID and the number of the merge request, and give a token that sees them",
}


class GitLab:
    """A merge request's conversation."""

    def __init__(self, api: Api, project: str, number: int) -> None:
        self._api = api
        self._place = f"/projects/{quote(project, safe='')}/merge_requests/{number}/notes"

    def comments(self) -> Iterator[Comment]:
        """Yield every note that a person or a program wrote, the oldest first, page after page."""
        page: int | None = 1
        while page:
            order = {"sort": "asc", "order_by": "created_at"}
            answer = self._api.get(self._place, {"per_page": _PAGE, "page": page, **order})
            for item in self._api.items_of(answer):
                if not item.get("system"):
                    ours = (item.get("author") or {}).get("id") == self._user
                    yield Comment(str(item["id"]), item.get("body") or "", ours=ours)
            page = page + 1 if "next" in answer.links else None

    def create(self, body: str) -> str:
        """Add a note and return its number."""
        return f"note {self._api.send('POST', self._place, {'body': body}).get('id', '')}"

    def update(self, identity: str, body: str) -> str:
        """Change a note and return its number."""
        self._api.send("PUT", f"{self._place}/{identity}", {"body": body})
        return f"note {identity}"

    @cached_property
    def _user(self) -> object:
        return self._api.content_of(self._api.get("/user")).get("id")


def gitlab_api(address: str, token: str) -> Api:
    """Return GitLab's API at the address, which ends in /api/v4."""
    return Api(address.rstrip("/"), {"PRIVATE-TOKEN": token}, token, _ADVICE)
