"""Many databases."""
