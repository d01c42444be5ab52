"""One loaded service and the adapter, for all published cases."""

import pytest

from cds.http.core import CoreService
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.knowledge.loader import load_knowledge
from tests.acceptance.adapter import Adapter


@pytest.fixture(scope="session")
def adapter(core: CoreService) -> Adapter:
    """Puts published cases to the service."""
    knowledge = load_knowledge(ROOT, Problems())
    assert knowledge is not None
    return Adapter(core, knowledge)
