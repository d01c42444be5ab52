"""Moves the SQLite file of a record under a key, under another one, or under none.

The new file is made beside, compared with what was there, and put in its place under a lock that
no service can hold meanwhile. Whatever stops it before leaves the old file as it was.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from cds.audit.database import create_file, failing_as, file_of, open_engine
from cds.audit.file_key import FileKey, file_key_of
from cds.audit.head import Checkpoint, Head
from cds.audit.keys import Keys
from cds.audit.opening import open_store
from cds.audit.sqlite_file import connect, sqlcipher
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.errors import AuditError
from cds.secret import Secret
from cds.settings import Settings

DATABASE_KEY_CHANGED = "database_key_changed"
_PATIENCE = 500  # milliseconds; a service does not go away by itself
_IN_USE = "The record is in use. Nothing was changed. Stop the service and try again."
_NO_MOVE = "The record cannot be moved. Nothing was changed. Look at the disk and try again."


def change_file_key(
    settings: Settings, secret: Secret, after: FileKey | None, by: str, now: datetime
) -> None:
    """Moves the record under the key `after`, or to a plain file, and records that.

    The settings say how the file is until then.
    Raises: AuditError when it is so already, is in use, or cannot be moved; SettingsError.
    """
    before, path = file_key_of(settings), file_of(open_engine(settings.database))
    if path is None:
        raise AuditError("PostgreSQL is encrypted by the storage that it lies on.")
    if before == after:
        raise AuditError("The record is so already. Nothing was changed.")
    open_store(settings, secret).close()  # all that the head says is there
    path, keys = path.resolve(), Keys(*secret.parts)  # a link goes on leading to the file
    ids = {"before": before and before.id, "after": after and after.id}
    draft = Draft(DATABASE_KEY_CHANGED, {**ids, "by": by}, now, "", sealed=False)
    with failing_as(_NO_MOVE), _alone(path, before) as source, _beside(path) as aside:
        _copy(source, aside, after)
        end = _append(aside, keys, after, draft)
        _put_in_place(aside, path)
    # Only now: a head that is ahead of the file would be a loss.
    Head(settings.data_dir, keys).advance(end)


@contextmanager
def _alone(path: Path, key: FileKey | None) -> Iterator[Any]:
    """A connection that nobody else has one beside, to a file that all is in.

    Whoever waits meanwhile finds a file without a log, and has to begin a journal to write to it.
    SQLite refuses that once the file was replaced, so that nothing can be lost in the old one.
    """
    module = sqlcipher()
    try:
        with closing(connect(path, key, module)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
            connection.execute("PRAGMA journal_mode = delete")
            connection.execute("PRAGMA main.locking_mode = exclusive")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            if any(each.exists() for each in _logs(path)):
                raise AuditError(_IN_USE)
            yield connection
    except module.Error as error:
        is_busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        raise AuditError(_IN_USE if is_busy else _NO_MOVE) from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A place beside the file that nothing is left in, before and after."""
    aside = path.with_name(f"{path.name}.moving")
    _remove(aside)  # of a run that was killed
    try:
        yield aside
    finally:
        _remove(aside)


def _copy(source: Any, aside: Path, key: FileKey | None) -> None:
    create_file(aside)
    with _attached(source, aside, key):
        source.execute("SELECT sqlcipher_export('target')").fetchone()
    # Attached anew, so that what is compared comes from the file and through the key.
    with _attached(source, aside, key):
        if _digest(source, "main") != _digest(source, "target"):
            raise AuditError(_NO_MOVE)


@contextmanager
def _attached(source: Any, path: Path, key: FileKey | None) -> Iterator[None]:
    source.execute("ATTACH DATABASE ? AS target KEY ?", (str(path), key.raw if key else ""))
    try:
        yield
    finally:
        source.execute("DETACH DATABASE target")


def _digest(connection: Any, schema: str) -> str:
    """A hash over all that one of the attached databases holds."""
    found = hashlib.sha256()
    shape = f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_master ORDER BY type, name"
    parts = connection.execute(shape).fetchall()
    found.update(repr(parts).encode())
    for table in (name for kind, name, *_ in parts if kind == "table"):
        for row in connection.execute(f'SELECT * FROM {schema}."{table}" ORDER BY 1'):
            found.update(repr(row).encode())
    return found.hexdigest()


def _append(aside: Path, keys: Keys, key: FileKey | None, draft: Draft) -> Checkpoint:
    """Opens the new file as the service will, and appends what was done."""
    with closing(Store(f"sqlite:///{aside}", keys, None, key)) as store:
        receipt = store.append(draft)
    return Checkpoint(receipt.sequence, receipt.hash, receipt.created)


def _put_in_place(aside: Path, path: Path) -> None:
    if any(each.exists() for each in _logs(aside)):
        raise AuditError(_NO_MOVE)
    _sync(aside)
    aside.replace(path)
    _sync(path.parent)


def _logs(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))


def _remove(path: Path) -> None:
    for each in (path, *_logs(path)):
        each.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
