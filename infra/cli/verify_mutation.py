"""Breaks a throw-away copy of a stack's database, one thing after the other."""

import tempfile
from pathlib import Path
from typing import Final

from infra.backups.programs import run_program
from infra.cli.output import Output
from infra.cli.stack_settings import read_settings
from infra.cli.stacks import find_stack
from infra.database.session import open_session
from infra.database.target import Target
from infra.ddl.deploy import deploy_script
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.scratch import scratch_server
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.verify.mutants import mutants
from infra.verify.mutation import Caught, Mutation, mutate

_NAME: Final = "rollout verify"
_TOLD_EVERY: Final = 100
#: A copy beyond the first phase is overridden into it: nobody lives there.
_OVERRIDE: Final = ("by=rollout verify", "why=a copy to break", "until=2999-01-01")


def run_mutation(name: str, output: Output) -> Mutation:
    """Deploy the stack's definition to a throw-away server, break it piece by piece, and prove it each time.

    Raises:
        RolloutError: EMB001 without a throw-away server, VER003 when the copy is not sound to begin with.
        RolloutErrors: with every fault of the stack's file.
    """
    settings = read_settings(find_stack(name))
    with scratch_server() as scratch:
        login = scratch.deployer
        definition = define(
            rollout(settings.phase), access=settings.writers, deployer=login.user, metrics=settings.metrics
        )
        _deploy(definition, login)
        found = mutants(definition)
        output.note(f"{len(found)} mutants of phase {settings.phase}, one after the other")
        with open_session(scratch.admin, application_name=_NAME) as administrator:
            teller = _Teller(output, len(found))
            return mutate(administrator, definition, settings.writers, found, deployer=login.user, tell=teller.tell)


class _Teller:
    """Says every now and then how far it is, and at once what was not noticed."""

    def __init__(self, output: Output, total: int) -> None:
        self._output = output
        self._total = total
        self._seen = 0

    def tell(self, caught: Caught) -> None:
        self._seen += 1
        if not caught.is_caught:
            self._output.note(f"not noticed: {caught.mutant.name}")
        if self._seen % _TOLD_EVERY == 0:
            self._output.note(f"{self._seen} of {self._total}")


def _deploy(definition: Definition, target: Target) -> None:
    with tempfile.TemporaryDirectory(prefix="rollout-verify-") as folder:
        script = Path(folder, "deploy.sql")
        script.write_text(deploy_script(definition), encoding="utf-8")
        variables = [f"--set={setting}" for setting in ("ON_ERROR_STOP=1", *_OVERRIDE)]
        options = ["--no-psqlrc", "--quiet", "--no-password", *variables, f"--file={script}"]
        ended = run_program(wheel_binaries() / "psql", options, target)
    if ended.code != 0:
        raise RolloutError("VER003", "verify", f"the copy cannot be made: {ended.reason}")
