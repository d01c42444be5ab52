"""Every test of the record runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds.audit.store import Store
from tests.audit.databases import Database, sqlite_in
from tests.postgresql import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database."""
    if request.param == "sqlite":
        return sqlite_in(tmp_path)
    server: Server = request.getfixturevalue("postgresql")
    return Database(server.empty(), tmp_path, server)


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """An empty record."""
    opened = database.open()
    yield opened
    opened.close()
