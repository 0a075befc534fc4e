"""A small definition that keeps to every rule, and ways to spoil it."""

from dataclasses import dataclass
from typing import Any, Final

from infra.models.definition import Definition

OWN: Final = "user_id = (SELECT auth.uid())"

#: As it would stand in a file: a table of notes, each its author's, a view, a function, a trigger and their grants.
SOUND: Final[dict[str, Any]] = {
    "roles": [{"name": "notes_owner"}, {"name": "notes_service", "login": True}],
    "tables": [
        {
            "name": "notes",
            "owner": "notes_owner",
            "archiveSchema": "notes_archive",
            "columns": [
                {"name": "id", "type": "uuid", "nullable": False, "default": {"function": "gen_random_uuid()"}},
                {"name": "user_id", "type": "uuid", "nullable": False},
                {"name": "title", "type": "text"},
                {"name": "written_at", "type": "timestamptz", "default": {"function": "now()"}},
            ],
            "primaryKey": ["id"],
            "foreignKeys": [
                {
                    "name": "notes_user_id_fkey",
                    "columns": ["user_id"],
                    "references": "auth.users",
                    "referencedColumns": ["id"],
                }
            ],
        }
    ],
    "functions": [
        {
            "schema": "notes_private",
            "name": "touch",
            "owner": "notes_owner",
            "returns": "trigger",
            "language": "plpgsql",
            "security": "definer",
            "body": "BEGIN NEW.written_at := pg_catalog.now(); RETURN NEW; END",
        }
    ],
    "policies": [
        {"table": "notes", "name": "author_select", "command": "select", "roles": ["authenticated"], "using": OWN},
        {"table": "notes", "name": "author_insert", "command": "insert", "roles": ["authenticated"], "check": OWN},
        {
            "table": "notes",
            "name": "author_update",
            "command": "update",
            "roles": ["authenticated"],
            "using": OWN,
            "check": OWN,
        },
    ],
    "indexes": [
        {"table": "notes", "name": "notes_user_id_idx", "columns": [{"name": "user_id"}, {"name": "written_at"}]}
    ],
    "views": [{"name": "titles", "owner": "notes_owner", "query": "SELECT n.title FROM public.notes AS n"}],
    "triggers": [
        {
            "table": "notes",
            "name": "notes_touch",
            "timing": "before",
            "events": ["update"],
            "function": "notes_private.touch",
        }
    ],
    "grants": [
        {
            "target": "relation",
            "object": "public.notes",
            "entries": [
                {"role": "authenticated", "privilege": "select"},
                {"role": "authenticated", "privilege": "update", "columns": ["title"]},
            ],
        },
        {"target": "function", "object": "notes_private.touch()"},
        {"target": "schema", "object": "notes_private", "entries": [{"role": "notes_owner", "privilege": "create"}]},
    ],
}


def spoil(kind: str, *added: dict[str, Any], place: int = 0, **changes: Any) -> dict[str, Any]:
    """Return the sound properties with one object of a kind changed, and others added to the kind.

    A change to None takes the field out.
    """
    objects = [dict(item) for item in SOUND[kind]]
    objects[place] |= changes
    objects[place] = {key: value for key, value in objects[place].items() if value is not None}
    return {**SOUND, kind: [*objects, *added]}


def sound(**changes: Any) -> Definition:
    """Return the sound definition, or one with other objects of some kinds."""
    return Definition.load({**SOUND, **changes})


def index(*columns: str, name: str = "notes_other_idx", **fields: Any) -> dict[str, Any]:
    """Return the properties of an index on the notes."""
    return {"table": "notes", "name": name, "columns": [{"name": column} for column in columns], **fields}


@dataclass(frozen=True)
class Mistake:
    """Spoiled properties, the beginning of the one error they give, and the properties with the error's fix applied.

    `line` is the line of the matrix of bad input, where it has one.
    """

    rule: str
    spoiled: dict[str, Any]
    said: str
    fixed: dict[str, Any]
    line: int = 0

    @property
    def label(self) -> str:
        line = f"line{self.line}-" if self.line else ""
        return f"{line}{self.rule}-{self.said.split(': ', 1)[1][:40]}"
