"""The record of what was applied: per object, a hash of each text of its definition beside the server's spelling."""

from psycopg.types.json import Jsonb

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.models.spelling import Applied, Spelling


class Record:
    """The private table of applied objects. Before the first deploy it is absent, and nothing is known."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._present = False

    def spelling(self, kind: str, identity: str) -> Spelling:
        """Return what is known of an object's texts; nothing when they were applied to another major version."""
        if not self._is_present():
            return Spelling()
        row = self._session.one(catalog_query("applied_load.sql"), {"kind": kind, "identity": identity})
        if row is None or row["server_major"] != self._major:
            return Spelling()
        return Spelling({path: Applied(*pair) for path, pair in row["texts"].items()})

    def save(self, kind: str, identity: str, texts: dict[str, Applied]) -> None:
        """Remember the texts of an object that was just applied."""
        self.prepare()
        values = Jsonb({path: [applied.source, applied.server] for path, applied in texts.items()})
        parameters = {"kind": kind, "identity": identity, "server_major": self._major, "texts": values}
        self._session.execute(catalog_query("applied_save.sql"), parameters)

    def forget(self, kind: str, identity: str) -> None:
        """Forget an object that was deleted."""
        if self._is_present():
            self._session.execute(catalog_query("applied_forget.sql"), {"kind": kind, "identity": identity})

    def prepare(self) -> None:
        """Make the table if it is not there."""
        if not self._is_present():
            with self._session.transaction():
                self._session.execute(catalog_query("applied_create.sql"))
            self._present = True

    def _is_present(self) -> bool:
        if not self._present:
            row = self._session.one(catalog_query("applied_exists.sql"))
            self._present = bool(row and row["present"])
        return self._present

    @property
    def _major(self) -> int:
        return self._session.version // 10000
