"""The table of data keys: one for each subject and year, and one for each record about nobody."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select

from cds.audit.database import data_key
from cds.audit.keys import DataKey, Keys
from cds.errors import AuditError, ErasedError

_KEY = select(data_key.c.id, data_key.c.wrapped)
# Made once: building a statement costs as much as running it.
_OF_SUBJECT = _KEY.where(
    data_key.c.subject == bindparam("subject"), data_key.c.year == bindparam("year")
)
_OF_ID = _KEY.where(data_key.c.id == bindparam("id"))
_INSERT = insert(data_key)
_MOST_AT_ONCE = 500


def key_for(connection: Connection, keys: Keys, subject: str | None, year: int) -> DataKey:
    """The key to seal a new record with; made in the transaction of that record where needed."""
    if subject is not None:
        found = connection.execute(_OF_SUBJECT, {"subject": subject, "year": year}).first()
        if found is not None:
            return keys.unwrap(found.id, found.wrapped)
    made, wrapped = keys.new_data_key()
    columns = {"id": made.id, "subject": subject, "year": year, "wrapped": wrapped}
    connection.execute(_INSERT, {**columns, "wrapped_by": keys.id})
    return made


def key_of(connection: Connection, keys: Keys, id: str) -> DataKey:
    """The key of that id.

    Raises: ErasedError when it was destroyed.
    """
    row = connection.execute(_OF_ID, {"id": id}).first()
    if row is None:
        raise ErasedError("The data of this record were erased.")
    return keys.unwrap(row.id, row.wrapped)


def keys_of(connection: Connection, keys: Keys, ids: Collection[str]) -> Mapping[str, DataKey]:
    """Those of the keys that are there, by their ids; some hundred at once."""
    rows = connection.execute(_KEY.where(data_key.c.id.in_(ids)))
    return {row.id: keys.unwrap(row.id, row.wrapped) for row in rows}


def check_secret(connection: Connection, keys: Keys) -> None:
    """Checks that the keys there are can be unwrapped.

    Raises: AuditError when another secret wrapped any of them.
    """
    others = select(data_key.c.id).where(data_key.c.wrapped_by != keys.id).limit(1)
    if connection.execute(others).first() is not None:
        raise AuditError(
            "The records were sealed with another secret than the one in the data directory. "
            "Nothing was changed. Restore the file 'secret' that belongs to the database."
        )


def present(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Those of the keys that are there."""
    if not ids:
        return frozenset()
    return frozenset(connection.execute(select(data_key.c.id)).scalars()) & frozenset(ids)


def destroy(connection: Connection, ids: Collection[str]) -> None:
    """Deletes the keys, and with them every way to read what they sealed."""
    left = sorted(ids)
    for start in range(0, len(left), _MOST_AT_ONCE):
        some = left[start : start + _MOST_AT_ONCE]
        connection.execute(delete(data_key).where(data_key.c.id.in_(some)))
