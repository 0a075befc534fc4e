"""Imports pulumi-postgresql once, past the deprecation that it warns of in itself whenever it is imported."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pulumi_postgresql  # noqa: F401
