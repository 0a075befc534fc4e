"""What goes wrong with AWS as named errors: the call and AWS's code for it, and never a secret."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from infra.errors import RolloutError

if TYPE_CHECKING:  # loaded by the first client, not by everything that could need one
    from botocore.exceptions import BotoCoreError, ClientError

#: The message to these quotes the request as it was signed, with the session's token in it.
_TALKATIVE: Final = re.compile("signature|token", re.IGNORECASE)
#: Ids of access keys: no secret by themselves, and nobody's business.
_KEY_ID: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
_LONGEST_MESSAGE: Final = 300
_REFUSED: Final = re.compile("AccessDenied|UnauthorizedOperation|NotAuthorized")
_LOGIN: Final = re.compile("Token|Signature|Credential|InvalidClientTokenId|UnrecognizedClient|AuthFailure")
_BUSY: Final = re.compile("Throttl|TooMany|RequestLimit|SlowDown")
_CREDENTIALS: Final = "give credentials as AWS's own tools take them: a profile, the environment, or a role"


@contextmanager
def aws_errors(path: str) -> Iterator[None]:
    """Turn whatever boto3 raises into AWS001 for this path; our own errors pass.

    Raises:
        RolloutError: AWS001 with the call's name and AWS's code.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above

    try:
        yield
    except ClientError as error:
        raise _refusal(path, error) from None
    except BotoCoreError as error:
        raise _unreachable(path, error) from None


def code_of(error: "ClientError") -> str:
    """Return AWS's code for what went wrong, such as ``ResourceNotFoundException``."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def _refusal(path: str, error: "ClientError") -> RolloutError:
    code = code_of(error)
    said = "" if _TALKATIVE.search(code) else _shorten(str(error.response.get("Error", {}).get("Message") or ""))
    problem = f"{error.operation_name} was refused with {code}" + (f": {said}" if said else "")
    return RolloutError("AWS001", path, problem, fix=_fix(code, error.operation_name))


def _fix(code: str, operation: str) -> str:
    if _REFUSED.search(code):
        return f"allow whoever deploys the action {operation}"
    if _LOGIN.search(code):
        return f"log in again; {_CREDENTIALS}"
    if _BUSY.search(code):
        return "try again in a minute"
    return "see what AWS says, mend it, and run the same command again"


def _unreachable(path: str, error: "BotoCoreError") -> RolloutError:
    kind = type(error).__name__
    if "Credential" in kind or "Profile" in kind or "Token" in kind:
        return RolloutError("AWS001", path, f"there are no credentials that work ({kind})", fix=_CREDENTIALS)
    problem = f"AWS cannot be asked ({kind}: {_shorten(str(error))})"
    return RolloutError("AWS001", path, problem, fix="check the network, and `aws.region` and `aws.endpoint`")


def _shorten(text: str) -> str:
    line = _KEY_ID.sub("[key]", " ".join(text.split()))
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"
