"""An export from the question to the decisions."""

import json
import stat
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cds.cli import main
from cds.errors import CdsError
from cds.http.core import CoreService
from cds.settings import Settings
from cds.smart.client_keys import read_client_keys
from tests.bulk.conftest import Fetch, key_file
from tests.bulk.ehr import ALL_TYPES, MOMENT, PREFIX, BulkEhr, Handler, Waiting, query, small
from tests.fhir.records import Resource
from tests.hooks.ehr import send
from tests.population.exports import DAY, Runs, answers, problems, write_export
from tests.trust.issuing import RSA

OUTCOME: Resource = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, ehr: BulkEhr, keys: Path, core: CoreService, tmp_path: Path
) -> None:
    """What an operator sets; the service is that of the session."""
    for name, value in {
        "CDS_DATA_DIR": str(tmp_path / "data"),
        "CDS_CLIENT_KEYS": str(keys),
        "CDS_BULK_SERVERS": f"{ehr.base}=exercise-cds-backend",
        "CDS_FHIR_NETWORKS": "127.0.0.1/32",
        "CDS_FHIR_CA_FILE": str(ehr.server.certificate),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("cds.population.run._load", lambda *_: core)


def _names(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "export").iterdir())


@pytest.mark.slow
@pytest.mark.usefixtures("environment")
def test_the_patients_of_a_server_are_decided_as_their_files_would_be(
    ehr: BulkEhr, core: CoreService, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The whole command: token, kick-off, manifest, files, the server's own errors, the end."""
    ehr.errors = [ehr.hold("OperationOutcome", [OUTCOME])]
    out = tmp_path / "out"
    command = ["population", "--out", str(out), "--evaluation-date", DAY.isoformat()]
    assert main([*command, "--workers", "1", "--from", ehr.base]) == 1
    Runs(core, tmp_path / "data").run(write_export(tmp_path / "in", small()), tmp_path / "files")
    assert [line["decision"] for line in answers(out)] == [
        line["decision"] for line in answers(tmp_path / "files")
    ]
    assert [told["kind"] for told in problems(out)] == ["export"]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["export"] == {"server": ehr.base, "moment": MOMENT}
    assert f"As {ehr.base} held them at {MOMENT}" in (out / "summary.html").read_text()
    assert ehr.deleted == 1
    told = capfd.readouterr()
    files = (path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".pem")
    kept = b"".join(path.read_bytes() for path in files)
    for secret in (PREFIX, ehr.asked[0]["client_assertion"], "PRIVATE KEY"):
        assert secret not in told.out + told.err
        assert secret.encode() not in kept
    # Given again, the finished run asks nobody.
    ehr.server.calls.clear()
    assert main([*command, "--workers", "1", "--from", ehr.base]) == 1
    assert ehr.server.calls == []


def test_what_is_asked_for_is_what_the_service_reads(ehr: BulkEhr, fetch: Fetch) -> None:
    found = fetch()
    ((path, headers),) = ehr.begun
    assert path.startswith("/r4/Patient/$export?")
    assert query(path) == {
        "_outputFormat": "application/fhir+ndjson",
        "_type": ",".join(ALL_TYPES),
    }
    assert headers["Prefer"] == "respond-async"
    assert headers["Accept"] == "application/fhir+json"
    assert (found.address, found.moment, found.note) == (ehr.base, MOMENT, None)


def test_a_group_is_asked_for_by_its_address(ehr: BulkEhr, fetch: Fetch) -> None:
    assert fetch(f"{ehr.base}/Group/ward-3").address == f"{ehr.base}/Group/ward-3"
    assert [path.partition("?")[0] for path, _ in ehr.begun] == ["/r4/Group/ward-3/$export"]


def test_files_are_for_their_owner_alone(fetch: Fetch) -> None:
    where = fetch().where
    assert stat.S_IMODE(where.stat().st_mode) == 0o700
    assert stat.S_IMODE(where.parent.stat().st_mode) == 0o700


def test_a_type_that_nobody_asked_for_is_not_fetched(
    ehr: BulkEhr, fetch: Fetch, tmp_path: Path
) -> None:
    ehr.output.append(ehr.hold("Claim", [{"resourceType": "Claim"}]))
    fetch()
    assert not any(name.startswith("Claim") for name in _names(tmp_path / "out"))
    assert ehr.paths("/files/Claim") == []


def test_what_is_not_granted_is_not_asked_for_and_is_told(
    ehr: BulkEhr, fetch: Fetch, core: CoreService, tmp_path: Path
) -> None:
    """Else a record without devices would look like one of somebody who has none."""
    wanted = [type_ for type_ in ALL_TYPES if type_ not in ("Device", "Goal")]
    filtered = "system/Goal.rs?status=active"
    ehr.grants["scope"] = " ".join([*(f"system/{type_}.rs" for type_ in wanted), filtered])
    found = fetch()
    assert query(ehr.begun[0][0])["_type"] == ",".join(wanted)
    Runs(core, tmp_path / "data").run(found.where, tmp_path / "out")
    assert [(told["kind"], told["place"]) for told in problems(tmp_path / "out")] == [
        ("export", "not-granted.ndjson:1"),
        ("export", "not-granted.ndjson:2"),
    ]


# --- tokens


def test_a_token_is_asked_for_with_a_proof_for_this_endpoint(ehr: BulkEhr, fetch: Fetch) -> None:
    fetch()
    (asked,), (proof,) = ehr.asked, ehr.proofs
    assert asked["grant_type"] == "client_credentials"
    assert asked["client_assertion_type"].endswith(":client-assertion-type:jwt-bearer")
    assert asked["scope"].split() == [f"system/{type_}.rs" for type_ in ALL_TYPES]
    assert (proof["iss"], proof["sub"]) == ("exercise-cds-backend", "exercise-cds-backend")
    assert (proof["alg"], proof["typ"]) == ("ES384", "JWT")
    assert proof["exp"] - proof["iat"] <= 300


def test_a_key_of_the_other_kind_opens_a_server_too(
    ehr: BulkEhr, fetch: Fetch, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "rsa").mkdir()
    keys = key_file(tmp_path / "rsa", RSA)
    ehr.public = read_client_keys(keys).public
    fetch(of=replace(settings, smart=replace(settings.smart, client_keys=keys)))
    assert [proof["alg"] for proof in ehr.proofs] == ["RS384"]


@pytest.mark.parametrize(
    ("capabilities", "supported", "asked"),
    [
        (["client-confidential-asymmetric"], [], "system/Patient.read"),
        (["client-confidential-asymmetric"], ["openid", "system/Patient.read"], None),
        (["permission-v2"], ["system/*.rs"], "system/Patient.rs"),
    ],
)
def test_scopes_are_written_and_chosen_as_the_server_says_it_knows_them(
    ehr: BulkEhr, fetch: Fetch, capabilities: list[str], supported: list[str], asked: str | None
) -> None:
    ehr.configuration |= {"capabilities": capabilities, "scopes_supported": supported}
    fetch()
    scope = ehr.asked[0]["scope"].split()
    assert (asked in scope) if asked else (scope == ["system/Patient.read"])
    assert len(scope) == (len(ALL_TYPES) if asked else 1)


def test_every_proof_is_used_once_and_a_token_that_ends_is_brought_anew(
    ehr: BulkEhr, fetch: Fetch
) -> None:
    ehr.grants["expires_in"] = 0
    fetch()
    ids = [proof["jti"] for proof in ehr.proofs]
    assert len(set(ids)) == len(ids) > 3


def test_a_token_that_does_not_say_how_long_it_lasts_is_used_for_a_while(
    ehr: BulkEhr, fetch: Fetch
) -> None:
    ehr.grants["expires_in"] = None
    fetch()
    assert len(ehr.asked) == 1


def test_a_token_that_is_not_taken_any_more_is_brought_anew_once(
    ehr: BulkEhr, fetch: Fetch
) -> None:
    job = ehr.server.holds["/jobs/1"]

    def forgets(handler: Handler) -> None:
        ehr.tokens.append("another")
        ehr.server.holds["/jobs/1"] = job
        job(handler)

    ehr.server.holds["/jobs/1"] = forgets
    fetch()
    assert len(ehr.asked) == 2


def test_files_that_open_by_themselves_never_see_the_token(
    ehr: BulkEhr, fetch: Fetch, tmp_path: Path
) -> None:
    """They may lie at a storage of somebody else, under a signed address."""
    ehr.open_files = True
    fetch()
    calls = [headers for path, headers in ehr.server.calls if path.startswith("/files/")]
    assert len(calls) == len(ehr.output)
    assert all("Authorization" not in headers for headers in calls)


# --- waiting


def test_it_is_asked_again_when_the_server_says_and_else_less_and_less_often(
    ehr: BulkEhr, fetch: Fetch, waiting: Waiting
) -> None:
    ehr.looks = [
        (202, {"Retry-After": "120"}),
        (429, {"Retry-After": "Sun, 22 Nov 2026 09:31:30 GMT"}),
        (202, {"Retry-After": "0"}),
        (503, {}),
        (202, {"Retry-After": "soon"}),
        (202, {}),
    ]
    fetch()
    assert waiting.slept == [120.0, 90.0, 1.0, 40.0, 60.0, 60.0]


def test_whoever_waits_sees_how_far_the_server_is_and_nothing_else_of_its_words(
    ehr: BulkEhr, fetch: Fetch
) -> None:
    ehr.looks = [(202, {"X-Progress": "\x1b[2J 35% of Doe, Jane", "Retry-After": "90"})] * 2
    shown = StringIO()
    fetch(shown=shown)
    told = shown.getvalue()
    assert "waiting for the export: 0:01:30, 35% done, asked again in 90 s" in told
    assert "fetching" in told
    assert "Jane" not in told
    assert "[2J" not in told


def test_no_run_waits_for_ever_and_the_next_goes_on_waiting(
    ehr: BulkEhr, fetch: Fetch, waiting: Waiting
) -> None:
    ehr.looks = [(202, {"Retry-After": "14400"})] * 4
    with pytest.raises(CdsError, match=r"not ready within 12 hours\. The same command goes on"):
        fetch()
    assert waiting.seconds() == 3 * 14_400
    fetch()
    assert len(ehr.begun) == 1


def test_a_server_that_is_away_for_a_while_is_asked_again(
    ehr: BulkEhr, fetch: Fetch, waiting: Waiting
) -> None:
    job = ehr.server.holds["/jobs/1"]

    def away(handler: Handler) -> None:
        if len(waiting.slept) >= 3:
            ehr.server.holds["/jobs/1"] = job
        handler.close_connection = True

    ehr.server.holds["/jobs/1"] = away
    fetch()
    assert waiting.slept == [5.0, 10.0, 20.0, 40.0]


def test_a_server_that_stays_away_ends_the_waiting(
    ehr: BulkEhr, fetch: Fetch, waiting: Waiting
) -> None:
    def away(handler: Handler) -> None:
        handler.close_connection = True

    ehr.server.holds["/jobs/1"] = away
    with pytest.raises(CdsError, match="does not answer any more"):
        fetch()
    assert len(waiting.slept) == 5


# --- going on


def _stop() -> None:
    raise KeyboardInterrupt


def test_an_interrupted_export_goes_on_and_is_not_asked_for_again(
    ehr: BulkEhr, fetch: Fetch, waiting: Waiting, tmp_path: Path
) -> None:
    """Stopped while it waits, and again after the first file."""
    ehr.looks = [(202, {})]
    waiting.ends = _stop
    with pytest.raises(KeyboardInterrupt):
        fetch()
    second = sorted(entry["url"] for entry in ehr.output)[1].removeprefix(ehr.at)
    held = ehr.server.holds[second]
    ehr.server.holds[second] = lambda handler: send(handler, 500, b"")
    with pytest.raises(CdsError, match=r"could not be fetched \(status 500\)\. The same command"):
        fetch()
    assert len([name for name in _names(tmp_path / "out") if name[0] != "."]) == 1
    ehr.server.holds[second] = held
    ehr.output.reverse()
    fetch()
    assert (len(ehr.begun), ehr.deleted) == (1, 1)
    once = {entry["url"].removeprefix(ehr.at): 1 for entry in ehr.output}
    assert Counter(ehr.paths("/files/")) == {**once, second: 2}
    assert len(_names(tmp_path / "out")) == len(ehr.output)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", b""])
def test_a_deletion_that_is_not_confirmed_is_told_and_asked_for_again(
    ehr: BulkEhr, fetch: Fetch, answer: bytes
) -> None:
    job = ehr.server.holds["/jobs/1"]

    def keeps(handler: Handler) -> None:
        if handler.command == "DELETE":
            handler.wfile.write(answer)
        else:
            job(handler)

    ehr.server.holds["/jobs/1"] = keeps
    assert "did not confirm that it deleted" in (fetch().note or "")
    ehr.server.holds["/jobs/1"] = job
    files = ehr.paths("/files/")
    assert fetch().note is None
    assert (ehr.deleted, ehr.paths("/files/")) == (1, files)


# --- files


def _cut(handler: Handler) -> None:
    """Ends before the end, as a proxy does that runs out of time."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"resourceType": "Patient"}')
    handler.close_connection = True


def _endless(handler: Handler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\n\r\n{"resourceType": "Patient"}\n')
    handler.close_connection = True


def _coded(handler: Handler) -> None:
    send(handler, 200, b"x", Content_Encoding="gzip")


def _elsewhere(handler: Handler) -> None:
    send(handler, 302, b"", Location="https://evil.example/file")


def _few(handler: Handler) -> None:
    send(handler, 200, b'{"resourceType": "Patient"}\n')


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (_cut, "breaks off"),
        (_endless, "does not tell where its answer ends"),
        (_coded, "what was asked for"),
        (_elsewhere, "status 302"),
        (_few, "holds 1 resources where the server promises 2"),
    ],
)
def test_a_file_that_is_not_whole_is_none(
    ehr: BulkEhr, fetch: Fetch, tmp_path: Path, answer: Any, told: str
) -> None:
    """A record that lost its end would be decided as if nothing were lacking."""
    (patients,) = (entry["url"] for entry in ehr.output if entry["type"] == "Patient")
    held = ehr.server.holds[patients.removeprefix(ehr.at)]
    ehr.server.holds[patients.removeprefix(ehr.at)] = answer
    with pytest.raises(CdsError, match=told):
        fetch()
    assert not any(name.startswith("Patient") for name in _names(tmp_path / "out"))
    ehr.server.holds[patients.removeprefix(ehr.at)] = held
    assert fetch().note is None


def test_more_than_any_disk_should_hold_is_not_fetched(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds.bulk.fetching._MOST_BYTES", 400)
    with pytest.raises(CdsError, match="too large together"):
        fetch()


def test_an_export_of_nobody_is_said_to_be_one(ehr: BulkEhr, fetch: Fetch) -> None:
    ehr.output = []
    with pytest.raises(CdsError, match="holds no patient"):
        fetch()
    assert ehr.deleted == 1


def test_settings_name_no_secret(settings: Settings, keys: Path) -> None:
    """What is recorded of them is the place of the key and never the key."""
    assert str(keys) in json.dumps(settings.recorded)
    assert "PRIVATE" not in json.dumps(settings.recorded)
