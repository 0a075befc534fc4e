"""The comment on a pull request: what it says of real plans, how it stays within its limits, what it never says."""
