"""What an operator and an auditor do from the shell, on the record of a service."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import cds.audit.verify_records as verifier
from cds.api import create_app
from cds.audit.keys import Keys
from cds.audit.opening import open_store
from cds.audit.store import Store
from cds.cli import main
from cds.errors import ErasedError
from cds.http.core import CoreService
from cds.http.health import _ONE_EXAMINATION
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.secret import SUBJECTS, read_secret
from cds.settings import Settings
from tests.api.conftest import NOW
from tests.api.test_decisions import BODY
from tests.audit.databases import draft

ELDER: dict[str, Any] = {
    **BODY,
    "subject": {"id": "elder"},
    "facts": {"age": {"value": 97, "at": "2026-11-01"}, "sex": "female"},
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory that the commands are told of."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("CDS_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def kept(data: Path) -> Iterator[Store]:
    """The record of an installation."""
    store = open_store(Settings(data_dir=data), read_secret(data))
    yield store
    store.close()


@pytest.fixture
def client(core: CoreService, kept: Store, data: Path) -> FlaskClient:
    """A service that keeps it."""
    secret = read_secret(data)
    pipeline = Pipeline(core, kept, secret.derive(SUBJECTS))
    parts = Parts(core, kept, pipeline, Settings(), b"form key", clock=lambda: NOW)
    return create_app(parts).test_client()


@pytest.fixture
def ids(client: FlaskClient) -> list[str]:
    """Two decisions on one person, one on another."""
    later = {**BODY, "evaluation_date": "2026-12-02"}
    return [client.post("/v1/decisions", json=b).get_json()["id"] for b in (BODY, later, ELDER)]


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a command says."""
    assert main(arguments) == status
    told = capsys.readouterr()
    return (told.err if status else told.out).strip()


def test_the_record_is_verified_and_a_change_is_named(
    ids: list[str], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "verify").startswith("All 3 records hold, and the 1 checkpoints")
    connection = sqlite3.connect(data / "records.sqlite3")
    connection.execute("DROP TRIGGER record_no_update")
    connection.execute("UPDATE record SET kind = 'x' WHERE seq = 2")
    connection.commit()
    connection.close()
    assert said(capsys, "verify", status=1) == "Record 2: changed, missing or out of order."


def test_the_interface_verifies_too(client: FlaskClient, ids: list[str]) -> None:
    found = client.get("/v1/audit/verify").get_json()
    assert (found["holds"], found["records"], found["fault"]) == (True, 3, None)


def test_the_record_is_verified_by_one_request_at_a_time(client: FlaskClient) -> None:
    """It reads every record, so that many at once would keep decisions waiting."""
    with _ONE_EXAMINATION:
        answer = client.get("/v1/audit/verify")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.get("/v1/audit/verify").status_code == 200


