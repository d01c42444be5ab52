"""SQLite under the store: a file, plain or encrypted as a whole, set so that records are kept.

An encrypted file is opened by SQLCipher, which is an SQLite of its own. A file must never be open
in both at once within a process: closing it in one takes the locks of the other away.
"""

import sqlite3
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, text

from cds.audit.file_key import SETTING, FileKey
from cds.errors import AuditError, SettingsError

_BUSY_TIMEOUT = 5_000  # milliseconds
PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "secure_delete": 1,
    "busy_timeout": _BUSY_TIMEOUT,
}
_PAUSE = 0.01  # seconds
_PLAIN = b"SQLite format 3\0"
_INSTALL = (
    f"An encrypted record ({SETTING}) needs SQLCipher, which is not installed. Run in the source "
    f"folder: {sys.executable} -m pip install --require-hashes --only-binary :all: "
    "-r requirements-encrypted.lock"
)


def open_sqlite(address: URL, key: FileKey | None) -> Engine:
    """An engine on the file, with the key when it is encrypted. Never creates a file.

    Each statement stands for itself, unless a transaction was begun by `BEGIN`.
    Raises: SettingsError when SQLCipher is needed and not installed.
    """
    path, module = Path(address.database or "").absolute(), sqlcipher() if key else sqlite3
    return create_engine(
        address,
        module=module,
        pool_size=16,
        max_overflow=16,
        pool_use_lifo=True,  # what was written with last still knows the pages of the file
        creator=lambda: _prepared(path, key, module),
    )


def connect(path: Path, key: FileKey | None, module: ModuleType) -> Any:
    """A connection that was told the key, and begins no transaction by itself.

    Raises: AuditError when what is installed as SQLCipher encrypts nothing.
    """
    # mode=rw: SQLite would put an empty database in the place of one that has gone.
    uri = f"file:{quote(str(path))}?mode=rw"
    connection = module.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    if key:
        # What it cannot read it would tell on the terminal, besides the error that it raises.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f'PRAGMA key = "{key.raw}"')
        if connection.execute("PRAGMA cipher_version").fetchone() is None:
            connection.close()
            raise AuditError(f"The installed sqlcipher3 does not encrypt. {_INSTALL}")
    return connection


def check_sqlite(connection: Connection) -> None:
    """Reads back that the settings took, and that the file is whole.

    Raises: AuditError.
    """
    for name, expected in PRAGMAS.items():
        found = connection.execute(text(f"PRAGMA {name}")).scalar()
        if found != expected:
            raise AuditError(
                f"SQLite reports {name} = {found}, {expected} is needed for records to be kept. "
                "Put the data directory on a local disk."
            )
    if connection.execute(text("PRAGMA quick_check(1)")).scalar() != "ok":
        raise AuditError(
            "The record database is damaged. Nothing was changed. Restore a backup, "
            "or move the file away for an investigation."
        )


def sqlcipher() -> ModuleType:
    """SQLCipher's module, which does without a key what SQLite does.

    Raises: SettingsError when it is not installed.
    """
    try:
        from sqlcipher3 import dbapi2  # a large package that few installations need
    except ImportError:
        raise SettingsError(_INSTALL) from None
    module: ModuleType = dbapi2
    return module


def _prepared(path: Path, key: FileKey | None, module: ModuleType) -> Any:
    connection = connect(path, key, module)
    try:
        # The time-out first: changing the journal mode may have to wait for another process.
        for name, value in reversed(PRAGMAS.items()):
            _set_pragma(connection, name, value, module)
    except module.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        raise AuditError(_why_not(path, key)) from None
    return connection


def _set_pragma(connection: Any, name: str, value: str | int, module: ModuleType) -> None:
    # Where another process is about to write, SQLite refuses to change the journal mode at once,
    # whatever the time-out: then it is tried again until that has passed.
    until = time.monotonic() + _BUSY_TIMEOUT / 1_000
    while True:
        try:
            connection.execute(f"PRAGMA {name} = {value}").close()
            return
        except module.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE)


def _why_not(path: Path, key: FileKey | None) -> str:
    """Why SQLite finds no database in the file."""
    with path.open("rb") as file:
        is_plain = file.read(len(_PLAIN)) == _PLAIN
    if key is None:
        return (
            f"{path} is encrypted, or its beginning is damaged. Nothing was changed. Name its key "
            f"({SETTING}; for `encrypt-database` --from), or restore a backup."
        )
    if is_plain:
        return (
            f"{path} is not encrypted, and {SETTING} is set. Nothing was changed. Encrypt it with "
            "`python -m cds encrypt-database`, or leave the setting out."
        )
    return (
        f"{path} does not open with the key that is named ({SETTING}): it belongs to another, or "
        "its beginning is damaged. Nothing was changed. Name the right key, or restore a backup."
    )
