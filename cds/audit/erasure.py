"""Erasure by destroying keys, what the law holds back from it, and what was kept long enough.

No record is ever deleted: without its key a sealed body says nothing, and the chain still holds.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from cds.audit.data_keys import all_names, destroy
from cds.audit.database import data_key, record
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.errors import CdsError

ERASURE = "erasure"
RETENTION = "retention"
HOLD = "hold"
RELEASE = "release"
_EVENTS = select(record.c.kind, record.c.body).order_by(record.c.seq)
_KEYS = select(data_key.c.id, data_key.c.subject)


class HeldError(CdsError):
    """A legal hold forbids the erasure."""


class About(Struct, frozen=True):
    """Whose records: a subject by pseudonym, or the person of one record, named or not.

    `known_as` are the pseudonyms of the subject before the secret was rotated.
    """

    subject: str | None = None
    record_id: str | None = None
    known_as: Sequence[str] = ()


class Actor(Struct, frozen=True):
    """Who gave the command, and when; both are recorded."""

    name: str
    now: datetime


def hold(store: Store, about: About, actor: Actor) -> int:
    """Forbids erasure of these records until they are released; how many keys it is about."""
    return _mark(store, HOLD, about, actor)


def release(store: Store, about: About, actor: Actor) -> int:
    """Ends a legal hold."""
    return _mark(store, RELEASE, about, actor)


def erase(store: Store, about: About, actor: Actor) -> int:
    """Destroys every key of the person; how many there were.

    Raises: HeldError when a legal hold forbids it; AuditError when it is not certain.
    """
    with store.turn() as turn:
        ids = _ids(turn.connection, store.keys, about)
        if ids & _held(turn.connection, store.keys):
            raise HeldError("A legal hold forbids this erasure. Release it first.")
        if ids:
            turn.append(_event(ERASURE, ids, actor))
            destroy(turn.connection, ids)
    store.forget(ids)
    return len(ids)


def retain(store: Store, years: int, actor: Actor, *, dry_run: bool) -> tuple[int, int]:
    """Destroys the keys of years that ended more than `years` ago, but for those under a hold.

    Returns how many were, or with `dry_run` would be, destroyed, and how many are held.
    Raises: AuditError when it is not certain.
    """
    with store.turn() as turn:
        old = data_key.c.year + years < actor.now.year
        due = frozenset(turn.connection.execute(select(data_key.c.id).where(old)).scalars())
        held = due & _held(turn.connection, store.keys)
        ids = due - held
        if ids and not dry_run:
            turn.append(_event(RETENTION, ids, actor, years=years))
            destroy(turn.connection, ids)
    if not dry_run:
        store.forget(ids)
    return len(ids), len(held)


def _mark(store: Store, kind: str, about: About, actor: Actor) -> int:
    with store.turn() as turn:
        ids = _ids(turn.connection, store.keys, about)
        if ids:
            turn.append(_event(kind, ids, actor))
    return len(ids)


def _event(kind: str, ids: Iterable[str], actor: Actor, **more: int) -> Draft:
    body = {"keys": sorted(ids), "by": actor.name, **more}
    return Draft(kind, body, actor.now, "", sealed=False)


def _ids(connection: Connection, keys: Keys | None, about: About) -> frozenset[str]:
    """The keys of the person; those of all years, also when one record names the person."""
    ids: frozenset[str] = frozenset()
    names = frozenset(about.known_as) | ({about.subject} if about.subject is not None else set())
    if about.record_id is not None:
        of_record = select(record.c.key_id).where(record.c.id == about.record_id).scalar_subquery()
        found = connection.execute(_KEYS.where(data_key.c.id == of_record)).all()
        ids = frozenset(row.id for row in found)
        names |= {row.subject for row in found if row.subject is not None}
    theirs = select(data_key.c.id).where(data_key.c.subject.in_(_all(connection, keys, names)))
    return ids | frozenset(connection.execute(theirs).scalars())


def _held(connection: Connection, keys: Keys | None) -> frozenset[str]:
    """Every key under a hold: those that it named, and all others of the same subjects."""
    named: set[str] = set()
    for kind, body in connection.execute(_EVENTS.where(record.c.kind.in_((HOLD, RELEASE)))):
        ids = set(json.loads(body)["keys"])
        named = named | ids if kind == HOLD else named - ids
    if not named:
        return frozenset()
    there = connection.execute(_KEYS).all()
    held = {row.subject for row in there if row.id in named} - {None}
    subjects = _all(connection, keys, held)
    return frozenset(row.id for row in there if row.id in named or row.subject in subjects)


def _all(connection: Connection, keys: Keys | None, names: Collection[str]) -> Collection[str]:
    """Every pseudonym of these persons."""
    return names if keys is None else all_names(connection, keys, names)
