"""Measurements: figures that depend on the machine, and are therefore never asserted in a test."""
