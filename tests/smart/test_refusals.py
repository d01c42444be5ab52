"""A launch that is not as it should be ends in a plain sentence, and nothing is read or given."""

import re
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.ehr import connection
from cds.smart_settings import SmartSettings
from tests.hooks.calls import CORONARY, searchset
from tests.hooks.ehr import send
from tests.smart.conftest import PUBLIC_URL, Build, come_back, launch
from tests.smart.ehr import ACCESS_TOKEN, CLIENT, LAUNCH, SmartEhr
from tests.trust.conftest import Clock
from tests.trust.issuing import STRANGER


def _said(answer: Any) -> str:
    """The sentence of the page; nobody was let in, and nothing that is secret is on it."""
    assert "cds_session" not in str(answer.headers.getlist("Set-Cookie"))
    assert ACCESS_TOKEN not in answer.text
    found = re.search(r'<p class="lead"[^>]*>(.*?)</p>', answer.text)
    assert found is not None, answer.text
    return found[1]


def _refused(answer: Any, status: int, words: str) -> None:
    assert (answer.status_code, words in _said(answer)) == (status, True), _said(answer)


def _back(browser: FlaskClient, ehr: SmartEhr) -> str:
    begun = launch(browser, ehr)
    return ehr.sign_in(begun.headers["Location"]).removeprefix(PUBLIC_URL)


# --- who may launch


def test_an_ehr_that_is_not_configured_is_not_even_asked(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    at = ehr.base
    baits = [
        f"{at}/x",
        at.removesuffix("/r4"),
        at.replace("https", "http"),
        at.replace("127.0.0.1", "localhost"),
        at.replace("https://", "https://user@"),
        f"{at}/../r4",
        f"{at}?x=1",
        "https://evil.example/r4",
        "//evil.example",
    ]
    for bait in baits:
        answer = browser.get("/launch", query_string={"iss": bait, "launch": LAUNCH})
        _refused(answer, 403, "may not launch this form")
        assert bait not in answer.text
    assert ehr.server.calls == []


def test_a_slash_at_the_end_of_the_ehr_changes_nothing(browser: FlaskClient, ehr: SmartEhr) -> None:
    assert launch(browser, ehr, iss=f"{ehr.base}/").status_code == 303


@pytest.mark.parametrize("query", ["", "?iss=x", "?launch=x&iss=a&iss=b", "?iss=&launch=x"])
def test_a_launch_needs_its_parameters_once(browser: FlaskClient, query: str) -> None:
    answer = browser.get(f"/launch{query}")
    assert answer.status_code in (400, 403)
    _said(answer)


# --- how the EHR signs people in


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("code_challenge_methods_supported", ["plain"]),
        ("code_challenge_methods_supported", None),
        ("authorization_endpoint", "https://evil.example/authorize"),
        ("authorization_endpoint", "http://127.0.0.1/authorize"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("token_endpoint", "https://169.254.169.254/token"),
        ("token_endpoint", None),
        ("token_endpoint", 7),
        ("token_endpoint", "https://127.0.0.1:99999/token"),
        ("token_endpoint", "https://user@127.0.0.1/token"),
        ("jwks_uri", "https://evil.example/keys"),
        ("issuer", None),
        ("issuer", 7),
    ],
)
def test_a_sign_in_that_cannot_be_trusted_is_not_begun(
    browser: FlaskClient, ehr: SmartEhr, member: str, value: Any
) -> None:
    ehr.configuration[member] = value
    answer = launch(browser, ehr)
    _refused(answer, 502, "does not say how to sign in")
    assert "evil" not in answer.text


def test_a_sign_in_on_a_host_that_the_site_listed_is_begun(build: Build, ehr: SmartEhr) -> None:
    ehr.configuration["authorization_endpoint"] = "https://login.example.org/authorize?tenant=7"
    settings = SmartSettings({ehr.base: CLIENT}, frozenset({"login.example.org"}))
    location = launch(build(settings).test_client(), ehr).headers["Location"]
    assert location.startswith("https://login.example.org/authorize?tenant=7&response_type=code&")


def _redirect(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 302, b"", Location="/keys")


def _large(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b'{"a": "' + b"x" * 2_000_000 + b'"}')


def _no_json(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b"<html>")


def _list(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b"[]")


def _gone(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 404, b"{}")


