"""The service as shipped, its table of effects, and a person about whom all else is normal."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from cds.http.core import CoreService
from cds.knowledge.terminology import Terminology
from cds.model.decision import as_json
from cds.schemas.decision_request import read_decision_request
from tests.acceptance.patients import empty_body, fill_neutrally

DAY = date(2026, 11, 22)
Answer = Mapping[str, Any]
Decide = Callable[..., Answer]


@pytest.fixture(scope="session")
def terminology(core: CoreService) -> Terminology:
    """The value sets as shipped."""
    found = core.terms.terminology
    assert isinstance(found, Terminology)
    return found


@pytest.fixture(scope="session")
def decide(core: CoreService) -> Decide:
    """The answer for a healthy person with these medicines, and whatever else is said."""

    def decide(medications: list[Any], facts: Mapping[str, Any] | None = None, **more: Any) -> Any:
        body = fill_neutrally(empty_body() | {"medications": medications} | more)
        body["facts"] |= facts or {}
        request = read_decision_request(body, core.terms, DAY)
        return as_json(core.decide(request.intake, request.evaluation_date))

    return decide
