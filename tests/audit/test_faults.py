"""Full, read-only, damaged or locked: refused, told, never made anew, and no record is lost."""

import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from cds.audit.sqlite_file import PRAGMAS
from cds.audit.store import Store
from cds.errors import AuditError
from tests.audit.databases import NOW, Database, draft, sqlite_in


@pytest.fixture
def file(tmp_path: Path) -> Database:
    """A database in a file."""
    return sqlite_in(tmp_path)


BEGINNING = """
import os, resource, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.sqlite_file import PRAGMAS
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.errors import AuditError
url, data = sys.argv[1:3]
keys = Keys(b"a secret of the tests")
store = Store(url, keys, Head(Path(data), keys))
def append(size=1):
    body = {"x": os.urandom(size).hex()}
    return store.append(Draft("decision", body, datetime.now(UTC), "a" * 64))
def refused(times=1):
    count = 0
    for _ in range(times):
        try:
            append(20_000)
        except AuditError:
            count += 1
    return count
"""


def run(program: str, database: Database) -> str:
    """What a process of its own said."""
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + program, database.url, str(database.data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


FULL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
append()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
print(refused(20) > 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(refused(), store.verify())
"""


def test_a_full_disk_refuses_and_goes_on_without_a_restart(file: Database) -> None:
    file.open().close()
    assert run(FULL, file).split() == ["True", "0", "None"]


# Root may write what is read-only: it becomes somebody else once all is imported.
READ_ONLY = """
append()
store.close()
if os.geteuid() == 0:
    for path in [Path(data), *Path(data).iterdir()]:
        os.chown(path, 65534, 65534)
    os.setuid(65534)
append()
for path in Path(data).iterdir():
    path.chmod(0o400)
Path(data).chmod(0o500)
store._engine.dispose()
print(refused(), store._head.glance().size)
Path(data).chmod(0o700)
for path in Path(data).iterdir():
    path.chmod(0o600)
print(refused(), store.verify())
"""


def test_a_read_only_database_refuses_and_goes_on_without_a_restart() -> None:
    with tempfile.TemporaryDirectory() as folder:
        said = run(READ_ONLY, sqlite_in(Path(folder)))
    assert said.split() == ["1", "2", "0", "None"]


def test_a_locked_database_is_an_audit_error_and_recovers(
    file: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRAGMAS, "busy_timeout", 50)
    store = file.open()
    other = sqlite3.connect(file.path, isolation_level=None)
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


def test_a_setting_that_sqlite_does_not_take_is_refused_at_start(
    file: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network file system, where the journal stays as it was and SQLite says nothing."""
    monkeypatch.setitem(PRAGMAS, "journal_mode", "another")
    with pytest.raises(AuditError, match="SQLite reports journal_mode = "):
        file.open()


def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Database) -> None:
    file.path.write_bytes(b"not a database, " * 100)
    with pytest.raises(AuditError):
        file.open()
    assert file.path.read_bytes() == b"not a database, " * 100


def test_a_missing_directory_is_an_audit_error(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="data directory"):
        Store(f"sqlite:///{tmp_path}/no/such/records.sqlite3")


def filled(database: Database, count: int) -> list[tuple[object, ...]]:
    """Records in a file without a log beside it."""
    store = database.open()
    for number in range(count):
        text = random.Random(number).randbytes(3_000).hex()  # what repeats is made small
        store.append(draft(number, body={"n": number, "text": text}, subject=f"s{number % 3}"))
    store.close()
    return database.rows("SELECT * FROM record ORDER BY seq")


def is_noticed(database: Database, written: list[tuple[object, ...]]) -> bool:
    """Whether damage is refused or found; True as well when it hit nothing that was recorded."""
    try:
        store = database.open()
    except AuditError:
        return True
    try:
        return (
            store.verify() is not None
            or database.rows("SELECT * FROM record ORDER BY seq") == written
        )
    except AuditError:
        return True
    finally:
        store.close()


def test_a_file_whose_damage_is_no_text_is_refused_in_words(file: Database) -> None:
    """SQLite names what it stumbles over, in the bytes that it finds."""
    filled(file, 1)
    name, damaged = b"triggerknowledge_no_update", b"triggerknowledge_no_up\xefate"
    whole = file.path.read_bytes().replace(name, damaged)
    file.path.write_bytes(whole.replace(b"CREATE TRIGGER knowledge", b"CREATE TRIGGXR knowledge"))
    with pytest.raises(AuditError, match="cannot be opened"):
        file.open()


@pytest.mark.slow
def test_two_hundred_random_damages_never_pass_for_what_was_written(file: Database) -> None:
    """Bytes flipped, stretches zeroed, the end cut off."""
    written = filled(file, 30)
    whole, chance, refused = file.path.read_bytes(), random.Random(2026), 0
    head = (file.data / "head").read_bytes()
    for number in range(200):
        damaged = bytearray(whole)
        at = chance.randrange(len(damaged))
        if number % 4 == 0:
            del damaged[at:]
        elif number % 4 == 1:
            damaged[at : at + 512] = bytes(len(damaged[at : at + 512]))
        else:
            damaged[at] ^= 1 << chance.randrange(8)
        for left in file.data.glob("records.sqlite3-*"):
            left.unlink()
        file.path.write_bytes(damaged)
        (file.data / "head").write_bytes(head)
        assert is_noticed(file, written), (number, at)
        refused += file.path.read_bytes() == bytes(damaged)
    assert refused > 100


def test_a_log_that_is_missing_after_a_kill_is_noticed(file: Database) -> None:
    """What was committed last stands in the log only: without it the file is whole, and old."""
    program = BEGINNING + "append(); print(append().id, flush=True); signal.pause()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, file.url, str(file.data)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    for left in file.data.glob("records.sqlite3-*"):
        left.unlink()
    with pytest.raises(AuditError, match=r"(?i)restore a backup|The head says 2 records"):
        file.open()


def test_a_database_that_is_put_back_is_used_without_a_restart(file: Database) -> None:
    store = file.open()
    store.append(draft())
    store._engine.dispose()
    aside = file.path.with_name("aside")
    file.path.rename(aside)
    with pytest.raises(AuditError):
        store.append(draft())
    assert not file.path.exists()
    aside.rename(file.path)
    assert store.append(draft()).sequence == 2
    store.close()


def test_a_backup_made_while_it_runs_is_restored_to_the_same_head(
    file: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The drill of docs/operations.md: database, head and secret on another machine."""
    store = file.open()
    for number in range(5):
        store.append(draft(number, subject="one"))
    elsewhere = sqlite_in(tmp_path_factory.mktemp("restored"))
    with (
        closing(sqlite3.connect(file.path)) as source,
        closing(sqlite3.connect(elsewhere.path)) as copy,
    ):
        source.backup(copy)
    (elsewhere.data / "head").write_bytes((file.data / "head").read_bytes())
    restored = elsewhere.open()
    assert restored.examine() == store.examine()
    assert [restored.text_of(e) for e in restored.entries()] == [
        store.text_of(e) for e in store.entries()
    ]
    assert restored.append(draft()).sequence == 6
    store.close()
    restored.close()


KILLED = "while True: print(append().id, flush=True)"


@pytest.mark.slow
def test_processes_killed_while_writing_lose_nothing_acknowledged(database: Database) -> None:
    database.open().close()
    acknowledged: list[str] = []
    for _ in range(3):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", BEGINNING + KILLED, database.url, str(database.data)],
                stdout=subprocess.PIPE,
                text=True,
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
    store = database.open()
    assert store.verify() is None
    assert [id for id in acknowledged if store.get(id) is None] == []
    store.close()
