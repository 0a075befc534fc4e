"""Who may do what, as rules: what one role may do to one relation or function. What no rule allows is refused."""

from enum import StrEnum
from typing import Final

from infra.models.base import AnyName, FullName, Model, Name


class Access(StrEnum):
    """Who writes a creator's results: the service (`service`), or, as today, the creator's own session (`legacy`)."""

    SERVICE = "service"
    LEGACY = "legacy"


class Operation(StrEnum):
    """What can be done to a relation, or to a function."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    TRUNCATE = "truncate"
    REFERENCES = "references"
    TRIGGER = "trigger"
    EXECUTE = "execute"


#: What may be granted, and is proven, column by column.
BY_COLUMN: Final = (Operation.SELECT, Operation.INSERT, Operation.UPDATE)
#: What row security does not cover: whoever is granted one of these reaches past it.
BEYOND_ROWS: Final = (Operation.TRUNCATE, Operation.REFERENCES, Operation.TRIGGER)
ON_TABLES: Final = (*BY_COLUMN, Operation.DELETE, *BEYOND_ROWS)
ON_VIEWS: Final = (*BY_COLUMN, Operation.DELETE)
ON_FUNCTIONS: Final = (Operation.EXECUTE,)


class Rows(StrEnum):
    """Which rows a rule reaches."""

    OWN = "own"
    NEW = "own, without results"
    """What a creator may sign up with: nobody begins with a stage, an alignment or a readiness."""
    EVERY = "every"


class Rule(Model):
    """One thing that is allowed. The grant and the policy that allow it are made of it, and the proof asks for it.

    `on` is ``schema.name`` of a relation or ``schema.name(types)`` of a function; without `columns` it is the whole of
    it. Rules that share a `policy` are decided by that one policy. `at_sign_up` is granted only while the phase lets
    somebody make a profile.
    """

    role: AnyName
    on: str
    operation: Operation
    rows: Rows
    reason: str
    columns: tuple[Name, ...] = ()
    policy: FullName | None = None
    at_sign_up: bool = False


class Answer(StrEnum):
    """What a role meets with: the rows that it reaches, or the refusal by its SQLSTATE."""

    OWN = "own rows"
    EVERY = "every row"
    NONE = "no rows"
    REFUSED = "42501"
    ALLOWED = "allowed"
    """It is no matter of rows: the owner's rights on its own objects."""

    @property
    def reaches(self) -> bool:
        """Whether something is reached."""
        return self not in {Answer.REFUSED, Answer.NONE}


class Cell(Model):
    """One cell of the access table; with a `column`, of that column alone."""

    role: AnyName
    on: str
    operation: Operation
    answer: Answer
    reason: str
    column: str = ""
