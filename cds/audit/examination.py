"""Whether the record is what was written: the chain, what was signed of it, and its keys."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, Row, select

from cds.audit.chain import GENESIS, KEY_ROTATED, Entry, first_fault, is_sound
from cds.audit.database import data_key, record, snapshot
from cds.audit.head import Checkpoint, checkpoint_at
from cds.errors import AuditError

#: The kinds of records that say which data keys were destroyed.
DESTROYING = frozenset({"erasure", "retention"})
# A body may have hundreds of kilobytes.
AT_ONCE = 100
_TAIL = 200
IN_ORDER = select(record).order_by(record.c.seq)


class Fault(Struct, frozen=True):
    """The first record that is not what was written, and what is wrong with it."""

    seq: int
    what: str


class Examination(Struct, frozen=True):
    """How many records there are, the hash of the last, and the first fault if any."""

    records: int
    head: str
    checkpoints: int
    fault: Fault | None = None


class _Walk(Struct):
    """What is found on the way through the chain."""

    seq: int = 0
    hash: str = GENESIS
    fault: Fault | None = None
    hashes: dict[int, str] = field(default_factory=dict)
    sealed: dict[str, int] = field(default_factory=dict)
    destroyed: set[str] = field(default_factory=set)


def entry_of(row: Row[Any]) -> Entry:
    """A row of the table of records."""
    return Entry(**row._mapping)


def examine_engine(
    engine: Engine, checkpoints: Iterable[Checkpoint], publics: Sequence[str]
) -> Examination:
    """The examination of a database as it is at one moment; `publics` are who must have signed.

    They are in the order in which they came into use; without any no signature is checked.
    Raises: SQLAlchemyError when it cannot be read.
    """
    by_size = sorted(checkpoints, key=lambda checkpoint: checkpoint.size)
    with snapshot(engine) as connection:
        keys = frozenset(connection.execute(select(data_key.c.id)).scalars())
        with connection.execution_options(yield_per=AT_ONCE).execute(IN_ORDER) as rows:
            return examine(_ours(map(entry_of, rows), publics), by_size, keys)


def _ours(entries: Iterable[Entry], publics: Sequence[str]) -> Iterator[Entry]:
    """The records; one that this installation did not sign, after the first that it did, is none.

    With its hash taken away it does not fit, and so is found in its place.
    """
    began, place = False, 0
    for entry in entries:
        if place < len(publics) and (began or entry.signature is not None):
            began = True
            if not is_signed_by(entry, publics[place]):
                entry = replace(entry, hash="")
            elif entry.kind == KEY_ROTATED:
                place += 1
                if not hands_over_to(entry, publics[place:]):
                    entry = replace(entry, hash="")
        yield entry


def is_signed_by(entry: Entry, public: str) -> bool:
    """Whether the owner of the public key signed the record."""
    return checkpoint_at(entry).is_signed(entry.signature or "", public)


def hands_over_to(entry: Entry, following: Sequence[str]) -> bool:
    """Whether the record of a rotation names the public key that follows."""
    return bool(following) and f'"public_key":"{following[0]}"' in entry.body


def check_tail(connection: Connection) -> None:
    """Checks the newest records, as at each start.

    Raises: AuditError naming the first that does not fit.
    """
    newest_first = select(record).order_by(record.c.seq.desc()).limit(_TAIL + 1)
    entries = [entry_of(row) for row in connection.execute(newest_first)][::-1]
    before = entries.pop(0) if len(entries) > _TAIL else None
    fault = first_fault(entries, before.seq + 1, before.hash) if before else first_fault(entries)
    if fault is not None:
        raise AuditError(
            f"Record {fault} does not fit the chain. Nothing was changed. Restore a backup, "
            "or move the database away for an investigation."
        )


def examine(
    entries: Iterable[Entry], checkpoints: Sequence[Checkpoint], keys: Collection[str]
) -> Examination:
    """The examination of all records; `checkpoints` by size, `keys` the data keys there are."""
    walk = _walk(entries, {checkpoint.size for checkpoint in checkpoints})
    fault = walk.fault or _unsigned(walk, checkpoints) or _lost_key(walk, keys)
    return Examination(walk.seq, walk.hash, len(checkpoints), fault)


def _walk(entries: Iterable[Entry], signed: Collection[int]) -> _Walk:
    walk = _Walk()
    if 0 in signed:
        walk.hashes[0] = GENESIS
    for entry in entries:
        if not is_sound(entry, walk.seq + 1, walk.hash):
            walk.fault = Fault(walk.seq + 1, "changed, missing or out of order")
            break
        walk.seq, walk.hash = entry.seq, entry.hash
        if entry.seq in signed:
            walk.hashes[entry.seq] = entry.hash
        if entry.key_id is not None:
            walk.sealed.setdefault(entry.key_id, entry.seq)
        elif entry.kind in DESTROYING:
            walk.destroyed |= set(json.loads(entry.body)["keys"])
    return walk


def _unsigned(walk: _Walk, checkpoints: Sequence[Checkpoint]) -> Fault | None:
    held = 0
    for checkpoint in checkpoints:
        if checkpoint.size > walk.seq:
            return Fault(walk.seq + 1, f"missing: {checkpoint.size} records were signed")
        if walk.hashes[checkpoint.size] != checkpoint.hash:
            what = f"written anew: one from here to {checkpoint.size} is not what was signed"
            return Fault(held + 1, what)
        held = checkpoint.size
    return None


def _lost_key(walk: _Walk, keys: Collection[str]) -> Fault | None:
    lost = walk.sealed.keys() - keys - walk.destroyed
    if not lost:
        return None
    return Fault(min(walk.sealed[id] for id in lost), "its key is gone and no erasure is recorded")
