"""The record in a file that is encrypted as a whole: nothing shows, nothing else changes.

Whatever is wrong with key or file is told and changes nothing; a file that is moved under a key is
whole before and after, whenever the move is cut short.
"""

import os
import resource
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

import cds.audit.rekeying as rekeying
import cds.audit.verify_records as verifier
from cds.audit.backup import back_up
from cds.audit.erasure import About, Actor, erase
from cds.audit.file_key import FileKey, file_key_of, read_file_key
from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.opening import examine_record, open_secret, open_store
from cds.audit.rekeying import change_file_key
from cds.audit.sqlite_file import PRAGMAS, connect
from cds.audit.store import Store
from cds.cli import main
from cds.errors import AuditError, ErasedError, SettingsError
from cds.secret import read_secret
from cds.settings import Settings, read_settings
from tests.audit.databases import NOW, draft

ONE, TWO = "11" * 32, "22" * 32
SHOWN = (
    b"SQLite format 3",
    b"CREATE TABLE",
    b"data_key",
    b"a_kind_of_its_own",
    b"2026-11-22T10:00",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A data directory with keys of files beside it."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def file(self) -> Path:
        return self.data / "records.sqlite3"

    def key(self, name: str) -> Path:
        return self.root / name

    def settings(self, key: str | None) -> Settings:
        return Settings(data_dir=self.data, database_key_file=self.key(key) if key else None)

    def open(self, key: str | None) -> Store:
        settings = self.settings(key)
        return open_store(settings, open_secret(settings))

    def move(self, before: str | None, after: str | None) -> None:
        wanted = file_key_of(self.settings(after))
        change_file_key(self.settings(before), read_secret(self.data), wanted, "tester", NOW)

    def bytes(self) -> dict[str, bytes]:
        """All that lies in the data directory."""
        return {path.name: path.read_bytes() for path in sorted(self.data.iterdir())}

    def kinds(self, key: str | None) -> list[str]:
        """What is recorded, after all of it was verified."""
        settings = self.settings(key)
        assert examine_record(settings, read_secret(self.data), []).fault is None
        with closing(self.open(key)) as store:
            return [entry.kind for entry in store.entries()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, Place]:
    """A plain and an encrypted installation, each with three records about a person."""
    places: dict[str | None, Place] = {None: Place(tmp_path_factory.mktemp("plain"))}
    places["one"] = Place(tmp_path_factory.mktemp("encrypted"))
    for key, place in places.items():
        for name, text in (("one", ONE), ("two", TWO)):
            place.key(name).touch(0o600)
            place.key(name).write_text(f"{text}\n")
        with closing(place.open(key)) as store:
            for number in range(3):
                store.append(draft(number, subject="somebody"))
    return places


@pytest.fixture
def plain(made: dict[str | None, Place], tmp_path: Path) -> Place:
    """A plain record of three."""
    return Place(shutil.copytree(made[None].root, tmp_path / "plain"))


@pytest.fixture
def encrypted(made: dict[str | None, Place], tmp_path: Path) -> Place:
    """An encrypted record of three."""
    return Place(shutil.copytree(made["one"].root, tmp_path / "encrypted"))


def forked(work: Callable[[], object]) -> int:
    """How a process of its own ends: 0 when it did the work, 3 when that was refused."""
    if (child := os.fork()) == 0:
        status = 99
        try:
            work()
            status = 0
        except AuditError:
            status = 3
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_file_and_log_show_nothing_but_random_bytes(plain: Place, encrypted: Place) -> None:
    """As long as it is open all that was appended stands in the log."""
    shown = []
    for place, key in ((plain, None), (encrypted, "one")):
        with closing(place.open(key)) as store:
            store.append(draft(4, kind="a_kind_of_its_own", sealed=False))
            found = place.bytes()
        assert len(found["records.sqlite3-wal"]) > 4096
        written = b"".join(v for name, v in found.items() if name.startswith("records"))
        shown.append([text for text in SHOWN if text in written])
    assert shown == [list(SHOWN), []]


def test_two_files_under_one_key_begin_differently(encrypted: Place, tmp_path: Path) -> None:
    other = Place(tmp_path)
    shutil.copy(encrypted.key("one"), other.key("one"))
    other.open("one").close()
    assert encrypted.file.read_bytes()[:16] != other.file.read_bytes()[:16]


def test_a_record_in_an_encrypted_file_is_kept_like_any_other(encrypted: Place) -> None:
    """Appended, read, checkpointed, erased, opened again by another process's eyes."""
    with closing(encrypted.open("one")) as store:
        receipt = store.append(draft(7, subject="another"))
        entry = store.get(receipt.id)
        assert entry is not None
        assert store.text_of(entry) == '{"n":7,"text":"ü"}'
        assert erase(store, About(record_id=receipt.id), Actor("tester", NOW)) == 1
        with pytest.raises(ErasedError):
            store.text_of(entry)
        assert encrypted.file.with_name("records.sqlite3-wal").stat().st_size == 0
        store.check_writable(NOW)
        before = store.checkpoint(NOW)
    with closing(encrypted.open("one")) as store:
        assert store.checkpoint(NOW) == before
        assert store.append(draft()).sequence == before.size + 1
    assert encrypted.kinds("one") == [*["decision"] * 4, "erasure", "decision"]


def test_a_lock_is_waited_for_and_then_told(
    encrypted: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLCipher has exceptions of its own."""
    monkeypatch.setitem(PRAGMAS, "busy_timeout", 50)
    with (
        closing(encrypted.open("one")) as store,
        closing(connect(encrypted.file, FileKey(bytes.fromhex(ONE)), sqlcipher)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AuditError, match="could not be committed"):
            store.append(draft())
        other.execute("ROLLBACK")
        assert store.append(draft()).sequence == 4


@pytest.mark.parametrize(
    ("how", "key", "told"),
    [
        ("encrypted", None, "is encrypted, or its beginning is damaged"),
        ("encrypted", "two", "belongs to another, or its beginning"),
        ("plain", "one", "is not encrypted, and CDS_DATABASE_KEY_FILE is set"),
    ],
)
def test_a_key_that_does_not_fit_is_told_and_changes_nothing(
    how: str, key: str | None, told: str, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue(how)
    before = place.bytes()
    with pytest.raises(AuditError, match=told):
        place.open(key)
    assert place.bytes() == before


def test_a_file_that_is_gone_is_not_made_anew(encrypted: Place) -> None:
    encrypted.file.unlink()
    with pytest.raises(AuditError, match="is gone"):
        encrypted.open("one")
    assert not encrypted.file.exists()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: path.chmod(0o640), r"Others can read .*CDS_DATABASE_KEY_FILE\): chmod 600"),
        (lambda path: path.unlink(), "cannot be read: No such file"),
        (lambda path: path.write_text(ONE[:-1]), "64 hexadecimal digits"),
        (lambda path: path.write_bytes(b"\xff" * 64), "64 hexadecimal digits"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_refused(
    encrypted: Place, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(encrypted.key("one"))
    with pytest.raises(SettingsError, match=told) as refused:
        encrypted.open("one")
    assert ONE[:8] not in str(refused.value)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"CDS_DATABASE_URL": "postgresql://host/name"}, "PostgreSQL is encrypted by the storage"),
        ({"CDS_DATA_DIR": "/etc/cds"}, "lies in the data directory"),
    ],
)
def test_a_key_that_would_protect_nothing_is_refused(more: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        read_settings({"CDS_DATABASE_KEY_FILE": "/etc/cds/key", **more})


def test_the_record_can_say_that_it_is_encrypted_and_nowhere_with_what() -> None:
    settings = read_settings({"CDS_DATABASE_KEY_FILE": "/etc/cds/key"})
    assert settings.recorded["database_encrypted"] is True
    assert "/etc/cds/key" not in str(settings.recorded)
    assert ONE not in repr(FileKey(bytes.fromhex(ONE)))


def test_without_sqlcipher_the_command_that_installs_it_is_told(
    encrypted: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    told = "pip install --require-hashes --only-binary :all: -r requirements-encrypted.lock"
    with pytest.raises(SettingsError, match=told):
        encrypted.open("one")


def test_what_only_calls_itself_sqlcipher_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite takes a key without a word, and would write a plain file."""
    monkeypatch.setattr("cds.audit.sqlite_file.sqlcipher", lambda: sqlite3)
    file = tmp_path / "records.sqlite3"
    with pytest.raises(AuditError, match="does not encrypt"):
        Store(f"sqlite:///{file}", file_key=FileKey(bytes(32)))
    assert file.read_bytes() == b""


def test_a_changed_byte_of_any_page_that_is_read_is_refused(encrypted: Place) -> None:
    whole, told = encrypted.file.read_bytes(), []
    for page in range(len(whole) // 4096):
        damaged = bytearray(whole)
        damaged[page * 4096 + 2000] ^= 1
        encrypted.file.write_bytes(damaged)
        with pytest.raises(AuditError) as refused:
            encrypted.open("one")
        told.append(str(refused.value))
        assert encrypted.file.read_bytes() == damaged
    assert "belongs to another, or its beginning is damaged" in told[0]
    assert any("The record database is damaged" in each for each in told)


def test_a_record_is_moved_under_a_key_to_another_and_back(
    plain: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command, each time recorded with the ids of the keys; all goes on reading."""
    ids = {name: read_file_key(plain.key(name)).id for name in ("one", "two")}
    monkeypatch.setenv("CDS_DATA_DIR", str(plain.data))
    for before, after in ((None, "one"), ("one", "two"), ("two", None)):
        monkeypatch.setenv("CDS_DATABASE_KEY_FILE", str(plain.key(after)) if after else "")
        arguments = ("--from", str(plain.key(before))) if before else ()
        assert main(("encrypt-database", *arguments)) == 0
        assert (ids[after] if after else "not encrypted") in capsys.readouterr().out
        assert (plain.file.read_bytes()[:15] == b"SQLite format 3") == (after is None)
        assert sorted(plain.bytes()) == ["head", "records.sqlite3", "secret"]
        assert plain.file.stat().st_mode & 0o077 == 0
        assert main(("verify",)) == 0
    assert plain.kinds(None) == [*["decision"] * 3, *["database_key_changed"] * 3]
    with closing(plain.open(None)) as store:
        assert [store.text_of(e)[:7] for e in store.entries()][3:] == ['{"after'] * 3
        bodies = [e.body for e in store.entries()][3:]
    assert [f'"before":"{ids["two"]}"' in body for body in bodies] == [False, False, True]
    assert main(("encrypt-database",)) == 2
    assert "is so already" in capsys.readouterr().err


DIES = {
    "before anything is written": (rekeying, "_copy"),
    "when all is copied": (rekeying, "_append"),
    "when it is recorded in the new file": (rekeying, "_put_in_place"),
    "when the new file is in its place": (Head, "advance"),
}


@pytest.mark.parametrize("when", DIES)
def test_a_move_that_is_killed_leaves_one_whole_record(
    when: str, plain: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = when.endswith("in its place")
    with monkeypatch.context() as patch:
        patch.setattr(*DIES[when], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        assert forked(lambda: plain.move(None, "one")) == -signal.SIGKILL
    now = "one" if moved else None
    assert plain.kinds(now) == ["decision"] * 3 + ["database_key_changed"] * moved
    plain.move(now, "two")
    assert sorted(plain.bytes()) == ["head", "records.sqlite3", "secret"]
    assert plain.kinds("two")[-1] == "database_key_changed"


def test_a_move_on_a_full_disk_changes_nothing(plain: Place) -> None:
    before = plain.kinds(None)

    def move() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
        plain.move(None, "one")

    assert forked(move) == 3
    assert plain.kinds(None) == before
    assert sorted(plain.bytes()) == ["head", "records.sqlite3", "secret"]


def test_a_record_in_use_is_not_moved(plain: Place) -> None:
    """A service holds connections, at work or not."""
    with closing(plain.open(None)) as store:
        store.append(draft())
        assert forked(lambda: plain.move(None, "one")) == 3
        assert store.append(draft()).sequence == 5
    assert plain.kinds(None) == ["decision"] * 5


def test_who_waits_for_a_record_that_is_moved_cannot_write_the_old_file(
    plain: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that starts meanwhile, as its settings were before."""
    put, children = rekeying._put_in_place, []

    def put_while_one_waits(aside: Path, path: Path) -> None:
        if (child := os.fork()) == 0:
            os._exit(forked(lambda: plain.open(None).append(draft())))
        children.append(child)
        time.sleep(0.3)  # it waits for the lock
        put(aside, path)

    monkeypatch.setattr(rekeying, "_put_in_place", put_while_one_waits)
    plain.move(None, "one")
    assert [os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in children] == [3]
    assert plain.kinds("one") == [*["decision"] * 3, "database_key_changed"]


def test_a_copy_that_differs_is_not_put_in_place(
    plain: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = rekeying._digest

    def differing(connection: Any, schema: str) -> str:
        if schema == "target":
            connection.execute("DELETE FROM target.heartbeat")
            connection.execute("INSERT INTO target.heartbeat VALUES (9, '')")
        return digest(connection, schema)

    monkeypatch.setattr(rekeying, "_digest", differing)
    with pytest.raises(AuditError, match="Nothing was changed"):
        plain.move(None, "one")
    assert plain.kinds(None) == ["decision"] * 3


@pytest.mark.parametrize("key", [None, "one"])
def test_a_backup_made_while_it_runs_is_restored_to_the_same_head(
    key: str | None, made: dict[str | None, Place], tmp_path: Path
) -> None:
    place, copy = Place(shutil.copytree(made[key].root, tmp_path / "place")), tmp_path / "copy"
    with closing(place.open(key)) as store:
        newest = store.append(draft())
        back_up(place.settings(key), copy)
        assert copy.stat().st_mode & 0o077 == 0
        with pytest.raises(AuditError, match="is there already"):
            back_up(place.settings(key), copy)
    copy.replace(place.file)
    with closing(place.open(key)) as store:
        assert store.get(newest.id) is not None
    assert place.kinds(key) == ["decision"] * 4


def test_the_offline_verifier_reads_an_encrypted_file_with_its_key(
    encrypted: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    public = Keys(*read_secret(encrypted.data).parts).public
    file, right = str(encrypted.file), ("--key-file", str(encrypted.key("one")))
    assert verifier.main([file, "--public-key", public, *right]) == 0
    assert "All 3 records hold" in capsys.readouterr().out
    for wrong, told in (
        ((), "is it encrypted (--key-file)?"),
        (("--key-file", str(encrypted.key("two"))), "another --key-file"),
    ):
        assert verifier.main([file, *wrong]) == 2
        assert told in capsys.readouterr().err
    with closing(connect(encrypted.file, FileKey(bytes.fromhex(ONE)), sqlcipher)) as opened:
        opened.execute("DROP TRIGGER record_no_update")
        opened.execute("UPDATE record SET kind = 'another' WHERE seq = 2")
    assert verifier.main([file, *right]) == 1
    assert "record 2" in capsys.readouterr().err
