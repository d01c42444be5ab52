"""A wrong firing: no recommendation, an entry in the record, and a service that is not ready."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.store import Store
from cds.engine.rete import ReteEngine
from cds.http.core import CoreService, load_core
from cds.http.parts import Parts
from cds.http.pipeline import ENGINE_ERROR, Pipeline
from cds.model.case import Case
from cds.observability import configure_logging
from cds.service import load_service
from cds.settings import Settings
from tests.live.process import BODY

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@dataclass
class ForgettingRete:
    """The other evaluator with a fault: it never sees a contraindication."""

    stage: str = "contraindications"
    healthy: bool = True
    real: ReteEngine | None = None

    def fire(self, stage: str, case: Case) -> frozenset[str]:
        """What fires, without the stage that is forgotten."""
        assert self.real is not None
        return frozenset() if stage == self.stage else self.real.fire(stage, case)
