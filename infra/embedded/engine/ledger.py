"""The state in memory: resources by key, each change journalled, and the deployment that comes of them."""

import hashlib
import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from infra.embedded.engine.journal import Journal
from infra.embedded.engine.records import Record, now, provider_urn
from infra.embedded.engine.store import DEPLOYMENT_VERSION


class Ledger:
    """What the stack holds now. Without a journal, as in a preview, nothing outlives the run. Safe for threads."""

    def __init__(self, records: Mapping[int, Record], journal: Journal | None = None) -> None:
        self._records = dict(records)
        self._journal = journal
        self._lock = threading.RLock()
        self._keys = itertools.count(max(self._records, default=-1) + 1)
        self._operations = itertools.count()
        self.changed = False

    def items(self) -> list[tuple[int, Record]]:
        """Return the resources with their keys, in the order in which they came."""
        with self._lock:
            return list(self._records.items())

    def get(self, key: int) -> Record | None:
        """Return one resource, or None when it is gone."""
        return self._records.get(key)

    def put(self, record: Record, key: int | None = None) -> int:
        """Add a resource, or replace the one of this key. What is equal is not written."""
        with self._lock:
            key = next(self._keys) if key is None else key
            if self._records.get(key) != record:
                self._records[key] = record
                self._write({"do": "put", "key": key, "resource": record}, record)
            return key

    def succeed(self, record: Record, replaced: int) -> int:
        """Add the successor of a resource, and mark that one to be deleted, in one piece."""
        with self._lock:
            old = replace(self._records[replaced], delete=True)
            key = next(self._keys)
            self._records |= {key: record, replaced: old}
            self._write({"do": "put", "key": key, "resource": record}, record)
            self._write({"do": "put", "key": replaced, "resource": old}, old)
            return key

    def drop(self, key: int) -> None:
        """Forget a resource."""
        with self._lock:
            if self._records.pop(key, None) is not None:
                self._write({"do": "drop", "key": key})

    def rename(self, old: str, new: str) -> None:
        """Point every reference to one URN at another."""
        for key, record in self.items():
            self.put(record.renamed(old, new), key)

    @contextmanager
    def operation(self, kind: str, record: Record) -> Iterator[None]:
        """Have it on record, while it lasts, that a resource is being created, updated or deleted."""
        if self._journal is None:
            yield
            return
        number = next(self._operations)
        self._journal.append({"do": "begin", "number": number, "type": kind, "resource": record.to_json()})
        try:
            yield
        finally:
            self._journal.append({"do": "end", "number": number})

    def deployment(self, salt: str = "") -> dict[str, Any]:
        """Return the state as `pulumi stack export` would; the salt is the stack file's `encryptionsalt`."""
        engine = f"v{version('pulumi')}"
        content: dict[str, Any] = {
            "manifest": {"time": now(), "magic": hashlib.sha256(engine.encode()).hexdigest(), "version": engine}
        }
        if salt:
            content["secrets_providers"] = {"type": "passphrase", "state": {"salt": salt}}
        content["resources"] = [record.to_json() for record in in_order([record for _, record in self.items()])]
        return {"version": DEPLOYMENT_VERSION, "deployment": content | {"metadata": {}}}

    def _write(self, entry: dict[str, Any], record: Record | None = None) -> None:
        self.changed = True
        if self._journal is not None:
            self._journal.append(entry if record is None else entry | {"resource": record.to_json()})


def in_order(records: list[Record]) -> list[Record]:
    """Return the resources so that each stands after what it needs; those to be deleted come last.

    References to what is no longer there are left out.
    """
    live = [record for record in records if not record.delete]
    urns = {record.urn for record in records}
    ordered: dict[str, Record] = {}
    waiting = {record.urn: record for record in live}

    def place(record: Record) -> None:
        waiting.pop(record.urn, None)
        for urn in sorted(record.needs() & waiting.keys()):
            if urn in waiting:
                place(waiting[urn])
        ordered[record.urn] = record

    for record in live:
        if record.urn in waiting:
            place(record)
    dying = [record for record in records if record.delete]
    return [_pruned(record, urns) for record in (*ordered.values(), *dying)]


def _pruned(record: Record, urns: set[str]) -> Record:
    if record.needs() <= urns:
        return record
    return replace(
        record,
        dependencies=tuple(urn for urn in record.dependencies if urn in urns),
        property_dependencies={
            name: tuple(urn for urn in needed if urn in urns) for name, needed in record.property_dependencies.items()
        },
        parent=record.parent if record.parent in urns else "",
        provider=record.provider if provider_urn(record.provider) in urns else "",
        deleted_with=record.deleted_with if record.deleted_with in urns else "",
    )
