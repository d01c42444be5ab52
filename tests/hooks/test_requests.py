"""Calls that are not as CDS Hooks says: refused with their place, never with a crash or an echo."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fhir.records import patient
from tests.hooks.calls import SIGN, VIEW, body, places, post, prefetch, searchset, with_orders

CANARY = "Zebulon"
_DRAFTS = "/context/draftOrders"


def _changed(service: str, path: str, value: Any) -> dict[str, Any]:
    """A good call with one member replaced; None removes it."""
    call = body(service)
    *parents, last = path.split("/")
    inner: Any = call
    for name in parents:
        inner = inner.setdefault(name, {})
    if value is None:
        inner.pop(last)
    else:
        inner[last] = value
    return call


@pytest.mark.parametrize(
    ("name", "path", "value", "pointer"),
    [
        (VIEW, "hook", "order-sign", "/hook"),
        (VIEW, "hook", None, "/hook"),
        (VIEW, "hookInstance", None, "/hookInstance"),
        (VIEW, "hookInstance", "a b", "/hookInstance"),
        (VIEW, "context", None, "/context"),
        (VIEW, "context", CANARY, "/context"),
        (VIEW, "context/patientId", None, "/context/patientId"),
        (VIEW, "context/patientId", 7, "/context/patientId"),
        (VIEW, "context/patientId", f"../{CANARY}", "/context/patientId"),
        (VIEW, "context/patientId", "p?_elements=", "/context/patientId"),
        (VIEW, "context/userId", None, "/context/userId"),
        (VIEW, "prefetch", [CANARY], "/prefetch"),
        (VIEW, "extension", CANARY, "/extension"),
        (VIEW, "fhirServer", 1, "/fhirServer"),
        (VIEW, "fhirAuthorization", {"access_token": CANARY}, "/fhirServer"),
        (SIGN, "context/draftOrders", None, _DRAFTS),
        (
            SIGN,
            "context/draftOrders",
            {"resourceType": "List"},
            "/context/draftOrders/resourceType",
        ),
        ("exercise-order-select", "context/selections", CANARY, "/context/selections"),
        ("exercise-encounter-discharge", "context/encounterId", None, "/context/encounterId"),
    ],
)
def test_a_call_that_breaks_the_standard_is_refused_at_its_place(
    client: FlaskClient, name: str, path: str, value: Any, pointer: str
) -> None:
    answer = post(client, name, _changed(name, path, value))
    assert answer.status_code == 400
    assert pointer in places(answer)
    assert CANARY not in answer.get_data(as_text=True)


@pytest.mark.parametrize("token", ["a b", "a\r\nX: 1", "", "ü", 7])
def test_a_token_that_would_not_fit_a_header_is_refused(client: FlaskClient, token: Any) -> None:
    call = body(VIEW, fhirServer="https://ehr.example.org/r4")
    call["fhirAuthorization"] = {"access_token": token}
    assert post(client, VIEW, call).status_code == 400


def test_unknown_members_are_ignored(client: FlaskClient) -> None:
    call = body(VIEW, more=1, extension={"com.example.thing": {"a": [1]}})
    call["context"]["other"] = "x"
    assert post(client, VIEW, call).get_json() == {"cards": []}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"/cds-services/{CANARY}", 404),
        ("POST", f"/cds-services/{CANARY}/feedback", 404),
        ("GET", f"/cds-services/{VIEW}", 405),
        ("POST", "/cds-services", 405),
        ("GET", f"/cds-services/{VIEW}/feedback", 405),
    ],
)
def test_other_addresses_and_methods_are_refused(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method, data=b"{}", content_type="application/json")
    assert answer.status_code == status
    assert CANARY not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "sent",
    [b"", b"[]", b"null", b'{"hook": NaN}', b"\xff", b'{"a":' * 500, b'{"hook":1,"hook":2}'],
)
def test_hostile_json_is_refused(client: FlaskClient, sent: bytes) -> None:
    assert post(client, VIEW, sent).status_code == 400


OTHER = {"reference": "Patient/other"}
_ABOUT_OTHER = [
    ("patient", patient(id="other"), "/prefetch/patient/id"),
    (
        "conditions",
        searchset({"resourceType": "Condition", "subject": OTHER}),
        "/prefetch/conditions/entry/0/resource/subject",
    ),
    (
        "devices",
        searchset({"resourceType": "Device", "patient": OTHER}),
        "/prefetch/devices/entry/0/resource/patient",
    ),
    (
        "observations",
        searchset(
            {
                "resourceType": "Observation",
                "subject": {"reference": "https://ehr.example.org/r4/Patient/other/_history/2"},
            }
        ),
        "/prefetch/observations/entry/0/resource/subject",
    ),
    ("medications", searchset(patient(id="other")), "/prefetch/medications/entry/0/resource/id"),
]


@pytest.mark.parametrize(("key", "value", "pointer"), _ABOUT_OTHER)
def test_a_record_of_another_patient_is_refused(
    client: FlaskClient, key: str, value: Any, pointer: str
) -> None:
    answer = post(client, VIEW, body(VIEW, prefetch=prefetch(**{key: value})))
    assert answer.status_code == 422
    assert places(answer) == [pointer]


def test_a_draft_for_another_patient_is_refused(client: FlaskClient) -> None:
    draft = {
        "resourceType": "ServiceRequest",
        "id": "d",
        "subject": OTHER,
        "code": {"text": "HIIT"},
    }
    answer = post(client, SIGN, with_orders(SIGN, draft))
    assert answer.status_code == 422


def test_a_fault_in_a_resource_is_told_at_its_place_in_the_prefetch(client: FlaskClient) -> None:
    """The Bundle that is decided on is put together here: its own places would help nobody."""
    broken = {"resourceType": "Condition", "code": 7, "subject": {"reference": "Patient/p"}}
    call = body(VIEW, prefetch=prefetch(conditions=searchset(broken)))
    answer = post(client, VIEW, call)
    assert answer.status_code == 422
    pointers = places(answer)
    assert pointers == ["/prefetch/conditions/entry/0/resource/code"]
