"""Measuring a gate: each criterion's figure, what it amounts to, and whether a phase may be left."""
