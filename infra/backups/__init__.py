"""Backups of the pipeline: taken with pg_dump from one snapshot, and proven by restoring them."""
