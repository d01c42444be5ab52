"""What was answered is on disk, in order, and the database refuses to change it."""

import stat
import threading
import zlib

import pytest

from cds.audit.database import open_engine, snapshot
from cds.audit.store import Store
from cds.audit.turn import KeyTakenError, last_of
from cds.errors import AuditError
from tests.audit.databases import Database, draft


def test_an_appended_record_is_read_back_with_its_place_in_the_chain(store: Store) -> None:
    first, second = store.append(draft(1)), store.append(draft(2))
    entry = store.get(second.id)
    assert entry is not None
    assert (entry.seq, entry.prev_hash, entry.hash) == (2, first.hash, second.hash)
    assert store.text_of(entry) == '{"n":2,"text":"ü"}'
    assert entry.created == "2026-11-22T10:00:00.000000Z"


def test_a_record_takes_less_room_than_its_text(store: Store) -> None:
    told = store.append(draft(body={"text": "the same over and over " * 1_000}))
    entry = store.get(told.id)
    assert entry is not None
    assert len(entry.body) < len(store.text_of(entry)) / 10


def test_a_record_that_was_sealed_as_it_is_can_be_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the first ones were."""
    monkeypatch.setattr(zlib, "compress", lambda data, _level: data)
    entry = store.get(store.append(draft(1)).id)
    assert entry is not None
    assert store.text_of(entry) == '{"n":1,"text":"ü"}'


def test_an_unknown_id_is_none(store: Store) -> None:
    assert store.get("0" * 32) is None


def test_ids_cannot_be_guessed_from_each_other(store: Store) -> None:
    ids = {store.append(draft(n)).id for n in range(20)}
    assert {len(id) for id in ids} == {32}
    assert len({id[:6] for id in ids}) == 20


def test_a_record_is_found_by_its_idempotency_key_and_the_key_is_used_once(store: Store) -> None:
    receipt = store.append(draft(idempotency_key="k" * 64))
    found = store.find("k" * 64)
    assert found is not None
    assert found.id == receipt.id
    with pytest.raises(KeyTakenError):
        store.append(draft(idempotency_key="k" * 64))
    assert store.append(draft()).sequence == 2


CHANGES = [
    "UPDATE record SET kind = 'x'",
    "DELETE FROM record",
    "UPDATE knowledge SET content = content",
    "DELETE FROM knowledge",
    "UPDATE data_key SET subject = 'x'",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_itself_refuses_to_change_a_record(
    store: Store, database: Database, statement: str
) -> None:
    store.append(draft())
    database.add_knowledge()
    with pytest.raises(Exception, match="append-only"):
        database.execute(statement)


@pytest.mark.parametrize("seq", [1, 3])
def test_the_database_itself_refuses_a_record_out_of_order(
    store: Store, database: Database, seq: int
) -> None:
    """On SQLite an INSERT OR REPLACE would delete the row in its place, past other triggers."""
    store.append(draft())
    insert = "INSERT OR REPLACE INTO" if database.is_sqlite else "INSERT INTO"
    columns = "'x', created, kind, body, body_sha256, knowledge_sha256, request_sha256"
    with pytest.raises(Exception, match="in order"):
        database.execute(
            f"{insert} record SELECT {seq}, {columns}, NULL, 'y', 'z', key_id, NULL FROM record"
        )


def test_a_database_without_its_triggers_is_not_opened(store: Store, database: Database) -> None:
    store.append(draft())
    for_table = "" if database.is_sqlite else " ON record"
    database.execute(f"DROP TRIGGER record_no_update{for_table}")
    with pytest.raises(AuditError, match="no longer protected"):
        database.open()


def test_threads_leave_one_chain_without_gaps(store: Store) -> None:
    def write() -> None:
        for n in range(25):
            store.append(draft(n))

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.verify() is None
    assert store.append(draft()).sequence == 151


def test_two_stores_leave_one_chain(store: Store, database: Database) -> None:
    """As two processes do; the second store shares neither lock nor connection."""
    other = database.open()
    writers = [
        threading.Thread(target=lambda s=s: [s.append(draft(n)) for n in range(25)])
        for s in (store, other)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.verify() is None
    assert other.append(draft()).sequence == 51
    other.close()


def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    def begin() -> None:
        with store.turn() as turn:
            turn.append(draft())
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        begin()
    assert store.append(draft()).sequence == 1


def test_who_reads_sees_at_once_what_was_recorded_meanwhile(store: Store) -> None:
    """A key that another process makes or revokes counts from then on."""
    with store.reading() as connection:
        assert last_of(connection)[0] == 0
        store.append(draft())
        assert last_of(connection)[0] == 1


def test_a_snapshot_is_of_one_moment(store: Store, database: Database) -> None:
    """What is examined one after the other (keys, records) belongs together."""
    store.append(draft())
    engine = open_engine(database.url)
    with snapshot(engine) as connection:
        assert last_of(connection)[0] == 1
        store.append(draft())
        assert last_of(connection)[0] == 1
    engine.dispose()


def test_records_that_come_while_others_are_read_wait_for_nobody(store: Store) -> None:
    store.append(draft())
    read = [store.append(draft(2)).sequence for entry in store.entries() if entry.seq]
    assert read == [2]


def test_what_is_beside_the_records_is_readable_by_its_owner_only(
    store: Store, database: Database
) -> None:
    store.append(draft())
    files = [path for path in database.data.iterdir() if path.is_file()]
    assert len(files) >= 1
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {0}
