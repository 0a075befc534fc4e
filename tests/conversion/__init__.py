"""Tests of the online conversion of a table, plain to divided and back."""
