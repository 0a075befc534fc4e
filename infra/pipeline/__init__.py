"""The creator pipeline as data: tables, access, functions, indexes. No logic."""
