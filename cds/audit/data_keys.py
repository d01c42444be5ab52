"""The table of data keys: one for each subject and year, and one for each record about nobody."""

import json
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, insert, select

from cds.audit.database import data_key
from cds.audit.keys import DataKey, Keys
from cds.errors import AuditError, ErasedError

_KEY = select(data_key.c.id, data_key.c.wrapped, data_key.c.wrapped_by)
# Made once: building a statement costs as much as running it.
_OF_SUBJECT = _KEY.where(
    data_key.c.subject == bindparam("subject"),
    data_key.c.year == bindparam("year"),
    # One that a secret before had wrapped is not used again: it may be known to somebody.
    data_key.c.wrapped_by == bindparam("by"),
)
_OF_ID = _KEY.where(data_key.c.id == bindparam("id"))
_KNOWN_AS = select(
    data_key.c.id, data_key.c.subject, data_key.c.known_as, data_key.c.wrapped_by
).where(data_key.c.known_as.is_not(None))
_INSERT = insert(data_key)
_MOST_AT_ONCE = 500


class Subject(Struct, frozen=True):
    """A person by pseudonym, and by those under secrets that were in use before, oldest first."""

    pseudonym: str
    known_as: Sequence[str] = ()


def key_for(connection: Connection, keys: Keys, subject: Subject | None, year: int) -> DataKey:
    """The key to seal a new record with; made in the transaction of that record where needed."""
    name = subject.pseudonym if subject else None
    if subject is not None:
        sought = {"subject": name, "year": year, "by": keys.id}
        found = connection.execute(_OF_SUBJECT, sought).first()
        if found is not None:
            return keys.unwrap(found.id, found.wrapped, found.wrapped_by)
    made, wrapped = keys.new_data_key()
    columns = {"id": made.id, "subject": name, "year": year, "wrapped": wrapped}
    known_as = _conceal(keys, made.id, subject.known_as if subject else ())
    connection.execute(_INSERT, {**columns, "wrapped_by": keys.id, "known_as": known_as})
    return made


def key_of(connection: Connection, keys: Keys, id: str) -> DataKey:
    """The key of that id.

    Raises: ErasedError when it was destroyed.
    """
    row = connection.execute(_OF_ID, {"id": id}).first()
    if row is None:
        raise ErasedError("The data of this record were erased.")
    return keys.unwrap(row.id, row.wrapped, row.wrapped_by)


def keys_of(connection: Connection, keys: Keys, ids: Collection[str]) -> Mapping[str, DataKey]:
    """Those of the keys that are there, by their ids; some hundred at once."""
    rows = connection.execute(_KEY.where(data_key.c.id.in_(ids)))
    return {row.id: keys.unwrap(row.id, row.wrapped, row.wrapped_by) for row in rows}


def check_secret(connection: Connection, keys: Keys) -> None:
    """Checks that the keys there are can be unwrapped.

    Raises: AuditError when another secret wrapped any of them.
    """
    ours = [each.id for each in keys.every]
    others = select(data_key.c.id).where(data_key.c.wrapped_by.not_in(ours)).limit(1)
    if connection.execute(others).first() is not None:
        raise AuditError(
            "The records were sealed with another secret than the one in the data directory. "
            "Nothing was changed. Restore the file 'secret' that belongs to the database."
        )


def known_as(connection: Connection, keys: Keys) -> Mapping[str, Sequence[str]]:
    """For each pseudonym that came after a rotation those of the same person before it, in order.

    Raises: AuditError.
    """
    return {
        row.subject: json.loads(keys.reveal(row.known_as, _about(row.id), row.wrapped_by))
        for row in connection.execute(_KNOWN_AS)
    }


def all_names(connection: Connection, keys: Keys, subjects: Collection[str]) -> frozenset[str]:
    """The pseudonyms and every other one of the same persons.

    Raises: AuditError.
    """
    # Each pseudonym lists all before it, so that whatever a person has in common meets at once.
    sought = frozenset(subjects)
    people = ({name, *before} for name, before in known_as(connection, keys).items())
    return sought.union(*(names for names in people if names & sought))


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


def _conceal(keys: Keys, id: str, names: Sequence[str]) -> str | None:
    return keys.conceal(json.dumps(list(names)).encode(), _about(id)) if names else None


def _about(id: str) -> str:
    return f"known as {id}"
