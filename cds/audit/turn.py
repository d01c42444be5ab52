"""One transaction that appends: what is recorded, how it is sealed, and its place in the chain."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from cds.audit.canonical import Canonical, canonical
from cds.audit.chain import GENESIS, KEY_ROTATED, Entry, entry_hash, sha256
from cds.audit.data_keys import Subject, key_for, key_of
from cds.audit.database import record
from cds.audit.head import Checkpoint, checkpoint_at
from cds.audit.keys import DataKey, Keys, Small
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
ROTATED = (
    "The secret was rotated, and this process does not hold the new one. Nothing was recorded. "
    "Copy the file 'secret' from where it was rotated, if that was elsewhere, and start again."
)
# Made once: building a statement costs as much as running it.
_NEWEST = select(record.c.seq, record.c.hash).order_by(record.c.seq.desc()).limit(1)
_ROTATIONS = select(func.count()).where(record.c.kind == KEY_ROTATED)
_STATE = _NEWEST.add_columns(_ROTATIONS.correlate(None).scalar_subquery().label("rotations"))
_INSERT = insert(record)
_BEGINNING = (0, GENESIS)


class KeyTakenError(AuditError):
    """Another record holds this idempotency key."""


class Draft(Struct, frozen=True):
    """What is to be recorded. `request_sha256` is the hash of the body as it came.

    The body is sealed under the key of `subject`, a pseudonym; where nobody is named, under the
    key `key_id` of an earlier record that it goes on from, or one of its own. Only what says
    nothing of a person may be left open. `known_as` are the pseudonyms of the subject under
    secrets before, oldest first.
    """

    kind: str
    body: Mapping[str, Any] | Canonical | Small
    created: datetime
    knowledge_sha256: str
    request_sha256: str = ""
    idempotency_key: str | None = None
    subject: str | None = None
    known_as: Sequence[str] = ()
    key_id: str | None = None
    sealed: bool = True


class Receipt(Struct, frozen=True):
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
        state = connection.execute(_STATE).first()
        self._last = (state.seq, state.hash) if state else _BEGINNING
        check_end(self._last, head)
        #: How often the secret was rotated, and so which keys sign here, if any.
        self.rotations: int = state.rotations if state else 0
        self.signing = _in_use(keys, self.rotations) if keys else None

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
        text = draft.body if isinstance(draft.body, Small) else canonical(draft.body)
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
        if self.signing is None:
            return entry
        return replace(entry, signature=checkpoint_at(entry).signature(self.signing))

    def _key(self, draft: Draft) -> DataKey | None:
        if not draft.sealed:
            return None
        if self._keys is None:
            raise AuditError(NO_KEYS)
        if draft.subject is None and draft.key_id is not None:
            return key_of(self.connection, self._keys, draft.key_id)
        subject = Subject(draft.subject, draft.known_as) if draft.subject is not None else None
        return key_for(self.connection, self._keys, subject, draft.created.year)


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
    return _BEGINNING if row is None else (row.seq, row.hash)


def hash_of(connection: Connection, seq: int) -> str | None:
    """The hash of the record of that number; of none, where the chain begins."""
    query = select(record.c.hash).where(record.c.seq == seq)
    found: str | None = connection.execute(query).scalar()
    return found if seq else GENESIS


def _in_use(keys: Keys, rotations: int) -> Keys:
    """The keys that sign after so many rotations.

    Raises: AuditError when the secret was rotated past those that are known here.
    """
    if rotations >= len(keys.every):
        raise AuditError(ROTATED)
    return keys.every[rotations]
