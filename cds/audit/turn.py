"""One transaction that appends: what is recorded, how it is sealed, and its place in the chain."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from cds.audit.canonical import Canonical, canonical
from cds.audit.chain import GENESIS, Entry, entry_hash, sha256
from cds.audit.data_keys import key_for, key_of
from cds.audit.database import record
from cds.audit.head import Checkpoint, checkpoint_at
from cds.audit.keys import DataKey, Keys
from cds.errors import AuditError

NO_KEYS = "Without the keys of the installation nothing about a person is recorded or read."
_LOST = (
    "The head says {head} records, the database holds {found}. The end was cut off, or an old copy "
    "was put in its place. Nothing was changed. Put the newest database back, or accept the loss "
    "with `python -m cds accept-loss`."
)
REWRITTEN = (
    "The records are not those that were signed. Nothing was changed. Restore a backup, or move "
    "the database away for an investigation."
)
# Made once: building a statement costs as much as running it.
_NEWEST = select(record.c.seq, record.c.hash).order_by(record.c.seq.desc()).limit(1)
_INSERT = insert(record)


class KeyTakenError(AuditError):
    """Another record holds this idempotency key."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded. `request_sha256` is the hash of the body as it came.

    The body is sealed under the key of `subject`, a pseudonym; where nobody is named, under the
    key `key_id` of an earlier record that it goes on from, or one of its own. Only what says
    nothing of a person may be left open.
    """

    kind: str
    body: Mapping[str, Any] | Canonical
    created: datetime
    knowledge_sha256: str
    request_sha256: str = ""
    idempotency_key: str | None = None
    subject: str | None = None
    key_id: str | None = None
    sealed: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of a committed record."""

    id: str
    created: str
    sequence: int
    hash: str


class Turn:
    """One transaction that may append; nobody else appends meanwhile."""

    def __init__(self, connection: Connection, keys: Keys | None, head: Checkpoint | None) -> None:
        self.connection = connection
        self.newest: Entry | None = None
        self._keys = keys
        self._last = last_of(connection)
        check_end(self._last, head)

    def append(self, draft: Draft) -> Receipt:
        """Adds one record; it is committed with the turn.

        Raises: KeyTakenError when the idempotency key is in use; ErasedError when the record that
        it goes on from was erased.
        """
        entry = self._next_entry(draft)
        try:
            self.connection.execute(_INSERT, asdict(entry))
        except IntegrityError as error:
            if draft.idempotency_key is None:
                raise
            raise KeyTakenError("This idempotency key is in use.") from error
        self._last, self.newest = (entry.seq, entry.hash), entry
        return Receipt(entry.id, entry.created, entry.seq, entry.hash)

    def _next_entry(self, draft: Draft) -> Entry:
        id, key = uuid.uuid4().hex, self._key(draft)
        text = canonical(draft.body)
        body = key.seal(text, id) if key else text
        columns: dict[str, Any] = {
            "seq": self._last[0] + 1,
            "id": id,
            "created": stamp(draft.created),
            "kind": draft.kind,
            "body": body,
            "body_sha256": sha256(body),
            "knowledge_sha256": draft.knowledge_sha256,
            "request_sha256": key.keyed(draft.request_sha256) if key else draft.request_sha256,
            "idempotency_key": draft.idempotency_key,
            "prev_hash": self._last[1],
            "key_id": key.id if key else None,
        }
        entry = Entry(**columns, hash=entry_hash(Entry(**columns, hash="")))
        if self._keys is None:
            return entry
        return replace(entry, signature=checkpoint_at(entry).signature(self._keys))

    def _key(self, draft: Draft) -> DataKey | None:
        if not draft.sealed:
            return None
        if self._keys is None:
            raise AuditError(NO_KEYS)
        if draft.subject is None and draft.key_id is not None:
            return key_of(self.connection, self._keys, draft.key_id)
        return key_for(self.connection, self._keys, draft.subject, draft.created.year)


def stamp(moment: datetime) -> str:
    """The moment in UTC with microseconds, as records carry it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def check_end(last: tuple[int, str], head: Checkpoint | None) -> None:
    """Records only come, so that the head is never ahead of the database.

    Raises: AuditError when it is.
    """
    if head is None:
        return
    if head.size > last[0]:
        raise AuditError(_LOST.format(head=head.size, found=last[0]))
    if head.size == last[0] and head.hash != last[1]:
        raise AuditError(REWRITTEN)


def last_of(connection: Connection) -> tuple[int, str]:
    """The number of the last record and its hash."""
    row = connection.execute(_NEWEST).first()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def hash_of(connection: Connection, seq: int) -> str | None:
    """The hash of the record of that number; of none, where the chain begins."""
    query = select(record.c.hash).where(record.c.seq == seq)
    found: str | None = connection.execute(query).scalar()
    return found if seq else GENESIS
