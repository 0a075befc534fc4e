"""Tests of the models of database objects."""
