"""Many records replayed, one version of the knowledge after the other."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from sqlalchemy import select

from cds.audit.chain import Entry
from cds.audit.database import record
from cds.audit.reading import numbers_of
from cds.audit.store import Store
from cds.replay.recorded import KINDS
from cds.replay.replaying import Outcome, Replay, read_sound, replay
from cds.replay.versions import Versions
from cds.replay.workers import Seqs, in_parallel

OpenStore = Callable[[], Store]


class Replayed(Struct, frozen=True):
    """The outcome of one record."""

    seq: int
    id: str
    knowledge: str
    outcome: Outcome
    reason: str | None


def to_replay(store: Store, limit: int | None = None) -> dict[str, list[int]]:
    """The numbers of the newest decisions and check-ins, by the knowledge that they name.

    Raises: AuditError.
    """
    seqs = numbers_of(store, limit, record.c.kind.in_(KINDS))
    if not seqs:
        return {}
    query = select(record.c.seq, record.c.knowledge_sha256).where(
        record.c.kind.in_(KINDS), record.c.seq >= seqs[0]
    )
    found: dict[str, list[int]] = {}
    with store.reading() as connection:
        for seq, knowledge in connection.execute(query.order_by(record.c.seq)):
            found.setdefault(knowledge, []).append(seq)
    return found


def replay_all(
    open_store: OpenStore, versions: Versions, seqs: Seqs, knowledge: str, workers: int
) -> Iterator[Sequence[Replayed]]:
    """The outcome of each of these records, which all name this knowledge.

    It is loaded before the processes are forked. No store of this process may be open.
    Raises: AuditError, CdsError.
    """
    store = open_store()
    try:
        versions.load(store, knowledge)
    finally:
        store.close()
    yield from in_parallel(lambda: Replaying(open_store(), versions), seqs, workers)


class Replaying(Struct, frozen=True):
    """The replay of some records at a time, by one process."""

    store: Store
    versions: Versions

    def __call__(self, part: Seqs) -> list[Replayed]:
        found = self.store.entries(record.c.seq.in_(part))
        return [self._replay(entry) for entry in found]

    def _replay(self, entry: Entry) -> Replayed:
        recorded = read_sound(self.store, entry)
        if not isinstance(recorded, Replay):
            recorded = replay(self.store, self.versions, recorded)
        return Replayed(
            entry.seq, entry.id, entry.knowledge_sha256, recorded.outcome, recorded.reason
        )
