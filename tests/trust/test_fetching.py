"""A key set over HTTPS from one host: not redirected, not endless, not from somebody else."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import cds.trust.fetching
from cds.errors import KeysUnavailableError
from cds.trust.fetching import NotFetchedError, of_url
from cds.trust.key_sets import MOST_BYTES, KeySet
from tests.trust.issuing import KEYS, NOW

HOSTS = frozenset({"localhost"})


def certificate(folder: Path) -> Path:
    """A certificate of localhost with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class _Issuer(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        """Answers as the path says."""
        self.asked.append(self.path)
        keys = json.dumps({"keys": KEYS}).encode()
        if self.path == "/moved":
            self._send(302, b"", Location="/keys")
        elif self.path == "/large":
            self._send(200, keys + b" " * MOST_BYTES)
        elif self.path == "/slow":
            self._send(200, b"")
            for _ in range(40):
                self.wfile.write(b" ")
                time.sleep(0.05)
        else:
            self._send(200 if self.path.startswith("/keys") else 500, keys)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what is tested."""


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """The certificate of the issuer."""
    return certificate(tmp_path)


@pytest.fixture
def port(pem: Path) -> Iterator[int]:
    """An issuer that answers over TLS."""
    _Issuer.asked.clear()
    server = _Server(("127.0.0.1", 0), _Issuer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def _trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))


def at(port: int, path: str) -> KeySet:
    """The key set at a path of the issuer."""
    return of_url(f"https://localhost:{port}{path}", HOSTS)


@pytest.mark.usefixtures("_trusted")
def test_keys_are_fetched(port: int) -> None:
    assert at(port, "/keys?v=1").find("rsa", NOW) == KEYS[2]
    assert _Issuer.asked == ["/keys?v=1"]


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("path", ["/moved", "/large", "/broken", "/slow"])
def test_what_is_no_plain_answer_brings_no_keys(
    port: int, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cds.trust.fetching, "_SECONDS", 0.5)
    with pytest.raises(KeysUnavailableError):
        at(port, path).find("rsa", NOW)
    assert _Issuer.asked == [path]
    # Not even read to its end.
    with pytest.raises(NotFetchedError):
        cds.trust.fetching._reader("localhost", port, path)()


def test_an_issuer_with_the_certificate_of_a_stranger_is_not_believed(port: int) -> None:
    with pytest.raises(KeysUnavailableError):
        at(port, "/keys").find("rsa", NOW)
    assert _Issuer.asked == []


def test_an_issuer_that_is_not_there_is_told_as_such() -> None:
    with pytest.raises(KeysUnavailableError):
        at(9, "/keys").find("rsa", NOW)
