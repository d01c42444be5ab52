"""What only a server can do: lose the connection, forget to sync, and know roles."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cds.audit.head import Head
from cds.audit.store import Store
from cds.audit.turn import KeyTakenError
from cds.audit.used_tokens import UsedTokens
from cds.errors import AuditError
from tests.audit.databases import KEYS, NOW, Database, draft
from tests.postgresql import Cutting, Server, cutting


@pytest.fixture
def database(postgresql: Server, tmp_path: Path) -> Database:
    """An empty database on the server."""
    return Database(postgresql.empty(), tmp_path, postgresql)


@pytest.fixture
def line(postgresql: Server) -> Iterator[Cutting]:
    """A line to the server that can be cut at a commit."""
    with cutting(postgresql) as found:
        yield found


@pytest.mark.parametrize("delivered", [False, True])
def test_a_connection_lost_during_the_commit_leaves_exactly_one_record(
    database: Database, line: Cutting, delivered: bool
) -> None:
    """The outcome is unknown; whoever asks again with the same key gets the one record."""
    key = "k" * 64
    with closing(Store(line.url, KEYS, Head(database.data, KEYS))) as store:
        store.append(draft())
        line.cut_next_commit(delivered=delivered)
        with pytest.raises(AuditError, match="could not be committed"):
            store.append(draft(idempotency_key=key))
        found = store.find(key)
        assert (found is not None) == delivered
        if found is None:
            store.append(draft(idempotency_key=key))
        with pytest.raises(KeyTakenError):
            store.append(draft(idempotency_key=key))
        assert store.append(draft()).sequence == 3
        assert store.verify() is None


def test_a_connection_that_the_server_ended_is_opened_anew(database: Database) -> None:
    store = database.open()
    store.append(draft())
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    assert store.append(draft()).sequence == 2
    store.close()


def test_a_server_that_does_not_wait_for_the_disk_is_refused(database: Database) -> None:
    database.execute("ALTER DATABASE postgres SET synchronous_commit = off")
    try:
        with pytest.raises(AuditError, match="synchronous_commit"):
            database.open()
    finally:
        database.execute("ALTER DATABASE postgres RESET synchronous_commit")


def test_a_server_that_is_not_there_is_told_without_its_address(tmp_path: Path) -> None:
    url = f"postgresql://somebody:secret@/records?host={tmp_path}"
    with pytest.raises(AuditError, match="cannot be opened") as refused:
        Store(url, KEYS)
    assert "secret" not in str(refused.value)


GRANTS = (
    "GRANT USAGE ON SCHEMA public TO service",
    "GRANT SELECT, INSERT ON record, knowledge TO service",
    "GRANT SELECT, INSERT, DELETE ON data_key, heartbeat, used_token TO service",
    "GRANT SELECT ON alembic_version TO service",
)


def test_the_service_needs_no_right_to_change_a_record(database: Database) -> None:
    """The grants of docs/operations.md; whoever owns the tables moves them forward."""
    database.open().close()
    database.execute("DROP ROLE IF EXISTS service", "CREATE ROLE service LOGIN", *GRANTS)
    assert database.server is not None
    url = database.server.url("service")
    with closing(Store(url, KEYS, Head(database.data, KEYS))) as store:
        receipt = store.append(draft())
        assert store.get(receipt.id) is not None
        assert UsedTokens(store).take("issuer\na", NOW, NOW)
        assert store.verify() is None
    try:
        for statement in (
            "UPDATE record SET kind = 'x'",
            "DELETE FROM record",
            "TRUNCATE record",
            "ALTER TABLE record DISABLE TRIGGER ALL",
            "DROP TABLE record",
        ):
            with pytest.raises(Exception, match=r"permission denied|must be owner"):
                database.server.execute(statement, user="service")
    finally:
        database.execute("DROP OWNED BY service", "DROP ROLE service")
