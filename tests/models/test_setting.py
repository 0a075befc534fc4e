"""Where a setting may hold, and what its id says of that."""

from typing import Any, Final

import pytest
from pydantic import ValidationError

from infra.models.base import faults_of
from infra.models.setting import Scope, Setting
from infra.provider.kinds.setting import SettingKind

PLAIN: Final = {"parameter": "work_mem", "value": "8MB"}
WHERE: Final[list[tuple[dict[str, str], str]]] = [
    ({"scope": "system"}, "system:work_mem"),
    ({"scope": "database", "target": "eden"}, "database:eden:work_mem"),
    ({"scope": "role", "target": "odd:name"}, "role:odd:name:work_mem"),
    ({"scope": "role-in-database", "target": "app", "database": "eden"}, "role-in-database:app:eden:work_mem"),
]


@pytest.mark.parametrize(("where", "identity"), WHERE, ids=lambda value: str(value)[:40])
def test_an_id_says_all_that_finds_it_again(where: dict[str, str], identity: str) -> None:
    setting = Setting.load(PLAIN | where)
    assert setting.identity == identity
    found = SettingKind().stub(identity)
    assert (found.scope, found.target, found.database, found.parameter) == (
        setting.scope,
        setting.target,
        setting.database,
        "work_mem",
    )


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ({"scope": Scope.ROLE_IN_DATABASE, "target": "app"}, "DEF005"),
        ({"scope": Scope.ROLE, "target": "app", "database": "eden"}, "DEF005"),
        ({"scope": Scope.SYSTEM, "database": "eden"}, "DEF005"),
        ({"scope": Scope.ROLE_IN_DATABASE, "target": "a:b", "database": "eden"}, "DEF001"),
    ],
    ids=str,
)
def test_a_place_that_does_not_fit_is_refused(where: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Setting.load(PLAIN | where)
    assert [error.code for error in faults_of(caught.value, "setting", Setting)] == [code]
