"""Reads many records with what they say, the keys for some hundred at once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import select

from cds.audit.canonical import Canonical
from cds.audit.chain import Entry
from cds.audit.data_keys import keys_of, known_as
from cds.audit.database import data_key, record
from cds.audit.examination import AT_ONCE
from cds.audit.keys import DataKey
from cds.audit.store import Store
from cds.audit.turn import NO_KEYS
from cds.errors import AuditError


def read_all(store: Store, *conditions: Any) -> Iterator[tuple[Entry, Canonical | None]]:
    """The records in order, each with its body; None in place of one that was erased.

    Raises: AuditError when one cannot be read.
    """
    entries = store.entries(*conditions)
    while some := tuple(islice(entries, AT_ONCE)):
        keys = _keys(store, some)
        yield from ((entry, _body(entry, keys)) for entry in some)


def numbers_of(store: Store, limit: int | None, *conditions: Any) -> list[int]:
    """The numbers of the newest `limit` records that meet the conditions, in their order.

    Raises: AuditError.
    """
    query = select(record.c.seq).where(*conditions).order_by(record.c.seq.desc()).limit(limit)
    with store.reading() as connection:
        return list(connection.execute(query).scalars())[::-1]


def first_names(store: Store) -> Mapping[str, str]:
    """For each pseudonym that came after a rotation the first one of the same person.

    Raises: AuditError.
    """
    if store.keys is None:
        return {}
    with store.reading() as connection:
        return {name: before[0] for name, before in known_as(connection, store.keys).items()}


def subject_of(store: Store, entry: Entry) -> str | None:
    """The pseudonym of the person whom the record is about; None where nobody was named, or erased.

    Raises: AuditError.
    """
    if entry.key_id is None:
        return None
    query = select(data_key.c.subject).where(data_key.c.id == entry.key_id)
    with store.reading() as connection:
        found: str | None = connection.execute(query).scalar()
    return found


def read_newest(
    store: Store, most: int, *conditions: Any
) -> tuple[tuple[Entry, Canonical | None], ...]:
    """The newest `most` records that meet the conditions, newest first, each as in `read_all`.

    Raises: AuditError.
    """
    numbers = numbers_of(store, most, *conditions)
    return tuple(read_all(store, record.c.seq.in_(numbers)))[::-1]


def _keys(store: Store, entries: Sequence[Entry]) -> Mapping[str, DataKey]:
    ids = {entry.key_id for entry in entries if entry.key_id is not None}
    if not ids:
        return {}
    if store.keys is None:
        raise AuditError(NO_KEYS)
    with store.reading() as connection:
        return keys_of(connection, store.keys, ids)


def _body(entry: Entry, keys: Mapping[str, DataKey]) -> Canonical | None:
    if entry.key_id is None:
        return Canonical(entry.body)
    key = keys.get(entry.key_id)
    return Canonical(key.unseal(entry.body, entry.id)) if key else None
