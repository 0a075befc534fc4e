"""Shorter limits for the tests: an hour of patience is for a real build."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from infra.database import ladder
from infra.ddl.statement import LIMITS, Limits, Waits


def limit_patience(monkeypatch: pytest.MonkeyPatch, *, lock: int = 60_000, statement: int = 60_000) -> None:
    """Let a patient step have so many milliseconds."""
    limits: Mapping[Waits, Limits] = {**LIMITS, Waits.PATIENT: Limits((lock, lock), statement)}
    monkeypatch.setattr(ladder, "LIMITS", MappingProxyType(limits))
