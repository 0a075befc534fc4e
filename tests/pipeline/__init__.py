"""Tests of the pipeline's definition."""
