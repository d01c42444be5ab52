"""One real server for the tests that leave it as it was; the others start their own."""

from collections.abc import Iterator

import pytest

from tests.live.process import Server, running


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its two workers."""
    with running(tmp_path_factory.mktemp("live") / "data") as server:
        yield server
