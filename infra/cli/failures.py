"""How a command ends: every failure as one text on stderr and an exit code, never as a traceback."""

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from infra.errors import DEBUG_VARIABLE, RolloutError, RolloutErrors, redact

INTERRUPTED: Final = 130
_CODES: Final = {"CLI001": 2, "CLI002": 2, "CLI004": 2}
NOTHING_MORE: Final[Mapping[str, Any]] = MappingProxyType({})


def guarded(command: Callable[[], Any], *, as_json: bool) -> int:
    """Run a command and return its exit code; errors are written, with `as_json` as a document too."""
    try:
        result = command()
    except RolloutErrors as error:
        return tell(error.errors, as_json=as_json)
    except RolloutError as error:
        return tell([error], as_json=as_json)
    except KeyboardInterrupt:
        _leave()
    except BrokenPipeError:
        # Whoever read us has had enough; Python would complain once more while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - a user never sees a traceback
        return tell([unexpected(error)], as_json=as_json)
    if result == INTERRUPTED:
        _leave()
    return result if isinstance(result, int) else 0


def unexpected(error: Exception) -> RolloutError:
    """Return CLI009 for an error of ours; the traceback goes to the file that ROLLOUT_DEBUG names, if it does."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "rollout"
    problem = f"{type(error).__name__}: {' '.join(str(error).split())}"
    debug = os.environ.get(DEBUG_VARIABLE)
    if debug:
        with Path(debug).open("a", encoding="utf-8") as file:
            file.write(redact("".join(traceback.format_exception(error))))
    fix = f"see {debug}" if debug else f"set {DEBUG_VARIABLE} to a file, run it again, and report what is in there"
    return RolloutError("CLI009", where, problem, fix=fix)


def tell(errors: Sequence[RolloutError], *, as_json: bool, more: Mapping[str, Any] = NOTHING_MORE) -> int:
    """Write the errors, with `as_json` as a document too, with what more there is to say; return the exit code."""
    from infra.cli.output import print_document, show_error  # noqa: PLC0415 - only where something went wrong

    for error in errors:
        show_error(str(error))
    if as_json:
        found = [{"severity": "error", "code": error.code, "text": str(error)} for error in errors]
        print_document({"ok": False, "summary": {}, "steps": [], "diagnostics": found, **more})
    return max((_CODES.get(error.code, 1) for error in errors), default=1)


def _leave() -> None:
    """End at once: threads that wait for a provider would hold an orderly exit up."""
    sys.stderr.write("\nstopped; `rollout preview` shows what is left to do\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)
