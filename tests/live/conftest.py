"""One real server for the tests that leave it as it was; the others start their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.process import Server, running
from tests.postgresql import Server as PostgreSQL


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its two workers."""
    with running(tmp_path_factory.mktemp("live") / "data") as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'records.sqlite3'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.empty()
