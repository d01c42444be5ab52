"""A server that gives exports, and a key that it knows."""

from collections.abc import Callable, Iterator
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cds.bulk.fetching import Fetched, fetch_export
from cds.bulk.waiting import Clock
from cds.hook_settings import HookSettings
from cds.population.progress import Progress
from cds.settings import Settings
from cds.smart.client_keys import read_client_keys
from cds.smart_settings import SmartSettings
from tests.bulk.ehr import CLIENT, BulkEhr, Waiting, small
from tests.hooks.ehr import Ehr, serving
from tests.trust.issuing import EC384

Fetch = Callable[..., Fetched]


def pem(*keys: Any) -> bytes:
    """Private keys as a file holds them."""
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return b"".join(key.private_bytes(*form) for key in keys)


def key_file(folder: Path, *keys: Any) -> Path:
    """A file of keys that only its owner reads."""
    path = folder / "client.pem"
    path.touch(mode=0o600)
    path.write_bytes(pem(*keys))
    return path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ehr]:
    """One server for all tests."""
    with serving(tmp_path_factory.mktemp("bulk")) as opened:
        yield opened


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The file of the key."""
    return key_file(tmp_path, EC384)


@pytest.fixture
def ehr(server: Ehr, keys: Path) -> BulkEhr:
    """The server with an export of two patients, ready at once."""
    server.calls.clear()
    made = BulkEhr(server, read_client_keys(keys).public)
    made.export(small())
    return made


@pytest.fixture
def settings(ehr: BulkEhr, keys: Path) -> Settings:
    """The settings of a site that may ask this server."""
    hooks = HookSettings(
        fhir_networks=(ip_network("127.0.0.1/32"),), fhir_ca_file=ehr.server.certificate
    )
    return Settings(
        hooks=hooks, smart=SmartSettings(client_keys=keys, bulk_servers={ehr.base: CLIENT})
    )


@pytest.fixture
def waiting() -> Waiting:
    """Time that passes while somebody sleeps."""
    return Waiting()


@pytest.fixture
def fetch(ehr: BulkEhr, settings: Settings, waiting: Waiting, tmp_path: Path) -> Fetch:
    """Brings the export to the folder `out`."""

    def bring(address: str = "", of: Settings = settings, shown: StringIO | None = None) -> Fetched:
        progress = Progress(shown or StringIO(), shown=shown is not None)
        clock = Clock(waiting.seconds, waiting.now, waiting.sleep)
        return fetch_export(address or ehr.base, of, tmp_path / "out", progress, clock)

    return bring