def test_a_checkpoint_carried_elsewhere_finds_what_the_data_directory_hides(
    ids: list[str],
    kept: Store,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever writes both the database and the directory can put old ones in their places."""
    kept.close()
    old = {name: (data / name).read_bytes() for name in ("records.sqlite3", "head")}
    said(capsys, "hold", "--decision", ids[0])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(said(capsys, "checkpoint"))
    (data / "checkpoints").unlink()
    for name, content in old.items():
        (data / name).write_bytes(content)
    assert said(capsys, "verify").startswith("All 3 records hold")
    told = said(capsys, "verify", "--checkpoints", str(elsewhere), status=1)
    assert told == "Record 4: missing: 4 records were signed."


def test_a_sealed_export_is_verified_without_the_service(
    ids: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "export.jsonl"
    export.write_text(said(capsys, "export", "--sealed") + "\n")
    assert verifier.main([str(export)]) == 0
    # That it was exported is part of what is exported.
    assert capsys.readouterr().out.startswith("All 4 records hold")


def test_an_export_holds_no_date_no_high_age_and_no_subject(
    ids: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "export")
    first, later, elder = (json.loads(line) for line in text.splitlines())
    assert [(e["subject"], e["day"]) for e in (first, later, elder)] == [(1, 0), (1, 10), (2, 0)]
    (pressure,) = (f for f in first["input"]["facts"] if f["name"] == "sbp_rest")
    assert pressure == {"name": "sbp_rest", "value": 138, "unit": "mm[Hg]", "at": -2}
    dated = [c["onset"] for c in first["input"]["conditions"]]
    assert (date(2026, 11, 22) - date(2021, 3, 1)).days * -1 in dated
    assert first["input"]["procedures"] == [{"id": "cabg", "at": -113}]
    age = next(f for f in elder["input"]["facts"] if f["name"] == "age")
    assert (age["value"], age["at"]) == (90, -21)
    assert first["decision"]["disposition"]
    told = [{**line, "knowledge": "", "software": ""} for line in (first, later, elder)]
    for absent in ("2026-", "2021-", "97", "Zebulon", "Observation/17", "climb", *ids):
        assert absent not in json.dumps(told)


def test_a_person_is_erased_by_the_id_that_requests_name(
    ids: list[str], client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "erase", "--subject", "Zebulon-Quagmire").startswith("1 keys were")
    codes = [client.get(f"/v1/decisions/{id}").status_code for id in ids]
    assert codes == [410, 410, 200]
    assert len(said(capsys, "export").splitlines()) == 1
    # Three decisions, the erasure, the first refusal of its kind, the export.
    assert said(capsys, "verify").startswith("All 6 records hold")


def test_a_hold_forbids_an_erasure(ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "hold", "--decision", ids[0])
    told = said(capsys, "erase", "--subject", "Zebulon-Quagmire", status=2)
    assert told == "A legal hold forbids this erasure. Release it first."
    said(capsys, "release", "--subject", "Zebulon-Quagmire")
    said(capsys, "erase", "--decision", ids[1])


def test_retention_counts_before_it_destroys(
    ids: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "0 keys of records older than 10 years would be destroyed; 0 are held."
    assert said(capsys, "retain") == told
    monkeypatch.setenv("CDS_RETENTION_YEARS", "5")
    assert said(capsys, "retain", status=2).startswith("CDS_RETENTION_YEARS is not")


def test_what_is_destroyed_by_retention_ends_in_a_checkpoint_and_verifies(
    ids: list[str], kept: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No row goes: the sealed bodies stay, nobody can read them, and both verifiers agree."""
    old = kept.append(draft(1, subject="one", created=NOW.replace(year=2014))).id
    told, checkpoint = said(capsys, "retain", "--destroy").splitlines()
    assert told == "1 keys of records older than 10 years were destroyed; 0 are held."
    entry = kept.get(old)
    assert entry is not None
    with pytest.raises(ErasedError):
        kept.text_of(entry)
    (event,) = (json.loads(e.body) for e in kept.entries() if e.kind == "retention")
    assert (event["years"], event["keys"]) == (10, [entry.key_id])
    assert said(capsys, "verify").startswith("All 5 records hold")
    carried, export = tmp_path / "carried", tmp_path / "export.jsonl"
    carried.write_text(checkpoint)
    export.write_text(said(capsys, "export", "--sealed") + "\n")
    public = json.loads(checkpoint)["public_key"]
    command = [str(export), "--checkpoints", str(carried), "--public-key", public]
    assert verifier.main(command) == 0


def test_a_person_is_found_again_after_the_secret_was_rotated(
    ids: list[str],
    kept: Store,
    core: CoreService,
    data: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept.close()
    old = (data / "secret").read_bytes()
    told = said(capsys, "rotate-secret")
    secret = read_secret(data)
    assert Keys(*secret.parts).public in told
    assert (data / "secret").read_bytes()[:32] == old
    store = open_store(Settings(data_dir=data), secret)
    keys = (secret.derive(SUBJECTS), False, secret.derive_retired(SUBJECTS))
    parts = Parts(core, store, Pipeline(core, store, *keys), Settings(), b"k", clock=lambda: NOW)
    client = create_app(parts).test_client()
    new = client.post("/v1/decisions", json=BODY).get_json()["id"]
    assert client.get(f"/v1/decisions/{ids[0]}").status_code == 200
    check_in = {"decision": ids[0], "evaluation_date": "2026-12-02", "subject": BODY["subject"]}
    assert client.post("/v1/follow-ups", json=check_in).status_code == 201
    other = client.post("/v1/follow-ups", json={**check_in, "subject": {"id": "elder"}})
    assert other.get_json()["errors"][0]["pointer"] == "/subject/id"
    lines = [json.loads(line) for line in said(capsys, "export").splitlines()]
    assert [line["subject"] for line in lines] == [1, 1, 2, 1, 1]
    events = [json.loads(line) for line in said(capsys, "export", "--fhir").splitlines()]
    patients = [patient_of(event) for event in events]
    assert patients[0] is not None
    person, elder = patients[0], patients[2]
    assert patients[:6] == [person, person, elder, None, person, person]
    body = json.loads(store.text_of(list(store.entries())[4]))
    assert body["pseudonym_key"] == Keys(*secret.parts).id
    assert said(capsys, "erase", "--subject", "Zebulon-Quagmire").startswith("2 keys were")
    codes = [client.get(f"/v1/decisions/{id}").status_code for id in (*ids, new)]
    assert codes == [410, 410, 200, 410]
    assert said(capsys, "verify").startswith("All ")
    store.close()


def patient_of(event: dict[str, Any]) -> str | None:
    """The pseudonym of the patient that an AuditEvent names."""
    found = [e["what"] for e in event["entity"] if e["what"].get("type") == "Patient"]
    return found[0]["identifier"]["value"] if found else None


def test_a_loss_is_accepted_knowingly_and_recorded(
    ids: list[str], kept: Store, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backup was restored: what came after it is gone, and what was erased since stays so."""
    assert said(capsys, "accept-loss").startswith("Nothing is lost")
    kept.close()
    backup = (data / "records.sqlite3").read_bytes()
    said(capsys, "erase", "--decision", ids[2])
    for left in data.glob("records.sqlite3*"):
        left.unlink()
    (data / "records.sqlite3").write_bytes(backup)
    assert "accept-loss" in said(capsys, "export", status=2)
    assert said(capsys, "accept-loss").startswith("Accepted and recorded")
    assert said(capsys, "verify").startswith("All 5 records hold")
    store = open_store(Settings(data_dir=data), read_secret(data))
    kinds = [entry.kind for entry in store.entries()]
    assert kinds[3:] == ["loss_accepted", "erasure"]
    store.close()


def test_without_a_record_a_command_says_where_it_looked(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, "verify", status=2)
    assert told.startswith(f"There is no record in {data}.")
    assert list(data.iterdir()) == []
