"""SCRAM verifiers: what a server keeps of a password, made and compared without the server."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

ITERATIONS: Final = 4096
_VERIFIER: Final = re.compile(r"SCRAM-SHA-256\$(?P<rounds>\d{1,7}):(?P<salt>[^$:]+)\$(?P<stored>[^:]+):(?P<server>.+)")


def scram_verifier(password: str) -> str:
    """Return what the server stores for an ASCII password: a statement with it gives nothing away in a log."""
    return _made(password, secrets.token_bytes(16), ITERATIONS)


def belongs_to(verifier: str, password: str) -> bool:
    """Tell whether the verifier is of this password."""
    found = _VERIFIER.fullmatch(verifier)
    if found is None:
        return False
    made = _made(password, base64.b64decode(found["salt"]), int(found["rounds"]))
    return hmac.compare_digest(made, verifier)


def _made(password: str, salt: bytes, rounds: int) -> str:
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, rounds)
    client = hashlib.sha256(_keyed(salted, "Client Key")).digest()
    stored, server = _text(client), _text(_keyed(salted, "Server Key"))
    return f"SCRAM-SHA-256${rounds}:{_text(salt)}${stored}:{server}"


def _keyed(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
