"""One loaded service for all check-ins."""

import pytest

from cds.http.core import CoreService, load_core


@pytest.fixture(scope="session")
def core() -> CoreService:
    """The service as the edges see it."""
    return load_core()
