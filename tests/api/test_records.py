"""FHIR records through the interface: hostile ones are refused, goals are kept as words."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fhir.records import SNOMED, SUBJECT, bundle, coded, condition, observation, patient

PATH = "/v1/fhir/decisions?evaluation_date=2026-11-22"
GOAL = {
    "resourceType": "Goal",
    "id": "g",
    "lifecycleStatus": "active",
    "subject": SUBJECT,
    "expressedBy": SUBJECT,
    "description": {"text": "Walk to the shop with Ottilie"},
}


def nested(depth: int) -> dict[str, Any]:
    item: dict[str, Any] = {"linkId": "1"}
    for _ in range(depth):
        item = {"linkId": "1", "item": [item]}
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [item]}


def post(client: FlaskClient, document: object) -> Any:
    headers = {"Content-Type": "application/fhir+json"}
    return client.post(PATH, data=json.dumps(document), headers=headers)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"resourceType": "Bundle", "type": "collection", "entry": {}},
        {"resourceType": "Bundle", "type": "collection", "entry": [None, 1, {"resource": []}]},
        bundle(patient(), {"resourceType": "Observation", "hasMember": 1, "contained": "x"}),
        bundle(patient(), {"resourceType": "Goal", "lifecycleStatus": [], "description": 7}),
        bundle(patient(), {"resourceType": "AllergyIntolerance", "reaction": [[]]}),
        bundle(patient(), observation(valueQuantity={"value": 1e308, "code": "kPa"}, code=[])),
        bundle(patient(birthDate="9999-99-99")),
        bundle(patient(), patient(id="q")),
        bundle(patient(), {"resourceType": "FamilyMemberHistory", "condition": [3]}),
        bundle(patient(), {"resourceType": "ServiceRequest", "category": [{"coding": 1}]}),
    ],
)
def test_a_hostile_record_is_refused_with_its_places(client: FlaskClient, document: object) -> None:
    answer = post(client, document)
    assert answer.status_code == 422
    assert answer.get_json()["errors"]


@pytest.mark.parametrize(
    "document",
    [
        bundle(patient(), nested(20)),
        bundle(patient(), observation(valueQuantity={"value": 1e308, "code": "/min"})),
        bundle(patient(), observation(valueQuantity={"value": 1e308, "code": "/s"})),
        bundle(patient(), observation(hasMember=[{"reference": "#o"}, {"display": "x"}])),
        bundle(patient(), {"resourceType": "🦠" * 40}),
        bundle(patient(), condition(coded(SNOMED, "x" * 500)), condition({"text": "\u200b"})),
    ],
)  # fmt: skip
def test_an_odd_record_is_decided(client: FlaskClient, document: object) -> None:
    assert post(client, document).status_code == 201


def test_a_goal_of_the_record_is_answered_in_its_words_and_not_kept(client: FlaskClient) -> None:
    made = post(client, bundle(patient(), GOAL)).get_json()
    read = client.get(f"/v1/decisions/{made['id']}").get_json()
    own = [goal["text"] for goal in made["goals"] if goal["kind"] == "own"]
    assert own == ["Walk to the shop with Ottilie"]
    assert "Ottilie" not in json.dumps(read)


def test_a_number_of_any_size_is_refused_as_json_too(client: FlaskClient) -> None:
    answer = client.post("/v1/decisions", json={"facts": {"hr_rest": 1e308}})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (
        422,
        "/facts/hr_rest",
    )
