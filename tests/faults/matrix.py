"""The lines of the fault matrix by number, and those of which no test can be collected here, with the reason."""

from typing import Final

LINES: Final[dict[str, str]] = {
    "F1": "kill -9 of the engine between two resources and during one",
    "F2": "kill -9 of the engine while the provider builds an index, and the provider survives",
    "F3": "kill -9 of the provider while it builds an index",
    "F4": "the backend of a concurrent build is terminated",
    "F5": "a concurrent unique build meets duplicate rows",
    "F6": "a concurrent build waits for an old snapshot",
    "F7": "the statement timeout ends a concurrent build",
    "F8": "a concurrent drop is interrupted in a rollback",
    "F9": "two concurrent builds on one table",
    "F10": "grants, policies and functions in parallel",
    "F11": "a long reader on the table",
    "F12": "a long writer on the parent of a foreign key",
    "F13": "an autovacuum holds the table",
    "F15": "the acknowledgement of a COMMIT is lost",
    "F16": "a crash between the database's COMMIT and the saving of the state",
    "F19": "the connection is refused at the start",
    "F20": "the connection is lost in the middle",
    "F21": "no connection slot is free",
    "F22": "the server is frozen",
    "F23": "kill -9 of a backend, and an immediate stop of the server",
    "F24": "the disk is full",
    "F27": "two deploys at once",
    "F28": "a deploy through a pooler's transaction port",
    "F29": "changes out of band",
    "F30": "pending operations in the state",
    "F31": "Ctrl-C or SIGTERM once",
    "F32": "a gate's source of measurements is down",
    "F33": "a rollback is interrupted at every step",
    "F34": "a rollback while the application writes",
    "F36": "a wrong password, or a state that cannot be read",
    "F38": "the server's minor version is behind",
}
#: Lines that no test of this suite covers, each with the reason.
ELSEWHERE: Final[dict[str, str]] = {}
