"""The engine under the store: tables, append-only triggers, and the pragmas SQLite needs.

All that differs between databases is in this module.
"""

import os
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    text,
)

from cds.errors import AuditError

metadata = MetaData()
record = Table(
    "record",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column("created", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("knowledge_sha256", String(64), nullable=False),
    Column("request_sha256", String(64), nullable=False),
    Column("idempotency_key", String(64), nullable=True, unique=True),
    Column("prev_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
)
# One row that is rewritten to prove that a commit still reaches the disk.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
)

_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5_000}
_WRITE = "cds_write"


def open_engine(url: str) -> Engine:
    """An engine whose write transactions take the write lock at once."""
    engine = create_engine(url, pool_size=16, max_overflow=16)
    if engine.dialect.name == "sqlite":
        _create_private_file(engine.url.database)
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    # A forked worker must not share the connections of its parent.
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine and pool, for transactions that write."""
    return engine.execution_options(**{_WRITE: True})


def create_tables(engine: Engine) -> None:
    """Creates what is missing in a new database; one that has records is left as it is."""
    with writing(engine).begin() as connection:
        if inspect(connection).has_table(record.name):
            return
        metadata.create_all(connection)
        for statement in _append_only(engine.dialect.name):
            connection.execute(text(statement))


def check_engine(engine: Engine) -> None:
    """Reads back what durability and append-only stand on.

    Raises: AuditError when a pragma, a table or a trigger is not as it must be.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            _check_sqlite(connection)


def _check_sqlite(connection: Connection) -> None:
    for name, expected in _PRAGMAS.items():
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
    triggers = connection.execute(
        text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'record'")
    ).scalar()
    if triggers != len(_append_only("sqlite")):
        raise AuditError(
            "The record table is no longer protected against change. "
            "Restore a backup, or start with an empty data directory."
        )


def _create_private_file(path: str | None) -> None:
    if path and path != ":memory:":
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _set_pragmas(dbapi_connection: Any, _: Any) -> None:
    dbapi_connection.isolation_level = None  # we say BEGIN ourselves
    cursor = dbapi_connection.cursor()
    # The time-out first: changing the journal mode may have to wait for another process.
    for name, value in reversed(_PRAGMAS.items()):
        cursor.execute(f"PRAGMA {name} = {value}")
    cursor.close()


def _begin(connection: Connection) -> None:
    mode = "IMMEDIATE" if connection.get_execution_options().get(_WRITE) else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")


def _append_only(dialect: str) -> tuple[str, ...]:
    """The statements that make the database itself refuse to change a record."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER record_no_{verb.lower()} BEFORE {verb} ON record "
            "BEGIN SELECT RAISE(ABORT, 'records are append-only'); END"
            for verb in ("UPDATE", "DELETE")
        )
    return (
        "CREATE FUNCTION record_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'records are append-only'; END $$",
        "CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record "
        "FOR EACH STATEMENT EXECUTE FUNCTION record_append_only()",
    )
