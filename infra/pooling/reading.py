"""PgBouncer's files read back: settings, pools and roles as the file has them, and the users with what lets them in."""

import re
from collections.abc import Iterator
from typing import Final

_SECTION: Final = re.compile(r"\[(?P<name>\w+)\]")
_OPTION: Final = re.compile(r"(?P<key>[\w.*-]+)[ \t]*=[ \t]*(?P<value>.*)")
_PAIR: Final = re.compile(r"""(?P<key>[a-z_]+)=(?:'(?P<quoted>(?:[^']|'')*)'|(?P<plain>\S+))""")
_USER: Final = re.compile(r'^"(?P<name>(?:[^"]|"")*)"[ \t]+"(?P<secret>(?:[^"]|"")*)"', re.MULTILINE)

Sections = dict[str, dict[str, str]]


def parse_ini(text: str) -> Sections:
    """Return the options of each section, in the order of the file; the last one of a name counts."""
    sections: Sections = {}
    name = ""
    for line in (line.strip() for line in text.splitlines()):
        if not line or line[0] in "#;":
            continue
        if found := _SECTION.match(line):
            name = found["name"]
            sections.setdefault(name, {})
        elif found := _OPTION.fullmatch(line):
            sections.setdefault(name, {})[found["key"]] = found["value"].strip()
    return sections


def parse_conninfo(text: str) -> dict[str, str]:
    """Return the parameters of a connection string."""
    return {
        found["key"]: found["quoted"].replace("''", "'") if found["quoted"] is not None else found["plain"]
        for found in _PAIR.finditer(text)
    }


def parse_users(text: str) -> dict[str, str]:
    """Return each user's password or verifier."""
    return dict(_users(text))


def _users(text: str) -> Iterator[tuple[str, str]]:
    for found in _USER.finditer(text):
        yield found["name"].replace('""', '"'), found["secret"].replace('""', '"')
