"""The commands that people are told to run."""
