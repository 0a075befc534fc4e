"""The roles that rules speak of: everybody, whoever the API lets in, and the platform's own."""

from typing import Final

#: The roles of people who come through the API: strangers and those signed in.
API_ROLES: Final = frozenset({"anon", "authenticated"})
#: The application's roles that the platform makes.
APPLICATION_ROLES: Final = API_ROLES | {"service_role", "authenticator"}


def is_public(role: str) -> bool:
    """Whether the name stands for everybody, in whatever spelling."""
    return role.lower() == "public"


def is_exposed(role: str) -> bool:
    """Whether people whom nobody chose act as the role."""
    return is_public(role) or role in API_ROLES
