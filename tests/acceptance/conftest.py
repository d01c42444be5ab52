"""One running service and the adapter, for all published cases."""

from collections.abc import Iterator

import pytest

from cds.http.core import CoreService
from cds.observability import configure_logging
from cds.service import Service
from tests.acceptance.adapter import Adapter
from tests.acceptance.door import open_door


@pytest.fixture(scope="session")
def adapter(
    core: CoreService, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Adapter]:
    """Puts published cases to the service over HTTP."""
    configure_logging()
    with open_door(core, tmp_path_factory.mktemp("records")) as door:
        yield Adapter(door, service.knowledge)
