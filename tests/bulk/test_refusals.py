"""What is not as it should be ends in a plain sentence, and no other host is ever called."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cds.errors import CdsError
from cds.settings import Settings
from tests.bulk.conftest import Fetch, key_file
from tests.bulk.ehr import PREFIX, BulkEhr, Handler
from tests.hooks.ehr import send
from tests.population.exports import write_export
from tests.trust.issuing import STRANGER

ELSEWHERE = "https://evil.example/x"


def _refused(fetch: Fetch, told: str, *address: str) -> None:
    with pytest.raises(CdsError, match=told) as error:
        fetch(*address)
    assert "evil" not in str(error.value)
    assert PREFIX not in str(error.value)


def test_a_server_that_is_not_listed_is_not_even_asked(ehr: BulkEhr, fetch: Fetch) -> None:
    at = ehr.base
    for bait in (
        at.removesuffix("/r4"),
        f"{at}/Group",
        f"{at}/Group/a/b",
        f"{at}/Group/../x",
        f"{at}/Patient",
        f"{at}?x=1",
        at.replace("https", "http"),
        at.replace("127.0.0.1", "localhost"),
        "https://169.254.169.254/r4",
        "https://169.254.169.254/r4/Group/a",
    ):
        _refused(fetch, "not one of CDS_BULK_SERVERS. Nothing was sent", bait)
    assert ehr.server.calls == []


def test_a_private_address_is_not_called_unless_the_site_says_so(
    ehr: BulkEhr, fetch: Fetch, settings: Settings
) -> None:
    closed = replace(settings, hooks=replace(settings.hooks, fhir_networks=()))
    with pytest.raises(CdsError, match="could not be asked how to sign in"):
        fetch(of=closed)
    assert ehr.server.calls == []


# --- tokens


@pytest.mark.parametrize(
    ("member", "value", "told"),
    [
        ("token_endpoint", ELSEWHERE, "not an https address on its own host"),
        ("token_endpoint", None, "not an https address on its own host"),
        ("token_endpoint_auth_signing_alg_values_supported", ["RS256"], "takes no proof"),
        ("token_endpoint_auth_signing_alg_values_supported", ["RS384"], "takes no proof"),
    ],
)
def test_a_sign_in_that_cannot_be_used_gets_no_proof(
    ehr: BulkEhr, fetch: Fetch, member: str, value: Any, told: str
) -> None:
    ehr.configuration[member] = value
    _refused(fetch, told)
    assert ehr.server.paths == ["/r4/.well-known/smart-configuration"]


def test_a_server_that_knows_no_signed_proofs_gets_none(ehr: BulkEhr, fetch: Fetch) -> None:
    ehr.configuration |= {"token_endpoint_auth_methods_supported": [], "capabilities": []}
    _refused(fetch, "takes no proof")


@pytest.mark.parametrize(
    ("grants", "told"),
    [
        ({"status": 400, "error": "invalid_client"}, r"gave no token \(400 invalid_client\)"),
        ({"status": 401, "error": f"<{ELSEWHERE}>"}, r"gave no token \(401\)"),
        ({"token_type": "mac"}, "gave no token"),
        ({"access_token": "two words"}, "gave no token"),
        ({"access_token": None}, "gave no token"),
        ({"scope": "system/Observation.rs"}, "read no Patient"),
        ({"scope": ""}, "read no Patient"),
    ],
)
def test_without_a_token_for_patients_nothing_is_asked_for(
    ehr: BulkEhr, fetch: Fetch, grants: dict[str, Any], told: str
) -> None:
    ehr.grants = grants
    _refused(fetch, told)
    assert ehr.begun == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", r"gave no token \(200\)"),
        (b"", "could not be asked how to sign in"),
    ],
)
def test_an_answer_that_is_no_token_ends_the_command(
    ehr: BulkEhr, fetch: Fetch, text: bytes, told: str
) -> None:
    ehr.server.holds["/token"] = lambda handler: handler.wfile.write(text)
    _refused(fetch, told)
    assert ehr.begun == []


def test_a_key_that_the_server_does_not_know_opens_nothing(
    ehr: BulkEhr, fetch: Fetch, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = key_file(tmp_path / "other", STRANGER)
    with pytest.raises(CdsError, match=r"gave no token \(400 invalid_client\)"):
        fetch(of=replace(settings, smart=replace(settings.smart, client_keys=other)))
    assert ehr.tokens == []


# --- the kick-off and the job


def _issue(handler: Handler) -> None:
    told = {"resourceType": "OperationOutcome", "issue": [{"code": "not-supported"}]}
    send(handler, 400, json.dumps({**told, "text": ELSEWHERE}).encode())


def _at(where: str) -> Callable[[Handler], None]:
    return lambda handler: send(handler, 202, b"", Content_Location=where)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (_issue, r"did not begin an export \(status 400, not-supported\)"),
        (lambda handler: send(handler, 200, b"{}"), r"did not begin an export \(status 200\)"),
        (lambda handler: send(handler, 302, b"", Location="/x"), "status 302"),
        (lambda handler: send(handler, 401, b"{}"), "status 401"),
        (lambda handler: send(handler, 202, b""), "names no https address"),
        (_at(ELSEWHERE), "names no https address"),
        (_at("http://127.0.0.1/jobs/1"), "names no https address"),
        (_at("https://user@127.0.0.1/jobs/1"), "names no https address"),
        (_at("/jobs/1"), "names no https address"),
        (lambda handler: handler.wfile.write(b"\x00\r\n\r\n"), "did not answer"),
    ],
)
def test_an_export_that_was_not_begun_is_not_waited_for(
    ehr: BulkEhr, fetch: Fetch, answer: Callable[[Handler], None], told: str, tmp_path: Path
) -> None:
    ehr.server.holds["/r4/Patient/$export"] = answer
    _refused(fetch, told)
    assert not (tmp_path / "out" / ".export.json").exists()
    assert ehr.paths("/jobs") == []


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_export_that_failed_on_the_server_is_said_to_have_failed(
    ehr: BulkEhr, fetch: Fetch, status: int
) -> None:
    ehr.looks = [(status, {"Location": ELSEWHERE})]
    _refused(fetch, rf"does not give the export \(status {status}\)")


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"transactionTime": None}, "transactionTime"),
        ({"transactionTime": f"2026-11-22T08:00:00Z {ELSEWHERE}"}, "transactionTime"),
        ({"requiresAccessToken": None}, "requiresAccessToken"),
        ({"requiresAccessToken": "false"}, "requiresAccessToken"),
        ({"output": None}, "output is no list"),
        ({"output": ["x"]}, "output is no list"),
        ({"output": [{"type": "Patient", "url": ELSEWHERE}]}, "a file is not at an https"),
        ({"output": [{"type": "Patient", "url": "http://127.0.0.1/f"}]}, "a file is not at"),
        ({"output": [{"type": "Patient"}]}, "a file is not at"),
        ({"error": [{"type": "OperationOutcome", "url": ELSEWHERE}]}, "a file is not at"),
        ({"link": [{"relation": "next", "url": ELSEWHERE}]}, "only a part of several"),
    ],
)
def test_no_file_of_a_manifest_that_is_unsound_is_fetched(
    ehr: BulkEhr, fetch: Fetch, says: dict[str, Any], told: str
) -> None:
    ehr.says = says
    _refused(fetch, told)
    assert ehr.paths("/files/") == []


@pytest.mark.parametrize("text", [b"[]", b"<html>", b'{"a": 1, "a": 2}'])
def test_a_manifest_that_is_none_is_refused(ehr: BulkEhr, fetch: Fetch, text: bytes) -> None:
    ehr.server.holds["/jobs/1"] = lambda handler: send(handler, 200, text)
    _refused(fetch, "it is no JSON object")


def test_a_host_that_the_site_listed_may_hold_the_files(
    ehr: BulkEhr, fetch: Fetch, settings: Settings
) -> None:
    ehr.open_files = True
    for entry in ehr.output:
        entry["url"] = entry["url"].replace("127.0.0.1", "localhost")
    _refused(fetch, "a file is not at an https address")
    listed = replace(settings.smart, bulk_hosts=frozenset({"localhost"}))
    assert fetch(of=replace(settings, smart=listed)).note is None


# --- the folder


def test_another_export_at_the_same_place_is_not_mixed_in(ehr: BulkEhr, fetch: Fetch) -> None:
    """Files of two moments would make one record of what never was together."""
    held = ehr.output[-1]["url"].removeprefix(ehr.at)
    file = ehr.server.holds.pop(held)
    _refused(fetch, "could not be fetched")
    ehr.server.holds[held] = file
    ehr.says = {"transactionTime": "2026-11-23T08:00:00Z"}
    _refused(fetch, "another export at the same place")


def test_a_folder_of_another_export_or_run_is_refused(
    ehr: BulkEhr, fetch: Fetch, tmp_path: Path
) -> None:
    fetch()
    _refused(fetch, "holds an export of", f"{ehr.base}/Group/ward-3")
    (tmp_path / "out" / ".export.json").write_text('{"address": 1}')
    _refused(fetch, "cannot be read")
    (tmp_path / "out" / ".export.json").unlink()
    (tmp_path / "out" / "run.json").write_text("{}")
    _refused(fetch, "holds a run over files")


def test_a_folder_with_other_files_is_left_alone(fetch: Fetch, tmp_path: Path) -> None:
    write_export(tmp_path / "out", [{"resourceType": "Patient", "id": "a"}])
    _refused(fetch, "no run of this command")


def test_what_was_asked_for_elsewhere_before_is_not_followed_under_other_settings(
    ehr: BulkEhr, fetch: Fetch, tmp_path: Path
) -> None:
    ehr.looks = [(302, {})]
    _refused(fetch, "does not give the export")
    path = tmp_path / "out" / ".export.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "where": ELSEWHERE}))
    ehr.server.calls.clear()
    _refused(fetch, "do not list any more")
    assert ehr.paths("/jobs") == []
