"""The door that published cases go through: the WSGI application over a real, empty store."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.settings import Settings
from tests.acceptance.patients import DAY

_NOON = datetime.combine(date.fromisoformat(DAY), time(12), UTC)
Json = Mapping[str, Any]


class RefusedError(Exception):
    """The service refuses what the case says."""


class Door:
    """What a client may ask of the service."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def decide(self, body: Json) -> Json:
        """The decision, as `POST /v1/decisions` answers it."""
        return self._post("/v1/decisions", body, 201)

    def follow_up(self, body: Json) -> Json:
        """The answer to a check-in, as `POST /v1/follow-ups` gives it."""
        return self._post("/v1/follow-ups", body, 201)

    def calculate(self, name: str, inputs: Json) -> Json:
        """What `POST /v1/calculators/{name}` computes."""
        return self._post(f"/v1/calculators/{name}", inputs, 200)

    def _post(self, path: str, body: Json, status: int) -> Json:
        answer = self._client.post(path, json=body)
        found: Json = answer.get_json()
        if answer.status_code == 422:
            raise RefusedError(f"{path}: {found['errors']}")
        assert answer.status_code == status, found
        return found


@contextmanager
def open_door(core: CoreService, folder: Path) -> Iterator[Door]:
    """The application on the day of the cases, with its record in `folder`."""
    store = Store(f"sqlite:///{folder / 'records.sqlite3'}", Keys(b"test key"))
    pipeline = Pipeline(core, store, b"test key")
    parts = Parts(core, store, pipeline, Settings(), b"form key", clock=lambda: _NOON)
    try:
        yield Door(create_app(parts).test_client())
    finally:
        store.close()
