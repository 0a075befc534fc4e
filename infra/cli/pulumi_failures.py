"""What Pulumi's CLI refuses, as errors with codes and next steps."""

import contextlib
import re
from collections.abc import Iterator
from typing import Final

from pulumi.automation import CommandError, StackNotFoundError
from pulumi.automation.errors import InvalidVersionError

from infra.errors import RolloutError, redact

LONGEST_REASON: Final = 400
#: What the CLI says when it cannot decrypt: a wrong passphrase, none, or a secrets provider that is gone.
_UNDECIPHERABLE: Final = (
    "incorrect passphrase",
    "passphrase must be set",
    "getting secrets manager",
    "failed to decrypt",
    "constructing secrets manager",
)
_LOCKED: Final = ("the stack is currently locked by", "Another update is currently in progress")
_LOCK: Final = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")


@contextlib.contextmanager
def told(stack: str) -> Iterator[None]:
    """Turn what Pulumi's CLI refuses into one error."""
    try:
        yield
    except StackNotFoundError:
        fix = f"run `pulumi stack init {stack}`, or `pulumi login` to the backend that has it"
        raise RolloutError("CLI003", f"stack {stack}", "Pulumi's backend has no such stack", fix=fix) from None
    except CommandError as error:
        raise named(stack, str(error)) or _general(stack, str(error)) from None
    except InvalidVersionError as error:
        raise RolloutError("CLI003", "pulumi", reason(str(error)), fix="install the version that it names") from None


def named(stack: str, text: str) -> RolloutError | None:
    """Return the error with a code of its own that the CLI's text tells of, if it does."""
    if any(words in text for words in _UNDECIPHERABLE):
        return _undecipherable(stack, text)
    if any(words in text for words in _LOCKED):
        return _locked(stack, text)
    return None


def cancelled_error(stack: str) -> RolloutError:
    """Return the error of a run that was stopped by Ctrl-C or SIGTERM."""
    return RolloutError("CLI005", f"stack {stack}", "the run was cancelled", fix="run the same command again to go on")


def _undecipherable(stack: str, text: str) -> RolloutError:
    wrong = "incorrect passphrase" in text
    problem = "incorrect passphrase: its secrets cannot be decrypted" if wrong else reason(text)
    fix = (
        "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to the one that the stack was made with; if it"
        " is lost, begin with an empty state (`pulumi stack rm --force`, `pulumi stack init`) and set the secrets anew:"
        " `up` adopts what is there"
    )
    return RolloutError("CLI008", f"stack {stack}", problem, fix=fix)


def _locked(stack: str, text: str) -> RolloutError:
    found = _LOCK.search(text)
    who = f": {found['user']}@{found['host']}, process {found['pid']}, since {found['since']}" if found else ""
    fix = "wait until it has ended; if it is dead, `pulumi cancel` removes all locks of the stack"
    return RolloutError("CLI007", f"stack {stack}", f"another run works on its state{who}", fix=fix)


def _general(stack: str, text: str) -> RolloutError:
    return RolloutError("CLI005", f"stack {stack}", reason(text), fix="see what it says")


def reason(text: str) -> str:
    """Return the part of the CLI's output that says what went wrong."""
    lines = [line.strip().removeprefix("stderr: ") for line in text.splitlines()]
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error:")]
    whole = " ".join(said) or " ".join(line for line in lines if line and not line.startswith(("code:", "stdout:")))
    return redact(whole)[:LONGEST_REASON]
