"""Tests of the rules that a definition keeps to."""