ANSWERS = (_redirect, _large, _no_json, _list, _gone)
Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_configuration_that_is_none_ends_the_launch(
    browser: FlaskClient, ehr: SmartEhr, answer: Answer
) -> None:
    ehr.server.holds["/r4/.well-known/smart-configuration"] = answer
    _refused(launch(browser, ehr), 502, "EHR")


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_token_answer_that_is_none_ends_the_launch(
    browser: FlaskClient, ehr: SmartEhr, answer: Answer
) -> None:
    ehr.server.holds["/token"] = answer
    _refused(come_back(browser, ehr), 502, "did not accept its own code")
    assert "/keys" not in ehr.server.paths


def test_a_server_that_answers_byte_by_byte_is_cut_off(
    browser: FlaskClient, ehr: SmartEhr, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        try:
            for _ in range(100):
                handler.wfile.write(b"X")
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    monkeypatch.setattr(connection, "SECONDS", 0.6)
    ehr.server.holds["/r4/.well-known/smart-configuration"] = drip
    began = time.monotonic()
    _refused(launch(browser, ehr), 502, "could not be asked")
    assert time.monotonic() - began < 3


def test_a_private_address_is_not_called_unless_the_site_says_so(
    build: Build, ehr: SmartEhr
) -> None:
    closed = build(fhir_networks=()).test_client()
    _refused(launch(closed, ehr), 502, "could not be asked")
    assert ehr.server.calls == []


# --- what comes back


def test_a_state_of_another_launch_is_refused(browser: FlaskClient, ehr: SmartEhr) -> None:
    first = _back(browser, ehr)
    launch(browser, ehr)
    _refused(browser.get(first), 400, "another launch")
    assert ehr.exchanged == []


def test_an_answer_in_a_browser_that_began_nothing_is_refused(
    browser: FlaskClient, build: Build, ehr: SmartEhr
) -> None:
    """Nobody can be made to work in the launch of somebody else."""
    back = _back(browser, ehr)
    other = build().test_client()
    _refused(other.get(back), 400, "began no launch")
    other.set_cookie("cds_launch", "nonsense", path="/callback")
    _refused(other.get(back), 400, "began no launch")
    assert ehr.exchanged == []


def test_a_launch_is_completed_once(browser: FlaskClient, ehr: SmartEhr) -> None:
    back = _back(browser, ehr)
    cookie = browser.get_cookie("cds_launch", path="/callback")
    assert cookie is not None
    assert browser.get(back).status_code == 200
    assert browser.get_cookie("cds_launch", path="/callback") is None
    browser.set_cookie("cds_launch", cookie.value, path="/callback")
    again = browser.get(back)
    assert (again.status_code, "completed before" in again.text) == (400, True)
    assert len(ehr.exchanged) == 1


def test_a_code_that_was_used_opens_nothing(browser: FlaskClient, ehr: SmartEhr) -> None:
    back = _back(browser, ehr)
    ehr.grants.clear()
    _refused(browser.get(back), 502, "did not accept its own code")


def test_a_code_of_another_launch_opens_nothing(browser: FlaskClient, ehr: SmartEhr) -> None:
    """The verifier belongs to one launch: a stolen code that is slipped in is worth nothing."""
    stolen = re.search("code=([^&]*)", _back(browser, ehr))
    assert stolen is not None
    back = re.sub("code=[^&]*", stolen[0], _back(browser, ehr))
    _refused(browser.get(back), 502, "did not accept its own code")


def test_a_launch_that_took_too_long_is_refused(
    browser: FlaskClient, ehr: SmartEhr, clock: Clock
) -> None:
    back = _back(browser, ehr)
    clock.now = clock.now.replace(minute=clock.now.minute + 11)
    _refused(browser.get(back), 400, "took too long")


def test_an_ehr_that_was_taken_from_the_list_meanwhile_is_refused(
    browser: FlaskClient, build: Build, ehr: SmartEhr
) -> None:
    back = _back(browser, ehr)
    cookie = browser.get_cookie("cds_launch", path="/callback")
    assert cookie is not None
    other = build(SmartSettings({"https://other.example": CLIENT})).test_client()
    other.set_cookie("cds_launch", cookie.value, path="/callback")
    _refused(other.get(back), 403, "may not launch this form")


@pytest.mark.parametrize(
    ("error", "words"),
    [("access_denied", "denied access"), ("server_error", "error"), ("<script>", "error")],
)
def test_an_error_of_the_ehr_is_told_plainly(
    browser: FlaskClient, ehr: SmartEhr, error: str, words: str
) -> None:
    ehr.error = error
    answer = come_back(browser, ehr)
    _refused(answer, 403, words)
    assert "<script>" not in answer.text
    assert ehr.exchanged == []


def test_an_answer_of_another_sign_in_is_refused(browser: FlaskClient, ehr: SmartEhr) -> None:
    answer = browser.get(_back(browser, ehr) + "&iss=https://evil.example")
    _refused(answer, 400, "another sign-in")
    assert ehr.exchanged == []


# --- who and what for


@pytest.mark.parametrize("patient", [None, "", 7, "../Patient/p", "a" * 65])
def test_without_a_patient_nothing_is_read(
    browser: FlaskClient, ehr: SmartEhr, patient: Any
) -> None:
    ehr.says = {"patient": patient}
    _refused(come_back(browser, ehr), 400, "which patient is open")
    assert not any(path.startswith("/r4/Patient") for path in ehr.server.paths)


@pytest.mark.parametrize(
    "says",
    [
        {"token_type": "mac"},
        {"access_token": None},
        {"access_token": "two words"},
        {"access_token": "line\r\nX-Injected: 1"},
    ],
)
def test_a_token_that_cannot_be_used_ends_the_launch(
    browser: FlaskClient, ehr: SmartEhr, says: dict[str, Any]
) -> None:
    ehr.says = says
    _refused(come_back(browser, ehr), 502, "did not accept its own code")


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-app"},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
        {"fhirUser": None},
        {"fhirUser": "Patient/p"},
        {"fhirUser": "https://ehr.example.org/RelatedPerson/1"},
        {"fhirUser": "Practitioner/"},
        {"fhirUser": "Practitioner"},
    ],
)
def test_whoever_is_not_a_practitioner_of_this_ehr_gets_nothing(
    browser: FlaskClient, ehr: SmartEhr, change: dict[str, Any]
) -> None:
    """A patient may launch an app from a portal of the same EHR, and prescribes nothing."""
    ehr.claims = change
    _refused(come_back(browser, ehr), 403, "which practitioner")
    assert not any(path.startswith("/r4/Patient") for path in ehr.server.paths)


