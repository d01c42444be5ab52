"""A decision is recorded before it is answered, and reads back as it was."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.errors import AuditError, EngineError
from cds.http.core import CoreService

BODY: dict[str, Any] = {
    "evaluation_date": "2026-11-22",
    "subject": {"id": "Zebulon-Quagmire"},
    "facts": {
        "age": 68,
        "sex": "female",
        "sbp_rest": {
            "value": 138,
            "unit": "mm[Hg]",
            "at": "2026-11-20",
            "source": "Observation/17",
        },
        "sx_ischemic_pain": False,
        "sx_dyspnea": "unknown",
        "regular_exercise": False,
        "desired_intensity": "moderate",
    },
    "conditions": [
        "osteoporosis",
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M17.11", "onset": "2021-03-01"},
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z99.999", "display": "odd"},
    ],
    "conditions_reviewed": True,
    "medications": [
        "beta_blocker",
        {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6918"},
    ],
    "medications_reviewed": True,
    "procedures": [{"code": "cabg", "at": "2026-08-01"}],
    "request": {
        "modalities": ["hiit"],
        "exercises": ["A15"],
        "intensity": "vigorous",
        "setting": "home",
    },
    "preferences": {"goals": ["climb stairs"], "likes": ["swimming"], "equipment": ["band"]},
    "policy": {"diabetes_clearance": "acsm"},
}


def test_the_worked_example_is_decided_and_reads_back_without_its_words(
    client: FlaskClient,
) -> None:
    answer = client.post("/v1/decisions", json=BODY)
    decision = answer.get_json()
    assert answer.status_code == 201
    assert decision["receipt"]["sequence"] == 1
    assert answer.headers["Location"] == f"/v1/decisions/{decision['id']}"
    told = answer.text.replace('"odd"', '"(not kept)"')
    assert told != answer.text
    assert '"climb stairs"' in told  # words of our own lists say nothing of anybody
    assert client.get(answer.headers["Location"]).text == told


def test_an_unmapped_code_comes_back(client: FlaskClient) -> None:
    decision = client.post("/v1/decisions", json=BODY).get_json()
    assert [entry["code"] for entry in decision["unmapped"]] == ["Z99.999"]


def test_a_stale_value_is_listed_and_not_an_error(client: FlaskClient) -> None:
    facts = {"sbp_rest": {"value": 210, "at": "2016-01-01"}}
    answer = client.post("/v1/decisions", json={"facts": facts})
    assert answer.status_code == 201
    assert [entry["fact"] for entry in answer.get_json()["stale"]] == ["sbp_rest"]


def test_the_latest_of_several_dated_values_counts(core: CoreService, client: FlaskClient) -> None:
    values = [{"value": 210, "at": "2026-11-20"}, {"value": 120, "at": "2026-11-22"}]
    older = {"value": 210, "at": "2026-11-22"}
    late = client.post("/v1/decisions", json={"facts": {"sbp_rest": values}}).get_json()
    high = client.post("/v1/decisions", json={"facts": {"sbp_rest": older}}).get_json()
    assert "hold_today" not in {c["kind"] for c in late["contraindications"]}
    assert "hold_today" in {c["kind"] for c in high["contraindications"]}


def test_the_record_holds_what_a_replay_needs_and_no_subject(
    client: FlaskClient, store: Store
) -> None:
    id = client.post("/v1/decisions", json=BODY).get_json()["id"]
    entry = store.get(id)
    assert entry is not None
    body = json.loads(store.text_of(entry))
    assert set(body) == {
        *("clock", "decision", "evaluation_date", "input"),
        *("knowledge", "site_policies", "software", "software_sha256", "who"),
        *("pseudonym_key", "request_id"),
    }
    assert store.keys is not None
    assert body["pseudonym_key"] == store.keys.id
    assert body["who"]["id"] == "open"
    assert body["input"]["facts"][0]["name"] == "age"
    assert "Zebulon" not in store.text_of(entry)


def test_the_same_key_and_body_give_the_same_decision(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "visit-1"}
    first = client.post("/v1/decisions", json=BODY, headers=headers)
    again = client.post("/v1/decisions", json=BODY, headers=headers)
    assert (again.status_code, again.get_json()) == (201, first.get_json())


def test_the_same_key_with_another_body_is_refused(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "visit-1"}
    client.post("/v1/decisions", json=BODY, headers=headers)
    other = client.post("/v1/decisions", json={**BODY, "facts": {}}, headers=headers)
    assert other.status_code == 422


@pytest.mark.parametrize("key", ["", "two words", "x" * 201])
def test_a_key_that_is_none_is_refused(client: FlaskClient, key: str) -> None:
    answer = client.post("/v1/decisions", json=BODY, headers={"Idempotency-Key": key})
    assert answer.status_code == 400


class Failing:
    """The real service, but its engine or its store fails."""

    def __init__(self, core: CoreService, error: Exception) -> None:
        self._core = core
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def decide(self, *_: Any) -> Any:
        raise self._error


def test_a_disagreement_of_the_evaluators_is_500_recorded_and_shows_nothing(
    core: CoreService, build: Callable[[Any], Flask], store: Store
) -> None:
    failing = build(Failing(core, EngineError("differs on Zebulon"))).test_client()
    answer = failing.post("/v1/decisions", json=BODY)
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "Zebulon" not in answer.text
    assert store.verify() is None
    assert failing.get("/v1/decisions/" + "0" * 32).status_code == 404


def test_what_was_answered_before_is_answered_again_though_the_evaluators_disagree_now(
    client: FlaskClient, core: CoreService, build: Callable[[Any], Flask]
) -> None:
    headers = {"Idempotency-Key": "visit-1"}
    first = client.post("/v1/decisions", json=BODY, headers=headers)
    failing = build(Failing(core, EngineError("differs"))).test_client()
    again = failing.post("/v1/decisions", json=BODY, headers=headers)
    assert (again.status_code, again.get_json()) == (201, first.get_json())


def test_a_surprise_is_a_500_whose_log_has_the_place_and_no_value(
    core: CoreService, build: Callable[[Any], Flask], capfd: pytest.CaptureFixture[str]
) -> None:
    failing = build(Failing(core, ZeroDivisionError("Zebulon"))).test_client()
    answer = failing.post("/v1/decisions", json=BODY)
    logged = "".join(capfd.readouterr())
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "Zebulon" not in answer.text + logged
    assert "ZeroDivisionError" in logged
    assert "pipeline.py" in logged


def test_no_answer_leaves_without_its_record(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise AuditError("The record could not be committed.")

    monkeypatch.setattr(store, "append", refuse)
    answer = client.post("/v1/decisions", json=BODY)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "disposition" not in answer.text


def test_a_log_line_of_a_request_has_the_route_and_no_value(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    client.post("/v1/decisions", json=BODY)
    (line,) = [json.loads(text) for text in capfd.readouterr().err.splitlines()]
    assert (line["route"], line["status"], line["sequence"]) == ("/v1/decisions", 201, 1)
    assert "Zebulon" not in json.dumps(line)
