"""A PostgreSQL and an engine for a machine that has neither."""
