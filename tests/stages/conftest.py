"""One loaded service for the tests that look at whole decisions."""

import pytest

from cds.service import Service, load_service


@pytest.fixture(scope="session")
def service() -> Service:
    """The knowledge and rules as shipped."""
    return load_service(with_cases=False)
