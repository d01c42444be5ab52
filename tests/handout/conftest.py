"""A decision of each kind, decided once."""

from typing import Any

import pytest

from cds.http.core import CoreService
from cds.model.wording import Wording
from tests.handout.written import decisions


@pytest.fixture(scope="session")
def wording(core: CoreService) -> Wording:
    """The plain words as shipped."""
    return core.wording


@pytest.fixture(scope="session")
def recorded(core: CoreService) -> dict[str, dict[str, Any]]:
    """The decision on each person by its kind."""
    return decisions(core)
