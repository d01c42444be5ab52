"""Runs with the service of the session, in batches of three patients."""

from pathlib import Path

import pytest

import cds.population.deciding as deciding
from cds.http.core import CoreService
from tests.population.exports import Runs


@pytest.fixture
def runs(core: CoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs with a record of their own."""
    monkeypatch.setattr(deciding, "BATCH", 3)
    return Runs(core, tmp_path / "data")
