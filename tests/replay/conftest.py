"""Three versions of the knowledge, and an empty record on each kind of database."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cds.audit.store import Store
from cds.http.core import CoreService
from cds.knowledge.files import ROOT
from cds.replay.versions import Versions, load_tree, serve
from tests.audit.databases import Database, sqlite_in
from tests.postgresql import Server
from tests.replay.trees import HELD_EARLIER, HELD_LATER, LIGHTER, REWORDED, tree


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the knowledge: where its files are, and its service."""

    root: Path
    core: CoreService


@pytest.fixture(scope="session")
def shipped(core: CoreService) -> Version:
    """The knowledge as shipped."""
    return Version(ROOT, core)


@pytest.fixture(scope="session")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """A threshold is changed."""
    root = tree(tmp_path_factory.mktemp("stricter"), HELD_EARLIER)
    return Version(root, serve(load_tree(root), {}))


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """Two thresholds, a dose and a message are changed."""
    edits = (HELD_EARLIER, HELD_LATER, LIGHTER, REWORDED)
    root = tree(tmp_path_factory.mktemp("other"), *edits)
    return Version(root, serve(load_tree(root), {}))


@pytest.fixture(scope="session")
def versions() -> Versions:
    """What was loaded from a record once serves all tests."""
    return Versions()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_in(tmp_path)
    server: Server = request.getfixturevalue("postgresql")
    return Database(server.empty(), tmp_path, server)


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """An empty record on each kind of database."""
    opened = database.open()
    yield opened
    opened.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Store]:
    """An empty record in a file."""
    opened = sqlite_in(tmp_path).open()
    yield opened
    opened.close()
