"""Reading a plan: every statement of it must be one that PostgreSQL's own parser takes."""

from pglast import parse_sql

from infra.ddl.statement import Lock, Plan


def texts(plan: Plan) -> list[str]:
    """Return the statements of the plan, fallbacks apart, on one line each, every one parsed."""
    for step in plan:
        left = (step.remains.drop,) if step.remains else ()
        for statement in (*step.statements, *step.fallback, *left):
            assert len(parse_sql(statement.text)) == 1, statement.text
            assert not statement.text.rstrip().endswith(";")
        assert step.subject
        assert step.summary
        assert step.statements
    return [" ".join(statement.text.split()) for step in plan for statement in step.statements]


def fallbacks(plan: Plan) -> list[str]:
    """Return the statements of the plan's fallbacks."""
    texts(plan)
    return [" ".join(statement.text.split()) for step in plan for statement in step.fallback]


def remains(plan: Plan) -> dict[str, str]:
    """Return what interrupted steps leave behind, each with the statement that takes it away."""
    texts(plan)
    found = [step.remains for step in plan if step.remains is not None]
    return {left.index: " ".join(left.drop.text.split()) for left in found}


def locks(plan: Plan) -> set[tuple[Lock, str]]:
    """Return every lock that the plan says it takes."""
    return {lock for step in plan for statement in step.statements for lock in statement.locks}
