"""Proves the access table against a live database, by behaviour and by catalog, and leaves no trace."""
