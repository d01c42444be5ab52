"""The service ends TLS itself where it is given a certificate; without TLS nothing is answered."""

import json
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from cryptography.hazmat.primitives import serialization

from cds.errors import SettingsError
from cds.server import open_tls
from cds.settings import TlsSettings
from tests.hooks.ehr import make_certificate
from tests.live.process import BODY, Server, running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TlsSettings:
    """A certificate for this machine, and its key."""
    return TlsSettings(*make_certificate(tmp_path_factory.mktemp("tls")))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, files: TlsSettings) -> Iterator[Server]:
    """A service with that certificate."""
    named = {"CDS_TLS_CERTIFICATE": str(files.certificate), "CDS_TLS_KEY": str(files.key)}
    with running(tmp_path_factory.mktemp("live") / "data", **named) as found:
        yield found


@pytest.mark.slow
def test_a_decision_is_answered_over_tls_to_whoever_knows_the_certificate(
    server: Server, files: TlsSettings
) -> None:
    silent = [server.connect() for _ in range(40)]
    known = ssl.create_default_context(cafile=str(files.certificate))
    address = f"https://127.0.0.1:{server.port}"
    asked = urllib.request.Request(
        f"{address}/v1/decisions", json.dumps(BODY).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, context=known, timeout=20) as answer:
        assert answer.status == 201
        assert "max-age" in answer.headers["Strict-Transport-Security"]
    with urllib.request.urlopen(address, context=known, timeout=20) as page:
        assert "Secure" in page.headers["Set-Cookie"]
    with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(address, timeout=20)
    for each in silent:
        each.close()


@pytest.mark.slow
def test_nothing_is_answered_without_tls(server: Server) -> None:
    with server.connect() as plain:
        plain.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP/" not in plain.recv(1_000)
    assert len(server.workers()) == 2


def test_files_that_cannot_encrypt_stop_the_start(files: TlsSettings, tmp_path: Path) -> None:
    _, other = make_certificate(tmp_path)
    locked = tmp_path / "locked.pem"
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"a password"),
        )
    )
    open_tls(files)
    for wrong in (other, locked, tmp_path / "none.pem", files.certificate):
        with pytest.raises(SettingsError, match=r"CDS_TLS_CERTIFICATE .* and CDS_TLS_KEY"):
            open_tls(TlsSettings(files.certificate, wrong))
