"""A wrong firing: no recommendation, an entry in the record, and a service that is not ready."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.loading import load_core
from cds.http.parts import Parts
from cds.http.pipeline import ENGINE_ERROR, Pipeline
from cds.model.case import Case
from cds.observability import configure_logging
from cds.service import load_service
from cds.settings import Settings
from cds.trust.refusals import REFUSAL
from tests.live.process import BODY

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class InventingRete:
    """Stands in for the Rete engine and says that a rule fired which nobody wrote."""

    healthy = True

    def fire(self, stage: str, case: Case) -> frozenset[str]:
        """A wrong firing."""
        return frozenset({f"{stage}.invented"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'records.sqlite3'}", Keys(b"test key"))
    yield opened
    opened.close()


@pytest.fixture
def client(store: Store) -> FlaskClient:
    configure_logging()
    faulty = CoreService(load_service(rete=InventingRete()), load_core().terms)
    pipeline = Pipeline(faulty, store, b"test key")
    parts = Parts(faulty, store, pipeline, Settings(), b"form key", clock=lambda: NOW)
    return create_app(parts).test_client()


def test_a_wrong_firing_is_answered_without_a_recommendation_and_recorded(
    client: FlaskClient, store: Store, tmp_path: Path
) -> None:
    answer = client.post("/v1/decisions", json=BODY)
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert set(answer.get_json()) == {"type", "title", "status", "detail", "instance"}
    assert answer.get_json()["type"] == "urn:exercise-cds:problem:engine-disagreement"
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.get_json()["checks"]["engine"]) == (503, "failed")
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as records:
        kinds = records.execute("SELECT kind FROM record ORDER BY seq").fetchall()
    assert kinds == [(ENGINE_ERROR,), (REFUSAL,)]
    assert store.verify() is None