@pytest.mark.parametrize("id_token", [None, "", "x.y.z"])
def test_nobody_is_believed_without_a_true_id_token(
    browser: FlaskClient, ehr: SmartEhr, id_token: str | None
) -> None:
    ehr.says = {"id_token": id_token}
    _refused(come_back(browser, ehr), 403, "which practitioner")


@pytest.mark.parametrize("header", [{"key": STRANGER}, {"kid": "other"}, {"typ": "at+jwt"}])
def test_an_id_token_that_a_stranger_signed_is_refused(
    browser: FlaskClient, ehr: SmartEhr, header: dict[str, Any]
) -> None:
    ehr.header = header
    _refused(come_back(browser, ehr), 403, "which practitioner")


@pytest.mark.parametrize("answer", [_redirect, _large, _no_json, _gone])
def test_without_the_keys_of_the_ehr_nobody_is_believed(
    browser: FlaskClient, ehr: SmartEhr, answer: Answer
) -> None:
    ehr.server.holds["/keys"] = answer
    _refused(come_back(browser, ehr), 503, "keys of the issuer")


# --- the record


def test_without_the_patients_own_entry_no_form_is_filled_in(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    del ehr.server.holds["/r4/Patient/p"]
    _refused(come_back(browser, ehr), 502, "own entry could not be read")


def test_a_record_in_which_somebody_else_appears_is_not_shown(
    browser: FlaskClient, ehr: SmartEhr
) -> None:
    ehr.hold("/r4/Condition", searchset({**CORONARY, "subject": {"reference": "Patient/q"}}))
    _refused(come_back(browser, ehr), 502, "this one patient")


@pytest.mark.parametrize("answer", [_redirect, _large, _no_json, _gone])
def test_a_part_that_cannot_be_read_is_said_to_be_lacking(
    browser: FlaskClient, ehr: SmartEhr, answer: Answer
) -> None:
    ehr.server.holds["/r4/Condition"] = answer
    shown = come_back(browser, ehr)
    assert shown.status_code == 200
    assert re.search("nothing is known of it: <span[^>]*>conditions<", shown.text)


def test_a_page_elsewhere_is_not_followed(browser: FlaskClient, ehr: SmartEhr) -> None:
    link = {"relation": "next", "url": f"https://localhost:{ehr.server.port}/r4/Condition"}
    ehr.hold("/r4/Condition", searchset(CORONARY, link=[link]))
    shown = come_back(browser, ehr)
    assert re.search("only in part: <span[^>]*>conditions<", shown.text)
    assert ehr.server.paths.count("/r4/Condition") == 1
