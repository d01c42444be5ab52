"""CR-2: the cards of a decision and the actions of its RequestGroup say the same."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fhir.records import bundle, coded, condition, observation, patient, quantity
from tests.fhir.validity import faults_of_bundle, faults_of_care_plan
from tests.hooks.calls import (
    ANSWERS,
    BETA_BLOCKER,
    CORONARY,
    HEALTHY_ANSWERS,
    HIGH_PRESSURE,
    LOW_SATURATION,
    VIEW,
    body,
    cards,
    prefetch,
    searchset,
)

Json = dict[str, Any]
SUBJECT, PRACTITIONER, ENCOUNTER = "Patient/p", "Practitioner/dr", "Encounter/e"
GIVEN = frozenset({SUBJECT, PRACTITIONER, ENCOUNTER})
ASKED = f"?subject={SUBJECT}&practitioner={PRACTITIONER}&encounter={ENCOUNTER}"
PRIORITIES = {"info": "routine", "warning": "urgent", "critical": "stat"}
ANSWERED = {ANSWERS: HEALTHY_ANSWERS}
HEART_FAILURE = condition(coded("http://snomed.info/sct", "84114007"), id="hf")
#: Persons, each with another outcome; those with answers of a clinician are asked about by a hook.
PERSONS: dict[str, Json] = {
    "well": {"extension": ANSWERED},
    "coronary disease and a beta-blocker": {
        "prefetch": prefetch(conditions=searchset(CORONARY), medications=searchset(BETA_BLOCKER)),
        "extension": ANSWERED,
    },
    "high pressure": {"prefetch": prefetch(observations=searchset(HIGH_PRESSURE))},
    "low saturation": {"prefetch": prefetch(observations=searchset(LOW_SATURATION))},
    "heart failure": {"prefetch": prefetch(conditions=searchset(HEART_FAILURE))},
    "little activity": {
        "prefetch": prefetch(
            observations=searchset(
                observation("82290-8", id="w", valueQuantity=quantity(20, "min/wk"))
            )
        )
    },
    "an emergency": {
        "extension": {ANSWERS: {"facts": {"sx_ischemic_pain": True, "sx_acute": True}}}
    },
    "too old to start hard": {
        "prefetch": prefetch(conditions=searchset(CORONARY)),
        "extension": {
            ANSWERS: {
                **HEALTHY_ANSWERS,
                "facts": {**HEALTHY_ANSWERS["facts"], "sx_dyspnea": True},
            }
        },
    },
}


LOST = {"prefetch": prefetch(devices=[]), "extension": ANSWERED}


def _group(resources: list[Json]) -> Json:
    (found,) = (one for one in resources if one["resourceType"] == "RequestGroup")
    return found


def _of_bundle(client: FlaskClient, shown: list[Json]) -> Json:
    id_ = shown[0]["links"][0]["url"].rpartition("/")[2]
    told = client.get(f"/v1/decisions/{id_}/fhir{ASKED}").get_json()
    assert faults_of_bundle(told, GIVEN) == []
    return _group([entry["resource"] for entry in told["entry"]])


def _as_card(action: Json) -> Json:
    """What a card says, read from an action."""
    return {
        "uuid": action.get("id"),
        "summary": action["title"],
        "detail": action["description"],
        "indicator": action["priority"],
        "source": (action["documentation"][0]["display"], action["code"][0]["coding"]),
        "links": [(one["display"], one["url"]) for one in action["documentation"][1:]],
        "suggestions": [
            (
                one["id"],
                one["title"],
                [(a["description"], a["resource"]["reference"]) for a in one["action"]],
            )
            for one in action.get("action", ())
        ],
    }


def _card(card: Json) -> Json:
    return {
        "uuid": card["uuid"],
        "summary": card["summary"],
        "detail": card["detail"],
        "indicator": PRIORITIES[card["indicator"]],
        "source": (card["source"]["label"], [card["source"]["topic"]]),
        "links": [(one["label"], one["url"]) for one in card["links"]],
        "suggestions": [
            (
                one["uuid"],
                one["label"],
                [(a["description"], f"urn:uuid:{a['resource']['id']}") for a in one["actions"]],
            )
            for one in card.get("suggestions", ())
        ],
    }


@pytest.mark.parametrize("name", PERSONS)
def test_cards_and_actions_say_the_same_in_the_same_order_with_the_same_ids(
    client: FlaskClient, name: str
) -> None:
    shown = cards(client, VIEW, body(VIEW, **PERSONS[name]))
    actions = _of_bundle(client, shown)["action"]
    assert shown != []
    assert [_as_card(one) for one in actions[: len(shown)]] == [_card(one) for one in shown]
    assert all("id" not in one and "resource" in one for one in actions[len(shown) :])


def test_where_a_part_did_not_arrive_the_group_offers_no_exercise_either(
    client: FlaskClient,
) -> None:
    """The record of the decision says what did not arrive; what permits is withheld in both."""
    shown = cards(client, VIEW, body(VIEW, **LOST))
    actions = _of_bundle(client, shown)["action"]
    assert [_as_card(one) for one in actions] == [_card(one) for one in shown]
    assert [one["code"][0]["coding"][0]["code"] for one in actions] == ["incomplete"]
    id_ = shown[0]["links"][0]["url"].rpartition("/")[2]
    decision = client.get(f"/v1/decisions/{id_}").get_json()
    assert ("implanted devices", "could not be read") in [
        (one["fact"], one["reason"]) for one in decision["rejected_facts"]
    ]


@pytest.mark.parametrize("name", PERSONS)
def test_every_drafted_request_is_an_action_once(client: FlaskClient, name: str) -> None:
    """Whom to call and whom to refer to stands in the group even where no card offers it."""
    shown = cards(client, VIEW, body(VIEW, **PERSONS[name]))
    id_ = shown[0]["links"][0]["url"].rpartition("/")[2]
    told = client.get(f"/v1/decisions/{id_}/fhir{ASKED}").get_json()
    drafted = [
        entry["fullUrl"]
        for entry in told["entry"]
        if entry["resource"]["resourceType"] in ("ServiceRequest", "CommunicationRequest")
    ]
    taken = list(_targets(_group([entry["resource"] for entry in told["entry"]])))
    assert [taken.count(one) for one in drafted] == [1 for _ in drafted]


def _targets(node: Json) -> Any:
    for action in node.get("action", ()):
        if "resource" in action:
            yield action["resource"]["reference"]
        yield from _targets(action)


@pytest.mark.parametrize("name", [n for n in PERSONS if "extension" not in PERSONS[n]])
def test_apply_advises_in_the_words_of_the_cards(client: FlaskClient, name: str) -> None:
    """Another decision on the same record: its own ids, the same words."""
    sent = PERSONS[name]["prefetch"]
    shown = cards(client, VIEW, body(VIEW, **PERSONS[name]))
    held = [sent["patient"], *(e["resource"] for p in sent.values() for e in _entries(p))]
    plan = _applied(client, *held)
    group = _group(plan["contained"])
    assert plan["activity"][0]["reference"] == {"reference": f"#{group['id']}"}
    words = [(one["title"], one["description"]) for one in group["action"]]
    assert words[: len(shown)] == [(one["summary"], one["detail"]) for one in shown]


def _applied(client: FlaskClient, *resources: Json) -> Json:
    """The CarePlan that `$apply` answers on a record of these."""
    given = [("subject", "valueString", SUBJECT), ("data", "resource", bundle(*resources))]
    asked = {
        "resourceType": "Parameters",
        "parameter": [{"name": name, key: value} for name, key, value in given],
    }
    answer = client.post("/fhir/PlanDefinition/exercise-therapy/$apply", json=asked)
    plan: Json = answer.get_json()
    assert faults_of_care_plan(plan, GIVEN) == []
    return plan


def _entries(part: Any) -> list[Json]:
    found: list[Json] = part["entry"] if part and "entry" in part else []
    return found


def test_nothing_is_advised_about_somebody_who_has_died(client: FlaskClient) -> None:
    plan = _applied(client, patient(deceasedBoolean=True), CORONARY)
    assert "activity" not in plan
    assert {"RequestGroup", "ServiceRequest", "Goal"}.isdisjoint(
        one["resourceType"] for one in plan["contained"]
    )
