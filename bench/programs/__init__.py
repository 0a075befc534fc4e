"""Pulumi programs that are measured."""
