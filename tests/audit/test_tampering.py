"""Whatever is changed past the service is found, and the first bad record is named.

By the service that is running, by `verify`, and by the one file that knows nothing of either.
"""

import ast
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

import cds.audit.verify_records as verifier
from cds.audit.chain import GENESIS, Entry, entry_hash, sha256
from cds.audit.export import sealed
from cds.audit.head import Checkpoint, read_checkpoint
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.errors import AuditError
from tests.audit.databases import KEYS, NOW, Database, draft

COLUMNS = list(Entry.__struct_fields__)
RECORDS = 6


@pytest.fixture
def filled(store: Store) -> Store:
    """Records of two subjects, of nobody, with a key, and one that is not sealed."""
    store.append(draft(1, subject="one"))
    store.append(draft(2, subject="two"))
    store.append(draft(3, subject="one", idempotency_key="3" * 64))
    store.append(draft(4))
    store.append(draft(5, sealed=False, request_sha256="5" * 64))
    store.append(draft(6, subject="two"))
    return store


def export_of(store: Store, folder: Path) -> Path:
    """What an auditor is given."""
    path = folder / "export.jsonl"
    path.write_text("".join(f"{line}\n" for line in sealed(store, KEYS, NOW)))
    return path


def verify_offline(*arguments: str | Path) -> tuple[int, str]:
    """The exit status of the file, run alone and isolated from everything else."""
    done = subprocess.run(
        [sys.executable, "-I", verifier.__file__, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def with_one_bit_flipped(value: str | int | None) -> str:
    """The value as SQL, as far from what it was as can be: one bit."""
    if value is None:
        return "'\x01'"
    if isinstance(value, int):
        return str(value ^ 8)
    middle = len(value) // 2
    flipped = value[:middle] + chr(ord(value[middle]) ^ 1) + value[middle + 1 :]
    return "'" + flipped.replace("'", "''") + "'"


@pytest.mark.parametrize("column", COLUMNS)
def test_one_flipped_bit_of_any_column_is_found(
    filled: Store, database: Database, column: str
) -> None:
    found = []
    for seq in (1, 3, 5):
        (value,) = database.rows(f"SELECT {column} FROM record WHERE seq = {seq}")[0]
        changed = with_one_bit_flipped(value)
        database.tamper(f"UPDATE record SET {column} = {changed} WHERE seq = {seq}")
        found.append(filled.verify())
        undone = "NULL" if value is None else repr(value)
        at = changed if column == "seq" else seq
        database.tamper(f"UPDATE record SET {column} = {undone} WHERE seq = {at}")
    assert (found, filled.verify()) == ([1, 3, 5], None)


SWAP = (
    "UPDATE record SET seq = 99 WHERE seq = 2",
    "UPDATE record SET seq = 2 WHERE seq = 3",
    "UPDATE record SET seq = 3 WHERE seq = 99",
)
INSERT = (
    "UPDATE record SET seq = seq + 100 WHERE seq > 3",
    "INSERT INTO record SELECT 4, 'x', created, kind, body, body_sha256, knowledge_sha256, "
    "request_sha256, NULL, 'y', 'z', key_id, signature FROM record WHERE seq = 2",
    "UPDATE record SET seq = seq - 99 WHERE seq > 100",
)


@pytest.mark.parametrize(
    ("statements", "seq"),
    [
        (["DELETE FROM record WHERE seq = 1"], 1),
        (["DELETE FROM record WHERE seq = 4"], 4),
        (SWAP, 2),
        (INSERT, 4),
        (["UPDATE record SET body = '{}' WHERE seq = 2"], 2),
        (["DELETE FROM record WHERE seq > 4"], 5),
        (["DELETE FROM record"], 1),
    ],
    ids=["first deleted", "deleted", "swapped", "inserted", "changed", "cut off", "all deleted"],
)
def test_a_missing_moved_or_added_record_is_found(
    filled: Store, database: Database, statements: list[str], seq: int
) -> None:
    (database.data / "head.txt").write_bytes((database.data / "head").read_bytes())
    database.tamper(*statements)
    assert filled.verify() == seq
    path = database.path if database.is_sqlite else export_of(filled, database.data)
    status, told = verify_offline(
        path, "--public-key", KEYS.public, "--checkpoints", database.data / "head.txt"
    )
    assert (status, told.split(":")[1].split()[:2]) == (1, ["record", str(seq)]), told


def test_a_key_that_is_gone_without_an_erasure_is_found(filled: Store, database: Database) -> None:
    database.execute("DELETE FROM data_key WHERE subject = 'two'")
    assert filled.verify() == 2
    if database.is_sqlite:
        assert verify_offline(database.path)[0] == 1


def rewrite(database: Database, start: int) -> None:
    """Writes the chain anew from `start` on, each hash computed as it must be."""
    names = ", ".join(COLUMNS)
    rows = database.rows(f"SELECT {names} FROM record ORDER BY seq")
    before, statements = GENESIS, []
    for entry in (Entry(**dict(zip(COLUMNS, row, strict=True))) for row in rows):
        if entry.seq >= start:
            kind = "falsified" if entry.seq == start else entry.kind
            entry = replace(entry, kind=kind, prev_hash=before)
            entry = replace(entry, hash=entry_hash(entry))
            statements.append(
                f"UPDATE record SET kind = '{kind}', prev_hash = '{before}', "
                f"hash = '{entry.hash}' WHERE seq = {entry.seq}"
            )
        before = entry.hash
    database.tamper(*statements)


@pytest.mark.parametrize("start", [1, 4])
def test_a_chain_that_was_written_anew_is_found_by_what_was_signed(
    filled: Store, database: Database, start: int
) -> None:
    """Its hashes are all right, so that only the signatures tell."""
    rewrite(database, start)
    assert filled.verify() == start
    with pytest.raises(AuditError, match="not those that were signed"):
        filled.append(draft())
    with pytest.raises(AuditError, match="not those that were signed"):
        database.open()
    path = database.path if database.is_sqlite else export_of(filled, database.data)
    status, told = verify_offline(path, "--public-key", KEYS.public)
    assert (status, f"record {start}: the service did not sign it" in told) == (1, True), told


def test_a_chain_written_anew_as_if_from_before_signatures_is_found_by_a_checkpoint(
    filled: Store, database: Database
) -> None:
    """Then no record is signed; what was carried elsewhere is."""
    kept = database.data / "kept"
    for seq in (3, 6):
        (hash_,) = database.rows(f"SELECT hash FROM record WHERE seq = {seq}")[0]
        line = Checkpoint(seq, hash_, "2026-11-22T10:00:00.000000Z").signed(KEYS)
        kept.write_text((kept.read_text() if kept.exists() else "") + line + "\n")
    rewrite(database, 5)
    database.tamper("UPDATE record SET signature = NULL")
    examined = filled.examine()
    assert examined.fault is not None
    assert (examined.fault.seq, "written anew" in examined.fault.what) == (1, True)
    path = database.path if database.is_sqlite else export_of(filled, database.data)
    status, told = verify_offline(path, "--public-key", KEYS.public, "--checkpoints", kept)
    assert (status, "record 4: it or one up to 6 is not" in told) == (1, True), told


@pytest.mark.parametrize("kind", ["decision", "erasure"])
def test_a_record_that_somebody_else_appended_is_found(
    filled: Store, database: Database, kind: str
) -> None:
    """It fits the chain, and could hide that a key was deleted; but nobody signed it."""
    (key_id, before) = database.rows("SELECT key_id, hash FROM record WHERE seq = 6")[0]
    body = '{"by":"x","keys":["' + key_id + '"]}'
    forged = Entry(
        *(7, "f" * 32, "2026-11-22T10:00:00.000000Z", kind, body, sha256(body)),
        *("a" * 64, "", None, before, ""),
    )
    forged = replace(forged, hash=entry_hash(forged))
    values = ", ".join(
        "NULL" if value is None else repr(value) for value in (getattr(forged, n) for n in COLUMNS)
    )
    database.execute(f"INSERT INTO record VALUES ({values})", "DELETE FROM data_key")
    assert filled.verify() == 7
    with pytest.raises(AuditError, match="Record 7 was changed"):
        filled.get("f" * 32)
    path = database.path if database.is_sqlite else export_of(filled, database.data)
    status, told = verify_offline(path, "--public-key", KEYS.public)
    assert (status, "record 7: the service did not sign it" in told) == (1, True), told


def test_an_old_copy_in_the_place_of_the_database_is_found(
    filled: Store, database: Database
) -> None:
    """Everything in it is right; it only ends too early."""
    later = [draft(7, subject="one"), draft(8, subject="three")]
    if database.is_sqlite:
        with sqlite3.connect(database.path) as source, sqlite3.connect(":memory:") as copy:
            source.backup(copy)
            for each in later:
                filled.append(each)
            filled.close()
            database.path.unlink()
            for left in database.data.glob("records.sqlite3-*"):
                left.unlink()
            with sqlite3.connect(database.path) as place:
                copy.backup(place)
        for connection in (source, copy, place):
            connection.close()
    else:
        for each in later:
            filled.append(each)
        database.tamper("DELETE FROM record WHERE seq > 6", "DELETE FROM data_key WHERE year = 0")
    with pytest.raises(AuditError, match="The head says 8 records, the database holds 6"):
        filled.check_writable(NOW)
    with pytest.raises(AuditError, match="accept-loss"):
        filled.append(draft())
    assert filled.verify() == 7
    with pytest.raises(AuditError, match="The head says 8 records"):
        database.open()


def test_a_database_that_is_gone_is_not_made_anew(filled: Store, database: Database) -> None:
    filled.close()
    if database.is_sqlite:
        database.path.unlink()
    else:
        database.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    with pytest.raises(AuditError, match=r"(?i)restore a backup|could not be"):
        filled.append(draft())
    with pytest.raises(AuditError, match=r"(?i)restore a backup"):
        database.open()
    assert not (database.is_sqlite and database.path.exists())


@pytest.mark.parametrize("how", ["cut", "changed", "other"])
def test_a_head_that_was_tampered_with_is_found(
    filled: Store, database: Database, how: str
) -> None:
    head = database.data / "head"
    text = head.read_text()
    signed_by_another = Checkpoint(5, "5" * 64, "x").signed(Keys(b"of somebody else"))
    forged = {"cut": text[:100], "changed": text.replace('"size":6', '"size":5')}
    head.write_text(forged.get(how, signed_by_another))
    with pytest.raises(AuditError, match="damaged or was not signed"):
        database.open()
    with pytest.raises(AuditError, match="damaged or was not signed"):
        filled.verify()


def test_what_was_not_tampered_with_is_accepted(filled: Store, database: Database) -> None:
    """The others would pass as well if everything were found faulty."""
    assert filled.verify() is None
    export = export_of(filled, database.data)
    status, told = verify_offline(export, "--public-key", KEYS.public)
    assert (status, told.startswith(f"All {RECORDS} records hold")) == (0, True), told
    assert "No checkpoint" not in told
    if database.is_sqlite:
        status, told = verify_offline(database.path)
        assert (status, "No checkpoint was given" in told) == (0, True)
    other = Keys(b"of somebody else").public
    assert verify_offline(export, "--public-key", other)[0] == 1
    assert verify_offline(database.data / "head")[0] == 2


def test_both_verifiers_agree_on_the_canonical_form(filled: Store) -> None:
    """They share no code; this is what they must have in common."""
    for entry in filled.entries():
        row = {name: getattr(entry, name) for name in COLUMNS}
        verifier.check_row(row, entry.seq, entry.prev_hash)
    signed = json.loads(Checkpoint(1, "ab" * 32, "2026").signed(KEYS))
    assert verifier.check_signature(signed, {KEYS.public}) == KEYS.public
    assert tuple(COLUMNS) == verifier.COLUMNS


def test_the_offline_verifier_is_one_file_without_the_service() -> None:
    tree = ast.parse(Path(verifier.__file__).read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography", "sqlcipher3"}


def test_a_checkpoint_is_made_of_every_thousandth_record(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds.audit.head.EVERY", 2)
    for number in range(5):
        store.append(draft(number))
    lines = (database.data / "checkpoints").read_text().splitlines()
    assert [read_checkpoint(line, KEYS.publics).size for line in lines] == [2, 4]
    assert store.examine().checkpoints == 3
