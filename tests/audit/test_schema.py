"""A database that is behind is moved forward whole; one that is ahead or foreign is left alone."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import cds.audit.moving
from cds.audit.chain import GENESIS, Entry, entry_hash, sha256
from cds.audit.database import metadata
from cds.audit.schema import NEWEST
from cds.audit.store import Store
from cds.errors import AuditError
from tests.audit.databases import KEYS, Database, draft

BEFORE_MIGRATIONS = (
    "CREATE TABLE record (seq INTEGER NOT NULL PRIMARY KEY, id VARCHAR(32) NOT NULL UNIQUE, "
    "created VARCHAR(32) NOT NULL, kind VARCHAR(32) NOT NULL, body TEXT NOT NULL, "
    "body_sha256 VARCHAR(64) NOT NULL, knowledge_sha256 VARCHAR(64) NOT NULL, "
    "request_sha256 VARCHAR(64) NOT NULL, idempotency_key VARCHAR(64) UNIQUE, "
    "prev_hash VARCHAR(64) NOT NULL UNIQUE, hash VARCHAR(64) NOT NULL UNIQUE)",
    "CREATE TABLE heartbeat (id INTEGER NOT NULL PRIMARY KEY, at VARCHAR(32) NOT NULL)",
)
SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER record_no_{verb} BEFORE {verb} ON record "
    "BEGIN SELECT RAISE(ABORT, 'records are append-only'); END"
    for verb in ("update", "delete")
)
POSTGRESQL_TRIGGERS = (
    "CREATE OR REPLACE FUNCTION record_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'records are append-only'; END $$",
    "CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record "
    "FOR EACH STATEMENT EXECUTE FUNCTION record_append_only()",
)


def old_entries(count: int) -> list[Entry]:
    """Records as they were written before there were migrations."""
    made: list[Entry] = []
    for seq in range(1, count + 1):
        body = f'{{"decision":{{"n":{seq}}}}}'
        open_ = Entry(
            *(seq, f"{seq:032x}", "2026-11-22T10:00:00.000000Z", "decision", body, sha256(body)),
            *("a" * 64, "b" * 64, f"{seq:064x}", made[-1].hash if made else GENESIS, ""),
        )
        made.append(
            Entry(*(getattr(open_, n) for n in Entry.__struct_fields__[:10]), entry_hash(open_))
        )
    return made


@pytest.fixture
def old(database: Database) -> Database:
    """A database of the first shape with five records."""
    if database.is_sqlite:
        database.path.touch(0o600)
    database.execute(
        *BEFORE_MIGRATIONS, *(SQLITE_TRIGGERS if database.is_sqlite else POSTGRESQL_TRIGGERS)
    )
    for entry in old_entries(5):
        values = ", ".join(repr(getattr(entry, name)) for name in Entry.__struct_fields__[:11])
        database.execute(f"INSERT INTO record VALUES ({values})")
    return database


def test_a_database_from_before_migrations_is_moved_forward_without_loss(old: Database) -> None:
    before = old.rows("SELECT * FROM record ORDER BY seq")
    store = old.open()
    assert [row[:11] for row in old.rows("SELECT * FROM record ORDER BY seq")][:5] == before
    assert store.verify() is None
    entry = store.find(f"{3:064x}")
    assert entry is not None
    assert store.text_of(entry) == '{"decision":{"n":3}}'
    assert store.is_of_request(entry, "b" * 64)
    # That there was no head until now is recorded; what follows is sealed as ever.
    assert store.append(draft()).sequence == 7
    assert [row[0] for row in old.rows("SELECT kind FROM record ORDER BY seq")][5:] == [
        "head_adopted",
        "decision",
    ]
    store.close()


def test_a_database_is_moved_once_and_then_opened_as_it_is(old: Database) -> None:
    old.open().close()
    old.open().close()
    assert old.rows("SELECT version_num FROM alembic_version") == [(NEWEST,)]


def test_a_move_that_fails_leaves_the_database_as_it_was(
    old: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scripts = cds.audit.moving.SCRIPTS
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    for path in [scripts / "env.py", *(scripts / "versions").glob("*.py")]:
        text = path.read_text()
        if path.name.startswith(NEWEST):
            text += (
                "\n_move = upgrade\n\ndef upgrade():\n    _move()\n    op.execute('no statement')\n"
            )
        (broken / path.relative_to(scripts)).write_text(text)
    monkeypatch.setattr(cds.audit.moving, "SCRIPTS", broken)
    with pytest.raises(AuditError):
        old.open()
    monkeypatch.undo()
    columns = len(old.rows("SELECT * FROM record")[0])
    assert columns == 11
    old.open().close()


OPENING = """
import sys
from pathlib import Path
from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.store import Store
keys = Keys(b"a secret of the tests")
print(Store(sys.argv[1], keys, Head(Path(sys.argv[2]), keys)).verify())
"""


@pytest.mark.slow
def test_processes_that_start_at_once_move_it_once(old: Database) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPENING, old.url, str(old.data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = [process.communicate(timeout=120) for process in processes]
    assert [out for out, _ in told] == ["None\n"] * 3, told


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_that_another_process_is_about_to_write_to_is_waited_for(old: Database) -> None:
    writer = sqlite3.connect(old.path, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.3, writer.rollback)
    ending.start()
    try:
        old.open().close()
    finally:
        ending.join()
        writer.close()


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["UPDATE alembic_version SET version_num = '9999'"], "A newer version made it"),
        (["DELETE FROM alembic_version"], "'None'"),
    ],
)
def test_a_database_that_is_ahead_is_refused_and_left_alone(
    store: Store, database: Database, statements: list[str], told: str
) -> None:
    store.append(draft())
    database.execute(*statements)
    before = database.rows("SELECT * FROM alembic_version")
    with pytest.raises(AuditError, match=told):
        database.open()
    assert database.rows("SELECT * FROM alembic_version") == before


@pytest.mark.parametrize("table", ["stranger (x INTEGER)", "record (seq INTEGER, x INTEGER)"])
def test_a_database_of_something_else_is_refused_and_left_alone(
    database: Database, table: str
) -> None:
    if database.is_sqlite:
        database.path.touch(0o600)
    database.execute(f"CREATE TABLE {table}")
    with pytest.raises(AuditError, match="did not make"):
        database.open()
    with pytest.raises(Exception, match="heartbeat"):
        database.rows("SELECT * FROM heartbeat")


def test_the_tables_of_the_migrations_are_those_that_the_code_works_with(
    store: Store, database: Database
) -> None:
    url = database.url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    found = inspect(engine)
    for table in metadata.sorted_tables:
        columns = {(c["name"], c["nullable"]) for c in found.get_columns(table.name)}
        assert columns == {(c.name, bool(c.nullable)) for c in table.columns}
        indexes = {tuple(i["column_names"]) for i in found.get_indexes(table.name)}
        assert indexes >= {(c.name,) for c in table.columns if c.index}
    engine.dispose()


def test_the_newest_migration_is_the_one_that_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(cds.audit.moving.SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == NEWEST
    assert {s.revision for s in scripts.walk_revisions()} == {NEWEST, *cds.audit.schema._OLDER}


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/name", "postgresql+psycopg2://x/y"])
def test_an_address_of_no_known_database_is_refused_without_being_told(url: str) -> None:
    with pytest.raises(AuditError, match="CDS_DATABASE_URL") as refused:
        Store(url, KEYS)
    assert url not in str(refused.value)
