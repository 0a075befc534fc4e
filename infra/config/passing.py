"""What Pulumi makes of a value of a stack file on its way to the program: a text, which is read as JSON.

`pulumi config set phase 2` writes `phase: "2"`, and `protect: "false"` beside it: both mean what they say unquoted.
"""

import json
from typing import Any, Final

#: These are texts whatever they look like; the others arrive as the JSON of what the stack file says.
TEXTS: Final = frozenset({"access", "databasePassword", "consolePassword", "lookupPassword"})


def read_text(key: str, text: str) -> Any:
    """Return what a text means as the value of a key, given by its short name.

    A text that is no JSON stays one, and so do NaN and the infinities.
    """
    if key in TEXTS:
        return text
    try:
        return json.loads(text, parse_constant=str)
    except ValueError:
        return text


def as_passed(key: str, value: Any) -> Any:
    """Return a value of a stack file as the program is given it."""
    return read_text(key, value) if isinstance(value, str) else value
