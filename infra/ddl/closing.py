"""Whom the platform's default privileges give everything: new objects are closed to them in the same transaction."""

from typing import Final

#: The roles of Supabase's default privileges in schema public.
DEFAULT_GRANTEES: Final = ("anon", "authenticated", "service_role")
