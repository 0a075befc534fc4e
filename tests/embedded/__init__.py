"""Tests of infra/embedded."""
