"""The real service with a key for each role."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from cds.api import create_app
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.observability import configure_logging
from cds.settings import Settings
from cds.trust.admission import Trust
from cds.trust.api_keys import ApiKeys
from cds.trust.roles import Role
from tests.records import empty_record
from tests.trust.issuing import NOW

SECRET = b"a secret of the tests"


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The time now."""
        return self.now


@pytest.fixture(scope="session", autouse=True)
def _logging() -> None:
    configure_logging()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty record."""
    opened = Store(empty_record(tmp_path), Keys(SECRET))
    yield opened
    opened.close()


@pytest.fixture
def keys(store: Store) -> ApiKeys:
    """No key yet."""
    return ApiKeys(store, SECRET)


@pytest.fixture
def clock() -> Clock:
    """The clock of the application."""
    return Clock()


@pytest.fixture
def build(core: CoreService, store: Store, keys: ApiKeys, clock: Clock) -> Callable[..., Flask]:
    """Builds the application that trusts whom it is told to."""

    def application(trust: Trust | None = None, **settings: Any) -> Flask:
        pipeline = Pipeline(core, store, SECRET)
        parts = Parts(
            *(core, store, pipeline, Settings(**settings), b"form key"),
            clock=clock,
            trust=trust or Trust(keys),
        )
        return create_app(parts)

    return application


@pytest.fixture
def tokens(keys: ApiKeys) -> dict[Role, str]:
    """A key for each role."""
    return {role: keys.create(f"of the {role}", [role], "tester", NOW) for role in Role}
