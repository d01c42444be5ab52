"""The application with settings of a test, and calls of its hooks."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.hook_settings import HookSettings
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.observability import configure_logging
from cds.settings import Settings
from cds.trust.admission import OPEN_TRUST, Trust
from tests.records import empty_record

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Build = Callable[..., FlaskClient]


@pytest.fixture(scope="session", autouse=True)
def _logging() -> None:
    configure_logging()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty record."""
    opened = Store(empty_record(tmp_path), Keys(b"test key"))
    yield opened
    opened.close()


@pytest.fixture
def build(core: CoreService, store: Store) -> Build:
    """Builds a client of the application with these settings of the hooks."""
    return partial(client_of, core, store)


@pytest.fixture(scope="session")
def client(core: CoreService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of the application as it comes, with an address of its own and a shared record."""
    path = tmp_path_factory.mktemp("hooks") / "records.sqlite3"
    shared = Store(f"sqlite:///{path}", Keys(b"test key"))
    yield client_of(core, shared, HookSettings(public_url="https://cds.example.org"))
    shared.close()


def client_of(
    core: CoreService,
    store: Store,
    hooks: HookSettings | None = None,
    trust: Trust = OPEN_TRUST,
    now: Callable[[], datetime] = lambda: NOW,
    **more: Any,
) -> FlaskClient:
    """A client of the application on this record, with these settings of the hooks."""
    settings = Settings(hooks=hooks or HookSettings(), **more)
    pipeline = Pipeline(core, store, b"test key")
    parts = Parts(core, store, pipeline, settings, b"form key", clock=now, trust=trust)
    return create_app(parts).test_client()
