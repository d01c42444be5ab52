"""What was answered is on disk, in order, and shows every change."""

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cds.audit.store import Draft, KeyTakenError, Store
from cds.errors import AuditError

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def draft(number: int = 1, **changes: Any) -> Draft:
    columns: dict[str, Any] = {
        "kind": "decision",
        "body": {"n": number, "text": "ü"},
        "created": NOW,
        "knowledge_sha256": "a" * 64,
        **changes,
    }
    return Draft(**columns)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{path}")
    yield opened
    opened.close()


def tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER record_no_update")
    connection.execute("DROP TRIGGER record_no_delete")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_appended_record_is_read_back_with_its_place_in_the_chain(store: Store) -> None:
    first, second = store.append(draft(1)), store.append(draft(2))
    entry = store.get(second.id)
    assert entry is not None
    assert (entry.seq, entry.prev_hash, entry.hash) == (2, first.hash, second.hash)
    assert entry.body == '{"n":2,"text":"ü"}'
    assert entry.created == "2026-11-22T10:00:00.000000Z"


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


@pytest.mark.parametrize("statement", ["UPDATE record SET kind = 'x'", "DELETE FROM record"])
def test_the_database_itself_refuses_to_change_a_record(
    store: Store, path: Path, statement: str
) -> None:
    store.append(draft())
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


COLUMNS = (
    "id",
    "created",
    "kind",
    "body",
    "body_sha256",
    "knowledge_sha256",
    "request_sha256",
    "idempotency_key",
    "prev_hash",
    "hash",
)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_of_any_column_is_found_at_its_record(
    store: Store, path: Path, column: str
) -> None:
    for n in range(5):
        store.append(draft(n))
    assert store.verify() is None
    tamper(path, f"UPDATE record SET {column} = coalesce({column}, '') || '0' WHERE seq = 3")
    assert store.verify() == 3


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["DELETE FROM record WHERE seq = 2"], 2),
        (
            [
                "UPDATE record SET seq = 99 WHERE seq = 2",
                "UPDATE record SET seq = 2 WHERE seq = 3",
                "UPDATE record SET seq = 3 WHERE seq = 99",
            ],
            2,
        ),
        (
            [
                "INSERT INTO record SELECT 6, 'x', created, kind, body, body_sha256,"
                " knowledge_sha256,"
                " request_sha256, NULL, 'y', 'z' FROM record WHERE seq = 5"
            ],
            6,
        ),
    ],
    ids=["deleted", "swapped", "inserted"],
)
def test_a_missing_swapped_or_added_record_is_found(
    store: Store, path: Path, statements: list[str], expected: int
) -> None:
    for n in range(5):
        store.append(draft(n))
    tamper(path, *statements)
    assert store.verify() == expected


def test_a_changed_record_is_not_shown(store: Store, path: Path) -> None:
    receipt = store.append(draft())
    tamper(path, "UPDATE record SET body = '{}'")
    with pytest.raises(AuditError, match="changed"):
        store.get(receipt.id)


def test_a_database_without_its_triggers_is_not_opened(store: Store, path: Path) -> None:
    store.append(draft())
    tamper(path)
    with pytest.raises(AuditError, match="no longer protected"):
        Store(f"sqlite:///{path}")


def test_a_broken_chain_is_found_at_start(store: Store, path: Path) -> None:
    for n in range(3):
        store.append(draft(n))
    connection = sqlite3.connect(path)
    (trigger,) = connection.execute(
        "SELECT sql FROM sqlite_master WHERE name = 'record_no_update'"
    ).fetchone()
    connection.execute("DROP TRIGGER record_no_update")
    connection.execute("UPDATE record SET kind = 'x' WHERE seq = 2")
    connection.execute(trigger)
    connection.commit()
    connection.close()
    with pytest.raises(AuditError, match="Record 2"):
        Store(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"not a database, " * 100)
    with pytest.raises(AuditError):
        Store(f"sqlite:///{path}")
    assert path.read_bytes() == b"not a database, " * 100


def test_a_missing_directory_is_an_audit_error(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="data directory"):
        Store(f"sqlite:///{tmp_path}/no/such/records.sqlite3")


def test_a_locked_database_is_an_audit_error_and_recovers(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "cds.audit.database._PRAGMAS",
        {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 50},
    )
    store = Store(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(AuditError, match="could not be committed"):
        store.append(draft())
    with pytest.raises(AuditError):
        store.check_writable(NOW)
    other.execute("ROLLBACK")
    other.close()
    store.check_writable(NOW)
    assert store.append(draft()).sequence == 1
    store.close()


FULL_DISK = """
import resource, signal, sys
from datetime import datetime, UTC
from cds.audit.store import Draft, Store
from cds.errors import AuditError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store(f"sqlite:///{sys.argv[1]}")
def append():
    store.append(Draft("decision", {"x": "y" * 20_000}, datetime.now(UTC), "a" * 64))
append()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
refused = 0
for _ in range(20):
    try:
        append()
    except AuditError:
        refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
append()
print(refused > 0, store.verify())
"""


def test_a_full_disk_refuses_and_recovers_without_a_restart(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["True", "None"], done.stderr


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


KILLED = """
import sys
from datetime import datetime, UTC
from cds.audit.store import Draft, Store
store = Store(f"sqlite:///{sys.argv[1]}")
while True:
    print(store.append(Draft("decision", {"x": 1}, datetime.now(UTC), "a" * 64)).id, flush=True)
"""


def test_processes_killed_while_writing_lose_nothing_acknowledged(path: Path) -> None:
    Store(f"sqlite:///{path}").close()
    acknowledged: list[str] = []
    for _ in range(3):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        for writer in writers:
            assert writer.stdout is not None
            acknowledged += [writer.stdout.readline().strip() for _ in range(30)]
            writer.kill()
        for writer in writers:
            rest, _ = writer.communicate(timeout=20)
            acknowledged += [line for line in rest.splitlines() if len(line) == 32]
    store = Store(f"sqlite:///{path}")
    assert store.verify() is None
    assert [id for id in acknowledged if store.get(id) is None] == []
    store.close()


def test_the_database_file_is_readable_by_its_owner_only(store: Store, path: Path) -> None:
    store.append(draft())
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
