"""The database layer against real servers."""
