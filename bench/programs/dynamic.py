"""A program of Pulumi's that runs SQL with a dynamic provider: a resource a step, one after the other."""

import json
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Step(ResourceProvider):
    """Runs the statements of one step when it is created."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Run them, in one transaction where they may be."""
        import psycopg  # noqa: PLC0415 - the provider runs in a process of its own

        with psycopg.connect(autocommit=True) as connection:
            for statement in props["statements"]:
                connection.execute(statement)
        return CreateResult(id_=props["name"], outs=props)


class Sql(Resource):
    """The statements of one step."""


before: list[Resource] = []
for number, (transactional, statements) in enumerate(json.loads(Path("steps.json").read_text(encoding="utf-8"))):
    wrapped = ["BEGIN", *statements, "COMMIT"] if transactional else statements
    inputs = {"name": f"step-{number}", "statements": wrapped}
    before = [Sql(Step(), f"step-{number}", inputs, pulumi.ResourceOptions(depends_on=before))]
