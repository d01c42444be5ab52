"""Requests published elsewhere, and the synthetic patients: answered, within every limit."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.knowledge.hooks_file import HOOKS
from tests.hooks import calls
from tests.hooks.calls import VIEW, body, post, searchset
from tests.hooks.conftest import Build

SHARED = Path(__file__).parents[3] / "shared"
REQUESTS, PATIENTS = SHARED / "interop" / "cds-hooks-requests", SHARED / "patients"
_TYPES = {
    "Condition": "conditions",
    "MedicationRequest": "medications",
    "Observation": "observations",
    "Procedure": "procedures",
    "Device": "devices",
}


def _service(name: str) -> str:
    hook = next((hook for hook in HOOKS if f"{hook.replace('-', '_')}_" in name), None)
    hook = hook or next((hook for hook in HOOKS if f"{hook}_" in name), "patient-view")
    return next(service for service, of in calls.HOOKS.items() if of == hook)


@pytest.mark.skipif(not REQUESTS.is_dir(), reason="the shared requests are not here")
def test_every_published_request_is_answered_or_refused_and_never_fails(
    client: FlaskClient,
) -> None:
    """As they are, and completed by what the example leaves out."""
    statuses: dict[str, set[int]] = {}
    for path in sorted(REQUESTS.glob("*.json")):
        service, sent = _service(path.name), path.read_bytes()
        document = json.loads(sent)
        whole = {**body(service), **{k: v for k, v in document.items() if k == "context"}}
        whole["prefetch"]["patient"]["id"] = whole["context"].get("patientId")
        answers = [post(client, service, sent), post(client, service, whole)]
        statuses[path.name] = {answer.status_code for answer in answers}
    assert len(statuses) == 41
    assert [name for name, seen in statuses.items() if not seen <= {200, 400, 412, 422}] == []


@pytest.mark.skipif(not REQUESTS.is_dir(), reason="the shared requests are not here")
@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("hook-library__patient-view_1", "exercise-patient-view"),
        ("hook-library__order-sign_1", "exercise-order-sign"),
        ("hook-library__order-select_1", "exercise-order-select"),
        ("hook-library__encounter-discharge_1", "exercise-encounter-discharge"),
    ],
)
def test_the_contexts_of_the_hook_library_are_answered(
    client: FlaskClient, name: str, called: str
) -> None:
    context = json.loads((REQUESTS / f"{name}.json").read_text(encoding="utf-8"))["context"]
    call = {**body(called), "context": context}
    call["prefetch"]["patient"]["id"] = context["patientId"]
    assert post(client, called, call).get_json() == {"cards": []}


@pytest.mark.slow
@pytest.mark.skipif(not PATIENTS.is_dir(), reason="the shared patients are not here")
def test_every_synthetic_patient_is_answered_within_the_limits_and_alike_through_both_doors(
    build: Build, store: Store
) -> None:
    """REL-21: the record as prefetch and as a Bundle gives the same recommendation."""
    client = build()
    seen: dict[str, list[str]] = {}
    for path in sorted(PATIENTS.glob("*-*.json")):
        id_, sent = _as_prefetch(json.loads(path.read_text(encoding="utf-8")))
        call = body(VIEW, prefetch=sent)
        call["context"]["patientId"] = id_
        answer = post(client, VIEW, call)
        assert answer.status_code == 200, answer.get_json()
        found = answer.get_json()["cards"]
        assert len(found) <= 4
        assert all(len(card["summary"]) < 140 for card in found)
        seen[id_] = calls.topics(found)
        client.post("/v1/fhir/decisions", json=_as_bundle(sent))
        *_, first, second = (e.id for e in store.entries() if e.kind == "decision")
        here, there = (client.get(f"/v1/decisions/{e}").get_json() for e in (first, second))
        assert {k: v for k, v in here.items() if k not in _OWN} == {
            k: v for k, v in there.items() if k not in _OWN
        }
    assert len(seen) == 56
    # A record alone, without answers to questions, never leads to a plan.
    assert "plan" not in {code for found in seen.values() for code in found}
    # Nothing that exercise has to do with was found of some, or they have died.
    assert 0 < sum(not found for found in seen.values()) < 56


_OWN = {"id", "created", "receipt", "subject"}


def _as_bundle(sent: dict[str, Any]) -> dict[str, Any]:
    found = [e["resource"] for part in sent.values() for e in part.get("entry", ())]
    # What is only listed keeps the order of the entries, and the hooks put theirs in this one.
    held = sorted(
        (sent["patient"], *found),
        key=lambda one: json.dumps(one, sort_keys=True, ensure_ascii=False),
    )
    entries = [{"resource": resource} for resource in held]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _as_prefetch(document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The record as a FHIR server gives it, with the references that it would write."""
    patient = next(
        entry["resource"]
        for entry in document["entry"]
        if entry["resource"]["resourceType"] == "Patient"
    )
    text = json.dumps(document).replace(f"urn:uuid:{patient['id']}", f"Patient/{patient['id']}")
    resources = [entry["resource"] for entry in json.loads(text)["entry"]]
    assert uuid.UUID(patient["id"])
    parts = {
        key: searchset(*(r for r in resources if r["resourceType"] == kind))
        for kind, key in _TYPES.items()
    }
    return patient["id"], {"patient": patient, **parts}
