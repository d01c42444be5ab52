"""The record: appended and committed before an answer leaves, never changed.

Every failure of the database is an AuditError, so that no answer leaves without its record.
"""

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from cds.audit.canonical import Canonical, canonical
from cds.audit.chain import GENESIS, Entry, entry_hash, first_fault, is_sound, sha256
from cds.audit.database import (
    check_engine,
    create_tables,
    heartbeat,
    open_engine,
    record,
    writing,
)
from cds.errors import AuditError

_TAIL = 200
_NO_OPEN = "The record database cannot be opened. Check the data directory and its disk."
_NO_COMMIT = "The record could not be committed, so there is no answer. Try again shortly."
_NO_READ = "The record could not be read. Try again shortly."
# Made once: building a statement costs as much as running it.
_NEWEST = select(record.c.seq, record.c.hash).order_by(record.c.seq.desc()).limit(1)
_INSERT = insert(record)


class KeyTakenError(AuditError):
    """Another record holds this idempotency key."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded. `request_sha256` is the hash of the body as it came."""

    kind: str
    body: Mapping[str, Any] | Canonical
    created: datetime
    knowledge_sha256: str
    request_sha256: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of a committed record."""

    id: str
    created: str
    sequence: int
    hash: str


class Store:
    """The records of one database."""

    def __init__(self, url: str) -> None:
        """Opens the database, creates its tables if it is new, and checks what is there.

        Raises: AuditError when it cannot be opened, is damaged, or its chain does not hold.
        """
        with _failing_as(_NO_OPEN):
            self._engine = open_engine(url)
            create_tables(self._engine)
            check_engine(self._engine)
        self._writer = writing(self._engine)
        self._one_at_a_time = threading.Lock()
        if (fault := self._tail_fault()) is not None:
            raise AuditError(
                f"Record {fault} does not fit the chain. Nothing was changed. Restore a backup, "
                "or move the database away for an investigation."
            )

    def append(self, draft: Draft) -> Receipt:
        """Commits one record.

        Raises: KeyTakenError when the idempotency key is in use; AuditError when it is not
        certain that the record is on disk.
        """
        body = canonical(draft.body)
        with self._one_at_a_time, _failing_as(_NO_COMMIT), self._writer.begin() as connection:
            entry = _next_entry(_last(connection), draft, body)
            try:
                connection.execute(_INSERT, asdict(entry))
            except IntegrityError as error:
                if draft.idempotency_key is None:
                    raise
                raise KeyTakenError("This idempotency key is in use.") from error
        return Receipt(entry.id, entry.created, entry.seq, entry.hash)

    def get(self, id: str) -> Entry | None:
        """The record of that id.

        Raises: AuditError when it cannot be read, or was changed since it was written.
        """
        return self._one(record.c.id == id)

    def find(self, idempotency_key: str) -> Entry | None:
        """The record that was written under that key.

        Raises: AuditError as `get`.
        """
        return self._one(record.c.idempotency_key == idempotency_key)

    def verify(self) -> int | None:
        """The first sequence number where the chain does not hold, or None."""
        with _failing_as(_NO_READ), self._engine.connect() as connection:
            rows = connection.execution_options(yield_per=500).execute(
                select(record).order_by(record.c.seq)
            )
            return first_fault(_entry(row) for row in rows)

    def check_writable(self, now: datetime) -> None:
        """Commits a heartbeat.

        Raises: AuditError when a commit does not reach the disk.
        """
        with self._one_at_a_time, _failing_as(_NO_COMMIT), self._writer.begin() as connection:
            connection.execute(heartbeat.delete())
            connection.execute(insert(heartbeat), {"id": 1, "at": _stamp(now)})

    def close(self) -> None:
        """Closes the pooled connections."""
        self._engine.dispose()

    def _one(self, condition: Any) -> Entry | None:
        with _failing_as(_NO_READ), self._engine.connect() as connection:
            row = connection.execute(select(record).where(condition)).first()
        return None if row is None else _sound(_entry(row))

    def _tail_fault(self) -> int | None:
        newest_first = select(record).order_by(record.c.seq.desc()).limit(_TAIL + 1)
        with _failing_as(_NO_READ), self._engine.connect() as connection:
            entries = [_entry(row) for row in connection.execute(newest_first)][::-1]
        if len(entries) <= _TAIL:
            return first_fault(entries)
        before = entries.pop(0)
        return first_fault(entries, before.seq + 1, before.hash)


def _last(connection: Connection) -> tuple[int, str]:
    row = connection.execute(_NEWEST).first()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def _next_entry(last: tuple[int, str], draft: Draft, body: str) -> Entry:
    columns: dict[str, Any] = {
        "seq": last[0] + 1,
        "id": uuid.uuid4().hex,
        "created": _stamp(draft.created),
        "kind": draft.kind,
        "body": body,
        "body_sha256": sha256(body),
        "knowledge_sha256": draft.knowledge_sha256,
        "request_sha256": draft.request_sha256,
        "idempotency_key": draft.idempotency_key,
        "prev_hash": last[1],
    }
    return Entry(**columns, hash=entry_hash(Entry(**columns, hash="")))


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)


def _sound(entry: Entry) -> Entry:
    if not is_sound(entry, entry.seq, entry.prev_hash):
        raise AuditError(f"Record {entry.seq} was changed after it was written. It is not shown.")
    return entry


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@contextmanager
def _failing_as(message: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise AuditError(message) from error
