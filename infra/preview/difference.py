"""One thing that somebody may do or may no longer do, as a sentence."""

from dataclasses import dataclass

from infra.pipeline.names import PUBLIC

_EVERYBODY = "PUBLIC"


@dataclass(frozen=True)
class Difference:
    """One thing that somebody may do or may no longer do."""

    sentence: str
    widens: bool


def short(name: str) -> str:
    """Return the name of an object as one speaks of it: what stands in the API's schema goes without it."""
    return name.removeprefix(f"{PUBLIC}.")


def named(role: str) -> str:
    """Return a role's name; for PUBLIC what that is."""
    return "everybody (PUBLIC)" if role == _EVERYBODY else role
