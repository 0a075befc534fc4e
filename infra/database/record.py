"""The record of what was applied: per object, a hash of each text of its definition beside the server's spelling."""

from psycopg.types.json import Jsonb

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.models.spelling import Applied, Spelling

Texts = dict[str, Applied]
_Key = tuple[str, str]
#: No text has this path: what was declared as a whole, and whether we made the object or found it.
_WHOLE = ""


class Record:
    """The private table of applied objects, read once. Before the first deploy it is absent, and nothing is known."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[_Key, Texts] | None = None
        self._declared: dict[_Key, Applied] = {}
        self._present = False

    def spelling(self, kind: str, identity: str) -> Spelling:
        """Return what is known of an object's texts; nothing when they were applied to another major version."""
        return Spelling(self._read().get((kind, identity), {}))

    def declared(self, kind: str, identity: str) -> Applied | None:
        """Return what was declared of an object when it was carried out last, whatever the server's version was then.

        Its `source` is the hash of the declaration, its `server` how the object came to be: see `declare`.
        """
        self._read()
        return self._declared.get((kind, identity))

    def declare(self, kind: str, identity: str, declaration: Applied) -> None:
        """Remember what is declared of an object that was just carried out."""
        if self.declared(kind, identity) != declaration:
            self._declared[kind, identity] = declaration
            self.save(kind, identity, dict(self.spelling(kind, identity).applied))

    def save(self, kind: str, identity: str, texts: Texts) -> None:
        """Remember the texts of an object that was just applied."""
        self.prepare()
        known = self._read()
        whole = self._declared.get((kind, identity))
        kept = texts if whole is None else {**texts, _WHOLE: whole}
        values = Jsonb({path: [applied.source, applied.server] for path, applied in kept.items()})
        parameters = {"kind": kind, "identity": identity, "server_major": self._major, "texts": values}
        self._session.execute(catalog_query("applied_save.sql"), parameters)
        known[kind, identity] = texts

    def forget(self, kind: str, identity: str) -> None:
        """Forget an object that was deleted."""
        if self._is_present():
            self._session.execute(catalog_query("applied_forget.sql"), {"kind": kind, "identity": identity})
            self._read().pop((kind, identity), None)
            self._declared.pop((kind, identity), None)

    def prepare(self) -> None:
        """Make the table if it is not there."""
        if not self._is_present():
            with self._session.transaction():
                self._session.execute(catalog_query("applied_create.sql"))
            self._present = True

    def reread(self) -> None:
        """Read the table again when it is asked next: somebody else may have written to it."""
        self._known = None

    def _read(self) -> dict[_Key, Texts]:
        if self._known is None:
            self._known, self._declared = {}, {}
            rows = self._session.query(catalog_query("applied_load.sql")) if self._is_present() else []
            for row in rows:
                texts = {path: Applied(*pair) for path, pair in row["texts"].items()}
                key = (row["kind"], row["identity"])
                if (whole := texts.pop(_WHOLE, None)) is not None:
                    self._declared[key] = whole
                if row["server_major"] == self._major:
                    self._known[key] = texts
        return self._known

    def _is_present(self) -> bool:
        if not self._present:
            row = self._session.one(catalog_query("applied_exists.sql"))
            self._present = bool(row and row["present"])
        return self._present

    @property
    def _major(self) -> int:
        return self._session.version // 10000
