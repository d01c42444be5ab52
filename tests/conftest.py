"""The service as shipped, loaded once, and the same random examples in every run.

`CDS_EXAMPLES` asks for a search with new examples; where it is read, it also says how many.
"""

import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from cds.http.core import CoreService, core_of
from cds.service import Service, load_service
from tests.postgresql import Server, serving
from tests.safety.controls import must_run

settings.register_profile("steady", deadline=None, derandomize="CDS_EXAMPLES" not in os.environ)
settings.load_profile("steady")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that proves a control of the hazard log may not be skipped."""
    report = yield
    must_run(report)
    return report


@pytest.fixture(scope="session")
def service() -> Service:
    """The knowledge and rules as shipped, with their cases."""
    return load_service()


@pytest.fixture(scope="session")
def core(service: Service) -> CoreService:
    """The service as the edges see it."""
    return core_of(service)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server, started when the first test asks for it."""
    with serving() as server:
        yield server
