"""Serves what this project uses of pulumi-postgresql in process, so that its plugin is not needed and can take over."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.embedded.engine.provider import (
    Change,
    Changes,
    Checked,
    CheckFailure,
    Diff,
    Existing,
    Made,
    ProviderError,
    Subject,
)
from infra.embedded.engine.stand_in_kinds import KINDS, Kind
from infra.embedded.engine.values import Properties, has_unknown, reveal
from infra.errors import RolloutError
from infra.provider.handler import UNKNOWN

#: Which inputs were filled in by the plugin and not by the program.
DEFAULTS: Final = "__defaults"


class PostgresqlStandIn:
    """One configured provider: one connection, one call at a time, as with `max_connections` 1."""

    def __init__(self) -> None:
        self._config: Properties = {}
        self._session: Session | None = None
        self._lock = threading.Lock()

    def check_config(self, subject: Subject, old: Properties, new: Properties) -> Checked:  # noqa: ARG002 - as declared
        """See `Provider`."""
        return Checked(new)

    def diff_config(self, subject: Subject, old: Existing, new: Properties) -> Diff:  # noqa: ARG002 - as declared
        """See `Provider`: another login or address never replaces what was made."""
        return Diff()

    def configure(self, subject: Subject, inputs: Properties) -> None:  # noqa: ARG002 - as declared
        """See `Provider`. Nothing is connected before it is needed."""
        self._config = reveal(inputs)

    def check(self, subject: Subject, old: Properties, new: Properties) -> Checked:  # noqa: ARG002 - as declared
        """See `Provider`."""
        kind = _kind(subject)
        missing = kind.required - new.keys()
        strange = new.keys() - kind.required - kind.optional - {DEFAULTS}
        failures = [CheckFailure(name, "the property is required") for name in sorted(missing)]
        failures += [CheckFailure(name, "only the real plugin knows this property") for name in sorted(strange)]
        filled = {name: value for name, value in kind.shown_defaults.items() if name not in new}
        return Checked({DEFAULTS: sorted(filled), **new, **filled}, tuple(failures))

    def diff(self, subject: Subject, old: Existing, new: Properties, ignore: tuple[str, ...]) -> Diff:
        """See `Provider`: as the plugin, compare what is there with what is wanted."""
        kind = _kind(subject)
        wanted = kind.defaults | {name: value for name, value in new.items() if name != DEFAULTS}
        before = kind.defaults | old.outputs
        changed = [n for n, value in wanted.items() if n not in ignore and reveal(before.get(n)) != reveal(value)]
        detailed = {name: _change(kind, name, old.outputs) for name in sorted(changed)}
        replaces = tuple(name for name in sorted(changed) if name in kind.replacing)
        return Diff(
            changes=Changes.SOME if changed else Changes.NONE,
            replaces=replaces,
            changed=tuple(sorted(changed)),
            detailed=detailed,
            delete_before_replace=bool(replaces) and kind.named and "name" not in changed,
        )

    def create(self, subject: Subject, inputs: Properties, *, preview: bool) -> Made:
        """See `Provider`."""
        kind, values = _kind(subject), self._values(subject, inputs)
        if preview or has_unknown(values):
            return Made("", {name: value for name, value in values.items() if value is not UNKNOWN})
        with self._transaction(subject) as session:
            kind.create(session, values)
        return self._require(subject, values)

    def read(self, subject: Subject, existing: Existing | None) -> Made | None:
        """See `Provider`."""
        kind = _kind(subject)
        if existing is None:
            parsed = kind.parse(subject.id)
            if parsed is None:
                raise ProviderError(f"{subject.type} with the id {subject.id!r} cannot be imported")
            made = self._look(subject, kind.defaults | parsed)
            return made and Made(made.id, made.outputs, {DEFAULTS: [], **parsed})
        made = self._look(subject, self._values(subject, existing.outputs | _own(existing.inputs)))
        return made and Made(made.id, made.outputs, _read_inputs(existing.inputs, made.outputs))

    def update(
        self,
        subject: Subject,
        old: Existing,
        new: Properties,
        ignore: tuple[str, ...],  # noqa: ARG002 - as declared
        *,
        preview: bool,
    ) -> Made:
        """See `Provider`."""
        values = self._values(subject, new)
        if preview or has_unknown(values):
            return Made(subject.id, old.outputs | values)
        with self._transaction(subject) as session:
            _kind(subject).update(session, reveal(old.outputs), values)
        return self._require(subject, values)

    def delete(self, subject: Subject, existing: Existing) -> None:
        """See `Provider`."""
        with self._transaction(subject) as session:
            _kind(subject).delete(session, reveal(existing.outputs))

    def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, list[CheckFailure]]:  # noqa: ARG002 - as declared
        """Refuse: the project calls none of the plugin's functions."""
        raise ProviderError(f"the stand-in for pulumi-postgresql has no function {token}")

    def cancel(self) -> None:
        """See `Provider`."""
        if self._session is not None:
            self._session.cancel()

    def close(self) -> None:
        """See `Provider`."""
        if self._session is not None:
            self._session.close()

    def _values(self, subject: Subject, inputs: Properties) -> Properties:
        values: Properties = reveal(_kind(subject).defaults | _own(inputs))
        return values

    def _require(self, subject: Subject, values: Properties) -> Made:
        made = self._look(subject, values)
        if made is None:
            raise ProviderError("it is not there although the database has reported no error")
        return made

    def _look(self, subject: Subject, values: Properties) -> Made | None:
        kind = _kind(subject)
        with self._transaction(subject) as session:
            found = kind.read(session, values)
        if found is None:
            return None
        known = {name: value for name, value in values.items() if name in kind.required | kind.optional}
        outputs = known | found
        if "database" in kind.optional:
            outputs |= {"database": self._database}
        identity = kind.identity(outputs, self._database)
        return Made(identity, dict(sorted((outputs | {"id": identity}).items())))

    @property
    def _database(self) -> str:
        name: str = self._config.get("database", "postgres")
        return name

    @contextmanager
    def _transaction(self, subject: Subject) -> Iterator[Session]:
        with self._lock:
            try:
                session = self._connected()
                with session.transaction():
                    yield session
            except (RolloutError, ProviderError):
                raise
            except Exception as error:  # noqa: BLE001 - what psycopg raises; only infra.database may import it
                raise _statement_failed(subject, error) from None

    def _connected(self) -> Session:
        if self._session is None:
            config = self._config
            target = Target(
                host=config.get("host", "localhost"),
                port=int(config.get("port", 5432)),
                name=self._database,
                user=config.get("username", "postgres"),
                password=config.get("password"),
                sslmode=config.get("sslmode", "require"),
            )
            self._session = open_session(target, application_name="rollout pulumi-postgresql")
        return self._session


def _kind(subject: Subject) -> Kind:
    kind = KINDS.get(subject.type)
    if kind is None:
        raise ProviderError(
            str(
                RolloutError(
                    "PRV001",
                    subject.name,
                    f"the embedded engine has no {subject.type}",
                    allowed=", ".join(KINDS),
                    fix="use Pulumi's CLI with the real plugin",
                )
            )
        )
    return kind


def _own(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name != DEFAULTS}


def _change(kind: Kind, name: str, old: Properties) -> Change:
    action = "update" if name in old else "add"
    return Change(f"{action}-replace" if name in kind.replacing else action)


def _read_inputs(known: Properties, outputs: Properties) -> Properties:
    """Return the inputs that would make what is there: those that the program gave, with what they are now."""
    return {
        name: value if name == DEFAULTS or reveal(value) == outputs.get(name) else outputs.get(name, value)
        for name, value in known.items()
    }


def _statement_failed(subject: Subject, error: Exception) -> ProviderError:
    lines: list[Any] = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else type(error).__name__
    state = getattr(error, "sqlstate", None) or "none"
    text = RolloutError(
        "DB003", subject.name, f"{said} [SQLSTATE {state}]", fix="mend the cause and run the same command again"
    )
    return ProviderError(str(text))
