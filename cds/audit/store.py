"""The record: appended and committed before an answer leaves, never changed.

Every failure of the database is an AuditError, so that no answer leaves without its record.
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Select, bindparam, insert, select
from sqlalchemy.exc import OperationalError

from cds.audit.canonical import Canonical, canonical
from cds.audit.chain import Entry, is_sound
from cds.audit.data_keys import check_secret, key_of
from cds.audit.database import (
    asking,
    check_engine,
    failing_as,
    file_of,
    forget_deleted,
    heartbeat,
    open_engine,
    record,
    snapshot,
    writing,
)
from cds.audit.examination import (
    AT_ONCE,
    IN_ORDER,
    Examination,
    check_tail,
    entry_of,
    examine_engine,
    is_signed_by,
)
from cds.audit.file_key import FileKey
from cds.audit.head import Checkpoint, Head, checkpoint_at
from cds.audit.keys import DataKey, Keys, Small
from cds.audit.schema import prepare_schema
from cds.audit.succession import end_rotations, recorded_rotations, signer_of
from cds.audit.turn import (
    NO_KEYS,
    REWRITTEN,
    Draft,
    Receipt,
    Turn,
    check_end,
    hash_of,
    last_of,
    stamp,
)
from cds.errors import AuditError

_SIGNED = select(record.c.seq).where(record.c.signature.is_not(None)).limit(1)
# Made once: building a statement costs as much as running it.
_OF_ID = select(record).where(record.c.id == bindparam("sought"))
_OF_KEY = select(record).where(record.c.idempotency_key == bindparam("sought"))
_NO_OPEN = "The record database cannot be opened. Check the data directory and its disk."
_NO_COMMIT = "The record could not be committed, so there is no answer. Try again shortly."
_NO_FORGETTING = "The keys are destroyed, but may not be gone from the disk yet. Try again shortly."
_NO_READ = "The record could not be read. Try again shortly."


class Store:
    """The records of one database."""

    def __init__(
        self,
        url: str,
        keys: Keys | None = None,
        head: Head | None = None,
        file_key: FileKey | None = None,
    ) -> None:
        """Opens the database, brings it to its present shape, and checks what is there.

        Without `keys` only what says nothing of a person is recorded or read; without `head` a
        lost end is not noticed. `file_key` opens a file that is encrypted as a whole.
        Raises: AuditError when it cannot be opened, is damaged, of an unknown shape, or does not
        hold all that the head says; SettingsError as `open_engine`.
        """
        self._keys, self._head = keys, head
        self._one_at_a_time = threading.Lock()
        with failing_as(_NO_OPEN):
            self._engine = open_engine(url, file_key)
        self._asking, self._path = asking(self._engine), file_of(self._engine)
        try:
            self._open()
        except AuditError:
            self._engine.dispose()
            raise

    def append(self, draft: Draft) -> Receipt:
        """Commits one record.

        Raises: KeyTakenError when the idempotency key is in use; AuditError when it is not
        certain that the record is on disk.
        """
        # What takes long is done before anybody has to wait for it.
        ready = replace(draft, body=Small.of(canonical(draft.body))) if draft.sealed else draft
        with self.turn() as turn:
            return turn.append(ready)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """A transaction that appends, committed at the end of the block.

        Raises: AuditError when it is not certain that all of it is on disk.
        """
        with self._one_at_a_time, failing_as(_NO_COMMIT):
            try:
                with self._writing() as connection:
                    turn = Turn(connection, self._keys, self._head.glance() if self._head else None)
                    yield turn
            except OperationalError:
                # What was opened while the database could not be written stays so.
                self._engine.dispose()
                raise
            if self._head and turn.newest:
                self._head.advance(checkpoint_at(turn.newest), turn.newest.signature, turn.signing)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that reads; each statement sees what was committed before it.

        Raises: AuditError when the database cannot be read.
        """
        with failing_as(_NO_READ), self._asking.connect() as connection:
            yield connection

    def get(self, id: str) -> Entry | None:
        """The record of that id as it is stored.

        Raises: AuditError when it cannot be read, or was changed since it was written.
        """
        return self._one(_OF_ID, id)

    def find(self, idempotency_key: str) -> Entry | None:
        """The record that was written under that key.

        Raises: AuditError as `get`.
        """
        return self._one(_OF_KEY, idempotency_key)

    def text_of(self, entry: Entry) -> Canonical:
        """The body of a record as it was written.

        Raises: ErasedError when its data were erased; AuditError when it cannot be read.
        """
        key = self._key_of(entry)
        return Canonical(key.unseal(entry.body, entry.id) if key else entry.body)

    def is_of_request(self, entry: Entry, request_sha256: str) -> bool:
        """Whether the record is of a request whose body has this hash.

        Raises: as `text_of`.
        """
        key = self._key_of(entry)
        return entry.request_sha256 == (key.keyed(request_sha256) if key else request_sha256)

    def entries(self, *conditions: Any) -> Iterator[Entry]:
        """The records as they are stored, in order; a change of one is not looked for.

        Raises: AuditError.
        """
        with failing_as(_NO_READ), snapshot(self._engine) as connection:
            found = IN_ORDER.where(*conditions)
            with connection.execution_options(yield_per=AT_ONCE).execute(found) as rows:
                yield from map(entry_of, rows)

    def examine(self) -> Examination:
        """Everything checked: the chain, what was signed of it, and the keys.

        Raises: AuditError when it cannot be read.
        """
        with failing_as(_NO_READ):
            # Before the records: those that come meanwhile are no fault.
            checkpoints = self._head.kept() if self._head else ()
            return examine_engine(self._engine, checkpoints, self._publics)

    def verify(self) -> int | None:
        """The sequence number of the first fault, or None.

        Raises: AuditError when it cannot be read.
        """
        fault = self.examine().fault
        return fault.seq if fault else None

    def forget(self, destroyed: Collection[str]) -> None:
        """Leaves nothing of destroyed keys, and remembers their ids in case a backup is restored.

        Raises: AuditError when they are destroyed, but may not be gone from the disk yet.
        """
        if not destroyed:
            return
        with failing_as(_NO_FORGETTING):
            if self._head:
                self._head.note_destroyed(destroyed)
            forget_deleted(self._engine)

    def checkpoint(self, now: datetime) -> Checkpoint:
        """What there is now, to be signed and carried elsewhere."""
        with self.reading() as connection:
            return Checkpoint(*last_of(connection), stamp(now))

    def check_writable(self, now: datetime) -> None:
        """Commits a heartbeat, and looks whether the end is still where it was.

        Raises: AuditError when a commit does not reach the disk, or the end was lost.
        """
        with self.turn() as turn:
            turn.connection.execute(heartbeat.delete())
            turn.connection.execute(insert(heartbeat), {"id": 1, "at": stamp(now)})

    def close(self) -> None:
        """Closes the pooled connections."""
        self._engine.dispose()

    def _open(self) -> None:
        with failing_as(_NO_OPEN):
            known = self._head.read() if self._head else None
            prepare_schema(self._engine, may_create=known is None or known.size == 0)
            check_engine(self._engine)
            self._file = self._find_file()
        self._check_records(known)

    def _writing(self) -> AbstractContextManager[Connection]:
        """A file that was put in the place of another is opened anew; one that is gone is told."""
        if (found := self._find_file()) != self._file:
            self._engine.dispose()
            self._file = found
        return writing(self._engine)

    def _find_file(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        found = self._path.stat()
        return found.st_dev, found.st_ino

    def _key_of(self, entry: Entry) -> DataKey | None:
        if entry.key_id is None:
            return None
        if self._keys is None:
            raise AuditError(NO_KEYS)
        with self.reading() as connection:
            return key_of(connection, self._keys, entry.key_id)

    def _one(self, query: Select[Any], sought: str) -> Entry | None:
        with self.reading() as connection:
            row = connection.execute(query, {"sought": sought}).first()
            if row is None:
                return None
            entry = entry_of(row)
            if not is_sound(entry, entry.seq, entry.prev_hash) or not self._is_ours(
                connection, entry
            ):
                raise AuditError(
                    f"Record {entry.seq} was changed after it was written. It is not shown."
                )
        return entry

    @property
    def keys(self) -> Keys | None:
        """What wraps the data keys; None where nothing about a person is read."""
        return self._keys

    @property
    def _publics(self) -> tuple[str, ...]:
        return self._keys.publics if self._keys else ()

    def _is_ours(self, connection: Connection, entry: Entry) -> bool:
        """Whether this installation signed it, or it is older than all that it signed."""
        if self._keys is None:
            return True
        if entry.signature is None:
            return connection.execute(_SIGNED.where(record.c.seq < entry.seq)).first() is None
        return is_signed_by(entry, signer_of(connection, self._keys, entry.seq).public)

    def _check_records(self, known: Checkpoint | None) -> None:
        with self.reading() as connection:
            check_tail(connection)
            last = last_of(connection)
            check_end(last, known)
            if known and known.size and hash_of(connection, known.size) != known.hash:
                raise AuditError(REWRITTEN)
            if self._keys:
                check_secret(connection, self._keys)
            told = recorded_rotations(connection, self._keys) if self._keys else 0
        if self._keys:
            end_rotations(self.turn, self._keys, told)
        if self._head and known is None:
            self._adopt(last)

    def _adopt(self, last: tuple[int, str]) -> None:
        """The first head: of a new database, or of one that had none; the latter is recorded."""
        now = datetime.now(UTC)
        if last[0]:
            body = {"size": last[0], "hash": last[1]}
            self.append(Draft("head_adopted", body, now, "", sealed=False))
        elif self._head:
            with failing_as(_NO_OPEN):
                self._head.advance(Checkpoint(*last, stamp(now)))
