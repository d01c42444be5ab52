"""Calls to the outside: none that the site did not list, and those bounded in every way."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from cds.ehr import connection
from cds.ehr.connection import Caller
from cds.ehr.fhir_server import FhirServer, server_of
from cds.ehr.parts_of_record import FAILED, State
from cds.hook_settings import HookSettings
from cds.model.hooks import PrefetchKey
from cds.strict_json import JsonLimits
from tests.fhir.records import patient
from tests.hooks.calls import VIEW, body, post, searchset
from tests.hooks.conftest import Build
from tests.hooks.ehr import Ehr, send, serving

KEY = PrefetchKey("patient", "the patient", "Patient/{{context.patientId}}", required=True)
SEARCH = PrefetchKey("conditions", "c", "Condition?patient={{context.patientId}}", required=True)
LIMITS = JsonLimits(bytes=10_000, members=2_000, items=20_000, text=1_000_000)
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture(scope="module")
def ehr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ehr]:
    with serving(tmp_path_factory.mktemp("ehr")) as server:
        yield server


@pytest.fixture(autouse=True)
def _empty(ehr: Ehr) -> None:
    ehr.holds = {"/r4/Patient/p": patient()}
    ehr.calls.clear()


def _server(ehr: Ehr, base: str | None = None, **more: Any) -> FhirServer | None:
    base = base or ehr.base
    given = {
        "fhir_servers": frozenset({base}),
        "fhir_networks": LOOPBACK,
        "fhir_ca_file": ehr.certificate,
    }
    settings = HookSettings(**{**given, **more})
    caller = Caller(settings.fhir_networks, settings.fhir_ca_file, LIMITS.bytes)
    return server_of(base, "token", settings.fhir_servers, caller, LIMITS)


def _read(ehr: Ehr, **more: Any) -> State:
    server = _server(ehr, **more)
    assert server is not None
    return server.read(KEY, "Patient/p").state


def test_a_listed_server_is_read(ehr: Ehr) -> None:
    assert _read(ehr) is State.WHOLE


def test_a_slash_at_the_end_of_the_address_changes_nothing(ehr: Ehr) -> None:
    server = _server(ehr, f"{ehr.base}/", fhir_servers=frozenset({ehr.base}))
    assert server is not None


def _baits(port: int) -> list[str]:
    at = f"127.0.0.1:{port}"
    return [
        f"https://{at}",
        f"https://{at}/",
        f"https://{at}/r4/../admin",
        f"https://{at}/r4x",
        f"https://{at}/r4?x=1",
        f"https://{at}/r4#x",
        f"http://{at}/r4",
        f"https://user@{at}/r4",
        f"https://ehr.example.org@{at}/r4",
        f"https://localhost:{port}/r4",
        f"https://0x7f000001:{port}/r4",
        f"https://2130706433:{port}/r4",
        f"https://127.1:{port}/r4",
        f"https://[::1]:{port}/r4",
        f"https://[::ffff:127.0.0.1]:{port}/r4",
        "file:///etc/passwd",
        f"gopher://{at}/r4",
        f"//{at}/r4",
        "https://169.254.169.254/latest/meta-data",
        "",
        "\thttps://ehr.example.org/r4",
        "HTTPS://EHR.EXAMPLE.ORG/r4",
    ]


def test_no_address_that_is_not_listed_is_ever_called(ehr: Ehr, build: Build) -> None:
    """The canary server stays silent, for an application with a list and for one without."""
    listed = HookSettings(
        fhir_servers=frozenset({"https://ehr.example.org/r4"}),
        fhir_networks=LOOPBACK,
        fhir_ca_file=ehr.certificate,
    )
    for client in (build(), build(listed)):
        for bait in (ehr.base, *_baits(ehr.port)):
            answer = post(client, VIEW, body(VIEW, fhirServer=bait, prefetch={}))
            assert answer.status_code == 412, bait
    assert ehr.calls == []


@pytest.mark.parametrize("number", range(10))
def test_a_next_page_elsewhere_is_not_followed(ehr: Ehr, number: int) -> None:
    at = f"127.0.0.1:{ehr.port}"
    url = [
        f"https://localhost:{ehr.port}/r4/Condition",
        f"http://{at}/r4/Condition",
        f"https://{at}/admin",
        f"https://{at}/r4/../admin",
        f"https://{at}/r4/%2e%2e/admin",
        f"https://user@{at}/r4/Condition",
        f"https://127.0.0.1:{ehr.port + 1}/r4/Condition",
        "https://169.254.169.254/r4/Condition",
        "//ehr.example.org/r4/Condition",
        f"https://{at}/r4/Condition\r\nX-Injected: 1",
    ][number]
    ehr.holds["/r4/Condition"] = searchset(link=[{"relation": "next", "url": url}])
    server = _server(ehr)
    assert server is not None
    assert server.read(SEARCH, "Condition").state is State.TRUNCATED
    assert ehr.paths == ["/r4/Condition"]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["::1"],
        ["fe80::1%eth0"],
        ["fd00::1"],
        ["::ffff:127.0.0.1"],
        ["::ffff:10.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        [],
    ],
)
def test_a_name_that_leads_inside_is_not_called(ehr: Ehr, addresses: list[str]) -> None:
    """All addresses of the name are looked at, so that its second answer cannot be the inside."""
    base = f"https://ehr.example.org:{ehr.port}/r4"
    server = _server(ehr, base, fhir_networks=())
    assert server is not None
    server.caller.resolve = lambda *_: addresses
    assert server.read(KEY, "Patient/p") == FAILED
    assert ehr.calls == []


def test_the_address_that_was_checked_is_the_one_that_is_called(ehr: Ehr) -> None:
    """A name that changes its address between the check and the call gains nothing."""
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    server = _server(ehr, f"https://localhost:{ehr.port}/r4")
    assert server is not None
    server.caller.resolve = resolve
    assert server.read(KEY, "Patient/p").state is State.WHOLE
    assert asked == ["localhost"]


def test_a_certificate_of_another_name_is_refused(ehr: Ehr) -> None:
    server = _server(ehr, f"https://ehr.example.org:{ehr.port}/r4")
    assert server is not None
    server.caller.resolve = lambda *_: ["127.0.0.1"]
    assert server.read(KEY, "Patient/p") == FAILED
    assert ehr.calls == []


def test_a_certificate_that_nobody_vouches_for_is_refused(ehr: Ehr) -> None:
    assert _read(ehr, fhir_ca_file=None) is State.FAILED
    assert ehr.calls == []


def _redirect(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 302, b"", Location="/r4/Patient/other")


def _large(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b'{"a": "' + b"x" * 20_000 + b'"}')


def _coded(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b"{}", Content_Encoding="gzip")


def _broken(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    handler.close_connection = True


def _no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\x01\x02\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize("answer", [_redirect, _large, _coded, _broken, _no_http])
def test_an_answer_that_is_none_is_a_failure(
    ehr: Ehr, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    ehr.holds = {"/r4/Patient/p": answer, "/r4/Patient/other": patient(id="other")}
    assert _read(ehr) is State.FAILED
    assert ehr.paths == ["/r4/Patient/p"]


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_server_that_answers_byte_by_byte_is_cut_off(
    ehr: Ehr, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """No single wait is too long, so only the time for all of it can end this."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        if where == "body":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(100):
                handler.wfile.write(b"X")
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    monkeypatch.setattr(connection, "SECONDS", 0.6)
    ehr.holds["/r4/Patient/p"] = drip
    started = time.monotonic()
    assert _read(ehr) is State.FAILED
    assert time.monotonic() - started < 3


def test_a_server_that_never_speaks_is_cut_off(ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held: list[socket.socket] = []
        accepting = threading.Thread(target=lambda: held.append(silent.accept()[0]))
        accepting.start()
        started = time.monotonic()
        base = f"https://127.0.0.1:{silent.getsockname()[1]}/r4"
        assert _read(ehr, base=base) is State.FAILED
        assert time.monotonic() - started < 3
        accepting.join()
        held[0].close()


def test_the_time_is_for_all_calls_together(ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SECONDS", 0.0)
    assert _read(ehr) is State.FAILED
    assert ehr.calls == []


def test_the_longest_time_is_that_of_the_requirement() -> None:
    assert connection.SECONDS <= 5


def test_a_proxy_of_the_environment_is_not_used(ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert _read(ehr) is State.WHOLE


def test_the_token_stands_in_no_text_of_the_server(ehr: Ehr, tmp_path: Path) -> None:
    assert "token'" not in repr(_server(ehr))
