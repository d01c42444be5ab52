"""Brings a database to the shape that this version of the service works with, or refuses it.

A database that is behind is moved forward in one transaction under a lock; one that is ahead,
or was made by something else, is left alone.
"""

from sqlalchemy import Connection, Engine, inspect, text

from cds.audit.database import create_file, file_of, record, snapshot, writing
from cds.errors import AuditError

#: The newest migration; a test compares it with the files.
NEWEST = "0004"
_FIRST = "0001"
_OLDER = frozenset({_FIRST, "0002", "0003"})
_FIRST_COLUMNS = frozenset(column.name for column in record.columns) - {"key_id", "signature"}
_MADE_BY_ALEMBIC = "alembic_version"


def prepare_schema(engine: Engine, *, may_create: bool) -> None:
    """Creates, moves forward or accepts what is there.

    Raises: AuditError when there is nothing and `may_create` is False, or what is there is
    newer than this version, or unknown.
    """
    _find_file(engine, may_create)
    with snapshot(engine) as connection:
        if _shape(connection) == NEWEST:
            return
    # A start with nothing to move need not wait until this is loaded; and with something to move,
    # no other process need, for the lock is not held yet.
    from cds.audit.moving import move_forward

    with writing(engine) as connection:
        found = _shape(connection)
        if found is None and not may_create:
            raise AuditError(
                "The database is empty, and the head beside it names records. It was lost or put "
                "in the place of another. Nothing was changed. Restore a backup."
            )
        if found != NEWEST:
            move_forward(connection, found, NEWEST)


def _find_file(engine: Engine, may_create: bool) -> None:
    path = file_of(engine)
    if path is None or path.exists():
        return
    if not may_create:
        raise AuditError(
            f"The database {path} is gone, and the head beside it names records. No new one was "
            "made. Put it back, or restore a backup."
        )
    create_file(path)


def _shape(connection: Connection) -> str | None:
    """The migration that made what is there; None when there is nothing.

    Raises: AuditError when no migration of this version did.
    """
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if _MADE_BY_ALEMBIC in tables:
        query = text(f"SELECT version_num FROM {_MADE_BY_ALEMBIC}")
        found: str | None = connection.execute(query).scalar()
        if found in _OLDER or found == NEWEST:
            return found
        raise AuditError(
            f"The database has the shape '{found}', which this version does not know: it goes up "
            f"to '{NEWEST}'. A newer version made it. Nothing was changed. Start that version."
        )
    columns = (
        {c["name"] for c in inspect(connection).get_columns("record")}
        if "record" in tables
        else set()
    )
    if columns == _FIRST_COLUMNS:
        return _FIRST  # made before there were migrations
    raise AuditError(
        "The database holds tables that this service did not make. Nothing was changed. "
        "Give the service a database of its own."
    )
