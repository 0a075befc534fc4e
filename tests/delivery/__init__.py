"""Tests of the flags told elsewhere than in the database."""
