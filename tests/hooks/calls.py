"""Calls of hooks as a client makes them, and records as it sends them."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fhir.records import coded, medication, observation, patient, quantity

VIEW, SELECT, SIGN, DISCHARGE = (
    "exercise-patient-view",
    "exercise-order-select",
    "exercise-order-sign",
    "exercise-encounter-discharge",
)
HOOKS = {
    VIEW: "patient-view",
    SELECT: "order-select",
    SIGN: "order-sign",
    DISCHARGE: "encounter-discharge",
}
KEYS = ("conditions", "medications", "observations", "procedures", "devices")
ANSWERS = "org.exercise-cds.answers"
HEALTHY_ANSWERS = {
    "facts": {
        "days_per_week": 4,
        "session_minutes": 45,
        "habitual_intensity": "moderate",
        "months_sustained": 12,
        "desired_intensity": "moderate",
        **{
            f"sx_{name}": False
            for name in (
                "ischemic_pain",
                "dyspnea",
                "dizzy_syncope",
                "orthopnea_pnd",
                "ankle_edema",
                "palpitations",
                "claudication",
                "murmur",
                "unusual_fatigue",
            )
        },
    },
    "conditions_reviewed": True,
    "medications_reviewed": True,
}
TODAY = {"effectiveDateTime": "2026-11-22"}
HIGH_PRESSURE = observation("8480-6", id="sbp", **TODAY, valueQuantity=quantity(230, "mm[Hg]"))
LOW_SATURATION = observation("2708-6", id="spo2", **TODAY, valueQuantity=quantity(80, "%"))
CORONARY = {
    "resourceType": "Condition",
    "id": "cad",
    "subject": {"reference": "Patient/p"},
    "clinicalStatus": coded(None, "active"),
    "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "I25.10"),
}
BETA_BLOCKER = medication({"text": "metoprolol"}, id="bb")


def searchset(*resources: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The answer of a search."""
    entries = [{"resource": dict(resource), "search": {"mode": "match"}} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def prefetch(**parts: Any) -> dict[str, Any]:
    """Every part, empty unless it is given; a person of 65."""
    return {"patient": patient(gender="female"), **dict.fromkeys(KEYS), **parts}


def body(service: str, **more: Any) -> dict[str, Any]:
    """A call that is as it should be."""
    context: dict[str, Any] = {"userId": "Practitioner/dr", "patientId": "p", "encounterId": "e"}
    if "order" in service:
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": []}
    if service == SELECT:
        context["selections"] = []
    return {
        "hook": HOOKS.get(service, service),
        "hookInstance": str(uuid.uuid4()),
        "context": context,
        "prefetch": prefetch(),
        **more,
    }


def with_orders(service: str, *orders: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A call with these drafts, all of them selected."""
    asked = body(service, **more)
    asked["context"]["draftOrders"]["entry"] = [{"resource": dict(order)} for order in orders]
    if service == SELECT:
        asked["context"]["selections"] = [f"{o['resourceType']}/{o['id']}" for o in orders]
    return asked


def order(text: str | None = None, code: str | None = None, **more: Any) -> dict[str, Any]:
    """A drafted ServiceRequest of these words, or of a SNOMED CT code."""
    concept = coded("http://snomed.info/sct", code) if code else {}
    return {
        "resourceType": "ServiceRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "code": {**concept, **({"text": text} if text else {})},
        **more,
    }


def post(client: FlaskClient, service: str, value: Any, **headers: str) -> TestResponse:
    """The answer to a call."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    sent = {"Content-Type": "application/json", **headers}
    return client.post(f"/cds-services/{service}", data=data, headers=sent)


def cards(client: FlaskClient, service: str, value: Any) -> list[dict[str, Any]]:
    """The cards of a call that is answered."""
    answer = post(client, service, value)
    assert answer.status_code == 200, answer.get_json()
    found: list[dict[str, Any]] = answer.get_json()["cards"]
    return found


def places(answer: TestResponse) -> list[str]:
    """The places that a refusal names, in their order."""
    outcome = answer.get_json()
    assert (outcome["resourceType"], answer.mimetype) == (
        "OperationOutcome",
        "application/fhir+json",
    )
    return [issue["diagnostics"].partition(": ")[0] for issue in outcome["issue"]]


def topics(found: list[dict[str, Any]]) -> list[str]:
    """The topics of cards, in their order."""
    return [card["source"]["topic"]["code"] for card in found]
