"""The real service, a store of its own for each test, and a client."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.observability import configure_logging
from cds.settings import Settings
from tests.records import empty_record

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


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
def build(store: Store) -> Callable[[Any], Flask]:
    """Builds the application around a service."""

    def application(service: Any) -> Flask:
        settings = Settings()
        pipeline = Pipeline(service, store, b"test key")
        return create_app(Parts(service, store, pipeline, settings, b"form key", clock=lambda: NOW))

    return application


@pytest.fixture
def client(core: CoreService, build: Callable[[Any], Flask]) -> FlaskClient:
    """A client of the real service."""
    return build(core).test_client()
