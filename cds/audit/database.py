"""The engine under the store: tables, and what each database needs for records to be kept.

All that differs between databases is here and in the migrations.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cds.audit.file_key import FileKey
from cds.audit.sqlite_file import check_sqlite, open_sqlite
from cds.errors import AuditError

metadata = MetaData()
record = Table(
    "record",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column("created", String(32), nullable=False),
    Column("kind", String(32), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("knowledge_sha256", String(64), nullable=False),
    Column("request_sha256", String(64), nullable=False),
    Column("idempotency_key", String(64), nullable=True, unique=True),
    Column("prev_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("key_id", String(32), nullable=True, index=True),
    Column("signature", String(128), nullable=True),
)
# The keys that bodies are sealed with, each wrapped by a key that is not in the database.
# Deleting a row is how the data of a subject are erased. `known_as` holds, concealed likewise, the
# pseudonyms that the subject would have had under secrets before.
data_key = Table(
    "data_key",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(64), nullable=True, index=True),
    Column("year", Integer, nullable=False),
    Column("wrapped", String(120), nullable=False),
    Column("wrapped_by", String(16), nullable=False),
    Column("known_as", Text, nullable=True),
)
# All knowledge and rules that ever decided, by the hash that the records name.
knowledge = Table(
    "knowledge",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
# One row that is rewritten to prove that a commit still reaches the disk.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
)
# Hashes of tokens that may be used once, until they end (seconds since 1970).
used_token = Table(
    "used_token",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("until", BigInteger, nullable=False, index=True),
)

TRIGGERS = frozenset(
    {
        "record_no_update",
        "record_no_delete",
        "record_in_order",
        "knowledge_no_update",
        "knowledge_no_delete",
        "data_key_no_update",
    }
)
# Waits as long as SQLite's busy_timeout; a dead network is noticed within the same order of time.
_POSTGRESQL = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "options": "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000",
}
_MEND_POSTGRESQL = {"fsync": "on", "full_page_writes": "on", "server_encoding": "UTF8"}
# How a transaction that writes waits for its turn.
_TAKE_TURN = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(20261122)",
}


def open_engine(url: str, key: FileKey | None = None) -> Engine:
    """An engine, to be written with by `writing` only. Never creates a database.

    `key` is that of an encrypted file of SQLite.
    Raises: AuditError when the address is not one of SQLite or PostgreSQL; SettingsError when what
    reads an encrypted file is not installed.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        engine = open_sqlite(address, key)
    else:
        engine = create_engine(
            address, pool_size=16, max_overflow=16, pool_pre_ping=True, connect_args=_POSTGRESQL
        )
    # A forked worker must not share the connections of its parent.
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    return engine


def asking(engine: Engine) -> Engine:
    """The same engine and pool, for statements that read and each stand for themselves.

    SQLite begins no transaction by itself; PostgreSQL is neither asked to begin nor to end one.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, committed at the end; nobody else writes meanwhile."""
    with engine.begin() as connection:
        connection.exec_driver_sql(_TAKE_TURN[engine.dialect.name])
        yield connection


def file_of(engine: Engine) -> Path | None:
    """The file of an SQLite database."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name else None


def create_file(path: Path) -> None:
    """An empty file that only its owner can read."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def check_engine(engine: Engine) -> None:
    """Reads back what durability and append-only stand on.

    Raises: AuditError when a setting, the file or a trigger is not as it must be.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            check_sqlite(connection)
        else:
            _check_postgresql(connection)
        if not triggers(connection) >= TRIGGERS:
            raise AuditError(
                "The record table is no longer protected against change. "
                "Restore a backup, or start with an empty data directory."
            )


def triggers(connection: Connection) -> frozenset[str]:
    """The names of the triggers that are there and cannot be passed by."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE relnamespace = current_schema()::regnamespace AND tgenabled = 'A'"
        )
    return frozenset(connection.execute(text(query)).scalars())


def forget_deleted(engine: Engine) -> None:
    """Leaves nothing of deleted rows on the disk: SQLite has overwritten them, but for its log.

    Raises: AuditError when somebody still reads an older state.
    """
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if next(iter(cursor.fetchall()))[0]:
                raise AuditError("The log of the database is in use. Try again shortly.")
        return
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM (FULL) data_key")


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads one state of everything, whatever is written meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        yield connection


@contextmanager
def failing_as(message: str) -> Iterator[None]:
    """Every failure of the database or of its files, as an error of the record."""
    try:
        yield
    # SQLite quotes what it finds in a damaged file, which may be no text at all.
    except (SQLAlchemyError, OSError, UnicodeDecodeError) as error:
        raise AuditError(message) from error


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise AuditError(_NO_ADDRESS) from None
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "postgresql+psycopg"):
        raise AuditError(_NO_ADDRESS)
    return address


_NO_ADDRESS = (
    "CDS_DATABASE_URL is not the address of a database. Write it like "
    "postgresql://user@host/name or sqlite:////path/to/records.sqlite3, or leave it out."
)


def _check_postgresql(connection: Connection) -> None:
    found = {name: _show(connection, name) for name in (*_MEND_POSTGRESQL, "synchronous_commit")}
    for name, expected in _MEND_POSTGRESQL.items():
        if found[name] != expected:
            raise AuditError(
                f"PostgreSQL reports {name} = {found[name]}, {expected} is needed for records to "
                "be kept. Correct its configuration."
            )
    if found["synchronous_commit"] == "off":
        raise AuditError(
            "PostgreSQL reports synchronous_commit = off: what was answered could be lost. "
            "Set it to on."
        )


def _show(connection: Connection, name: str) -> Any:
    return connection.execute(text(f"SHOW {name}")).scalar()
