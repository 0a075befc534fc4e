"""Definition-time checks: one rule a file, pure."""
