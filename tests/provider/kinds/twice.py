"""Making objects twice on a bench, with every statement of every plan read by PostgreSQL's own parser."""

from collections.abc import Callable
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from pglast import parse_sql

from infra.ddl.statement import Plan
from infra.models.base import Model
from tests.provider.kinds.bench import Bench

#: The long round tries as many; the short one a few, and others each time.
MANY: Final = 250
FEW: Final = 12
#: A try costs the server a third of a second: to look for the smallest example that fails would take minutes.
SETTINGS: Final = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Recorded:
    """A bench on which every plan that is run is parsed first, statement by statement."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.plans: list[Plan] = []
        self._change = bench.workspace.change
        bench.workspace.change = self._record  # type: ignore[assignment,method-assign] # looked at on its way

    def _record(self, plan: Plan, *told: Callable[[str], None]) -> None:
        for step in plan:
            for statement in (*step.statements, *step.fallback):
                assert len(parse_sql(statement.text)) == 1, statement.text
        self.plans += [plan] if plan else []
        self._change(plan, *told)

    def made_twice_is_made_once(self, models: list[Model]) -> None:
        """Make them; nothing differs, what is read is what was declared, and making them again does nothing."""
        bench = self.bench
        bench.create(*models)
        assert [bench.drift(model) for model in models] == [[]] * len(models)
        for model in models:
            snapshot = bench.read(model)
            assert snapshot is not None
            assert snapshot.inputs == model.dump()
        start = bench.mark()
        self.plans.clear()
        bench.create(*models)
        assert self.plans == []
        assert bench.logged(start) == []
