"""A view reads columns that the definition's tables have."""

from infra.checks.columns import unknown_columns
from infra.checks.relations import known_relations
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.expressions import parse_query


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each column that a view looks for in vain, such as one that was dropped or renamed."""
    relations = known_relations(definition)
    return [
        RolloutError(
            RULE.code,
            f"{view.identity}.query",
            f"no column {column} in what the view reads ({column})",
            allowed="columns of the tables in its FROM",
            fix="correct the name, or put the column back",
        )
        for view in definition.views
        for column in unknown_columns(parse_query(view.query), {}, relations)
    ]


RULE = Rule("DEF008", "view_columns", Definition, find)
