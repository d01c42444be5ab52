"""The service as shipped, loaded once, and the same random examples in every run.

`CDS_EXAMPLES` asks for a search with new examples; where it is read, it also says how many.
"""

import gc
import os
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from cds.http.core import CoreService
from cds.http.loading import core_of
from cds.knowledge.base import Knowledge
from cds.knowledge.files import ROOT
from cds.loading import load_sound
from cds.rules.base import RuleBase
from cds.rules.case_book import CaseBook
from cds.service import Service, load_service
from tests.postgresql import Server, serving
from tests.safety.controls import must_run

settings.register_profile("steady", deadline=None, derandomize="CDS_EXAMPLES" not in os.environ)
settings.load_profile("steady")


def pytest_collection_finish() -> None:
    """What the tests import stays: the garbage collector need not look through it at each turn."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that proves a control of the hazard log may not be skipped."""
    report = yield
    must_run(report)
    return report


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """The files as shipped are read and checked once in a process; every other root as it is."""
    read = cache(load_sound)

    def load(root: Path = ROOT, *, with_cases: bool = True) -> tuple[Knowledge, RuleBase, CaseBook]:
        if root != ROOT:
            return load_sound(root, with_cases=with_cases)
        knowledge, rules, cases = read()
        return knowledge, rules, cases if with_cases else CaseBook()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cds.loading.load_sound", load)
        yield


@pytest.fixture(scope="session")
def service() -> Service:
    """The knowledge and rules as shipped, with their cases."""
    loaded = load_service()
    gc.freeze()
    return loaded


@pytest.fixture(scope="session")
def core(service: Service) -> CoreService:
    """The service as the edges see it."""
    return core_of(service)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server, started when the first test asks for it."""
    with serving() as server:
        yield server
