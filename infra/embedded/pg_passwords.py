"""The passwords of the embedded server's logins: random, made once, kept for their owner alone."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

from infra.embedded.pg_folder import write_private

BYTES: Final = 24


def _random() -> str:
    return secrets.token_urlsafe(BYTES)


@dataclass(frozen=True)
class Passwords:
    """A password for each login. None of them shows in a repr."""

    admin: str = field(default_factory=_random, repr=False)
    deployer: str = field(default_factory=_random, repr=False)
    authenticator: str = field(default_factory=_random, repr=False)

    @classmethod
    def kept_in(cls, path: Path) -> Self:
        """Return the passwords of the file, which is written with new ones when it is not there."""
        if path.exists():
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        fresh = cls()
        write_private(path, json.dumps(asdict(fresh), indent=2) + "\n")
        return fresh
