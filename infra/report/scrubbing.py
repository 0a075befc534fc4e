"""What leaves a database or a log for other eyes, without secrets and without what tells of a person beyond ids."""

import re
from typing import Any, Final

from infra.errors import REDACTED, redact

_EMAIL: Final = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
#: An address of a client, other than this machine's own.
_ADDRESS: Final = re.compile(
    r"(?<![\w.:])(?!127\.)(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:.])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(
    r"(?P<head>(?:bearer|(?:api[_-]?key|apikey|token|secret|authorization)[\"']?\s*[=:])\s*[\"']?)(?!\s)[^\s\"',;&]+",
    re.IGNORECASE,
)
_JWT: Final = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")
#: Who did something is the point of a ledger, and no creator.
_ACTORS: Final = frozenset({"actor", "by", "added_by", "addedBy", "latched_by"})


def scrub(text: str) -> str:
    """Return the text without passwords and tokens, e-mails and clients' addresses."""
    text = _JWT.sub(REDACTED, _TOKEN.sub(rf"\g<head>{REDACTED}", redact(text)))
    return _ADDRESS.sub("[address]", _EMAIL.sub("[e-mail]", text))


def scrub_values(value: Any, key: str = "") -> Any:
    """Return the values of a document with every text scrubbed; who acted keeps their name."""
    if isinstance(value, dict):
        return {name: scrub_values(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub_values(item, key) for item in value]
    if not isinstance(value, str):
        return value
    return redact(value) if key in _ACTORS else scrub(value)
