"""Tests of the SQL that the definition gives."""
