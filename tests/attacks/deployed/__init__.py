"""Attacks on deployed pipelines that all of these tests share: none of them may change anything that stays."""
