"""The handler of PgBouncer's files."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from infra.database.lookup import check_lookup
from infra.ddl.statement import Hazard
from infra.delivery.files import project_folder
from infra.errors import RolloutError, RolloutErrors
from infra.models.pgbouncer import PgBouncer
from infra.pooling.applying import apply_config, foreseen_restart, take_away
from infra.pooling.files import Folder
from infra.pooling.found import find_properties
from infra.pooling.names import INI
from infra.pooling.versions import installed_version, lacking, spell
from infra.provider.handler import Call, Problem, Properties, Snapshot
from infra.provider.kinds.delivery import Delivery, Say
from infra.provider.kinds.differences import holds_unknown


class PgBouncerKind(Delivery[PgBouncer]):
    """The three files of a PgBouncer: written, and taken by the one that runs; or the old ones hold."""

    model = PgBouncer
    module = "pgbouncer"
    replaces = frozenset({"folder"})
    secrets = frozenset({"lookupPassword", "consolePassword", "verifiers"})
    outputs = {  # noqa: RUF012 - as in its base
        "pendingRestart": {"type": "string", "description": "The settings that hold once PgBouncer is restarted."}
    }

    @property
    def name(self) -> str:
        """The kind."""
        return "Config"

    def identity(self, wanted: PgBouncer) -> str:
        """Return the folder."""
        return wanted.folder

    def stub(self, identity: str) -> PgBouncer:
        """Return a configuration of that folder, for the version that is installed here."""
        version = spell(installed_version() or (1, 18, 0))
        return PgBouncer.model_construct(folder=identity, version=version, databases=(), console_password="")

    def check(self, inputs: Properties) -> list[Problem]:
        """Return every problem, and what the version lacks."""
        problems = super().check(inputs)
        if holds_unknown(inputs):  # what does not go together may go together yet
            return [problem for problem in problems if problem.path]
        if problems:
            return problems
        return [Problem(fault.path.partition(".")[0], fault) for fault in lacking(self._load(inputs))]

    def look(self, wanted: PgBouncer) -> Properties | None:
        """Return what the files say."""
        found = find_properties(wanted, _folder(wanted), _place(wanted))
        if found is None:
            return None
        known = PgBouncer.model_fields
        defaults: dict[str, Any] = {
            field.alias or name: field.default for name, field in known.items() if not field.is_required()
        }
        return {key: value for key, value in found.items() if value not in (defaults.get(key), [], {})}

    def foresee(self, wanted: PgBouncer) -> None:
        """Say that somebody else's files are kept, not lost."""
        folder = _folder(wanted)
        if folder.read()[INI] is not None and not folder.is_ours():
            problem = "files stand there that the rollout has not written: they are kept beside ours"
            raise RolloutError("PGB004", wanted.folder, problem, fix="nothing; a deletion puts them back")

    def _foresee(self, call: Call, wanted: PgBouncer, *, creating: bool) -> None:
        """Say what stands there or in the way, and what a reload will not bring."""
        super()._foresee(call, wanted, creating=creating)
        with suppress(RolloutError, RolloutErrors):  # what cannot be rendered or read is told of already
            waiting = list(foreseen_restart(wanted, _folder(wanted), place=_place(wanted)))
            if waiting:
                words = f"a reload does not bring {', '.join(waiting)}: PgBouncer has to be restarted"
                call.log("warning", f"[{Hazard.POOLER_RESTART}] {words}, which cuts off every client")

    def create(self, call: Call, inputs: Properties) -> Snapshot:
        """Write the files once the database lets PgBouncer look logins up."""
        self._check_lookup(call, inputs)
        return super().create(call, inputs)

    def update(self, call: Call, identity: str, old: Properties, new: Properties) -> Snapshot:
        """Write what differs, once the database lets PgBouncer look logins up."""
        self._check_lookup(call, new)
        return super().update(call, identity, old, new)

    def write(self, wanted: PgBouncer, former: PgBouncer | None, say: Say) -> Properties:
        """Write the files, and reload the PgBouncer that runs."""
        password = former.console_password if former else None
        pending = apply_config(wanted, _folder(wanted), say, place=_place(wanted), former_password=password)
        return {"pendingRestart": ", ".join(pending)}

    def remove(self, wanted: PgBouncer, say: Say) -> None:
        """Take the files away, and put back what stood there before."""
        take_away(wanted, _folder(wanted), say)

    def _check_lookup(self, call: Call, inputs: Properties) -> None:
        if self.identify(inputs) is None:
            return
        wanted = self._load(inputs)
        if wanted.lookup_role is None:
            return
        try:
            check_lookup(call.database().session, wanted.lookup_role)
        except RolloutError as error:
            if not call.preview:
                raise
            call.log("warning", str(error))


def _folder(config: PgBouncer) -> Folder:
    return Folder(project_folder() / config.folder, config.group)


def _place(config: PgBouncer) -> str:
    return config.home.rstrip("/") if config.home else str(Path(project_folder() / config.folder).resolve())
