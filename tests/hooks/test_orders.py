"""Drafted orders: which mean exercise, what of it they name, and what stands against it."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.hooks.orders import exercise_drafts, request_of
from cds.http.core import CoreService
from tests.fhir.records import coded
from tests.hooks.calls import (
    ANSWERS,
    CORONARY,
    HEALTHY_ANSWERS,
    SELECT,
    SIGN,
    cards,
    order,
    prefetch,
    searchset,
    topics,
    with_orders,
)
from tests.hooks.conftest import Build

ANSWERED = {ANSWERS: HEALTHY_ANSWERS}
_INTERVALS = {"drafts": 1, "modalities": ["hiit"], "intensity": "vigorous"}
SNOMED = ("229065009", "229095001", "390893007", "819961005", "435551000124105")


def _request(core: CoreService, *orders: dict[str, Any]) -> dict[str, object]:
    context = {"draftOrders": {"entry": [{"resource": resource} for resource in orders]}}
    words = core.hooks.orders
    drafts = exercise_drafts(context, "p", words, core.terms.meant_by)
    return {"drafts": len(drafts), **request_of(drafts, words)}


def _note(text: str, kind: str = "ServiceRequest") -> dict[str, Any]:
    return {"resourceType": kind, "id": "d", "note": [{"text": text}]}


@pytest.mark.parametrize("code", SNOMED)
def test_the_codes_of_the_activity_guide_mean_exercise(core: CoreService, code: str) -> None:
    assert _request(core, order(code=code)) == {"drafts": 1}


@pytest.mark.parametrize(
    ("drafted", "expected"),
    [
        (order("MRI of the knee"), {"drafts": 0}),
        (order(code="710824005"), {"drafts": 0}),
        (order("Swimming"), {"drafts": 1, "modalities": ["swimming"]}),
        (order("high-intensity interval training"), _INTERVALS),
        (order("High  intensity\nintervals"), _INTERVALS),
        (order("HIIT"), {"drafts": 1, "modalities": ["hiit"]}),
        (order("whiite"), {"drafts": 0}),
        (order("Exercise program, vigorous"), {"drafts": 1, "intensity": "vigorous"}),
        (order("vigorous debridement"), {"drafts": 0}),
        (order("rowing"), {"drafts": 1, "exercises": ["A15", "A16"]}),
        (order("avoid rowing"), {"drafts": 0}),
        (order("no HIIT, swimming instead"), {"drafts": 1, "modalities": ["swimming"]}),
        (order("HIIT", doNotPerform=True), {"drafts": 0}),
        (_note("Start strength training"), {"drafts": 1, "modalities": ["resistance"]}),
        (_note("with HIIT", "MedicationRequest"), {"drafts": 1, "modalities": ["hiit"]}),
        (_note("Take with water", "MedicationRequest"), {"drafts": 0}),
        (
            {"resourceType": "MedicationRequest", "dosageInstruction": [{"text": "before HIIT"}]},
            {"drafts": 1, "modalities": ["hiit"]},
        ),
        (
            {
                "resourceType": "CarePlan",
                "activity": [
                    {"detail": {"code": coded("http://snomed.info/sct", "229065009")}},
                    {"detail": {"description": "Yoga twice a week"}},
                ],
            },
            {"drafts": 1, "modalities": ["mind_body"]},
        ),
        (
            {"resourceType": "ServiceRequest", "orderDetail": [{"text": "deadlift"}]},
            {"drafts": 1, "exercises": ["R15", "R16", "R45"]},
        ),
        ({"resourceType": "ServiceRequest", "code": [], "note": {"text": 7}}, {"drafts": 0}),
        ({}, {"drafts": 0}),
    ],
)
def test_codes_and_words_mean_exercise_and_name_its_kind(
    core: CoreService, drafted: dict[str, Any], expected: dict[str, object]
) -> None:
    assert _request(core, drafted) == expected


def test_several_drafts_ask_for_all_that_they_name_and_the_hardest_effort(
    core: CoreService,
) -> None:
    asked = _request(core, order("light intensity yoga"), order("vigorous swimming", id="e"))
    assert asked == {"drafts": 2, "modalities": ["mind_body", "swimming"], "intensity": "vigorous"}


def test_orders_that_are_no_exercise_are_neither_answered_nor_recorded(
    build: Build, store: Store
) -> None:
    call = with_orders(SIGN, order("MRI of the knee"))
    call["prefetch"] = {}
    assert cards(build(), SIGN, call) == []
    assert [entry for entry in store.entries() if entry.kind == "decision"] == []


def test_only_selected_orders_are_looked_at(client: FlaskClient) -> None:
    call = with_orders(SELECT, order("HIIT"), order("walking", id="other"), extension=ANSWERED)
    assert "order_conflict" in topics(cards(client, SELECT, call))
    call["context"]["selections"] = ["ServiceRequest/other"]
    assert "order_conflict" not in topics(cards(client, SELECT, call))
    call["context"]["selections"] = []
    assert cards(client, SELECT, call) == []


def test_a_conflict_names_the_order_the_reason_and_what_remains(client: FlaskClient) -> None:
    sent = prefetch(conditions=searchset(CORONARY))
    call = with_orders(SIGN, order("HIIT on the track"), prefetch=sent, extension=ANSWERED)
    (card,) = cards(client, SIGN, call)
    assert card["summary"].startswith("Drafted exercise order: high-intensity interval training")
    assert "HIIT on the track" in card["detail"]
    assert "Possible instead: Continuous moderate exercise" in card["detail"]
    labels = [suggestion["label"] for suggestion in card["suggestions"]]
    assert labels == ["Draft this plan as an order for review", "Remove the drafted order"]


def test_an_order_within_limits_is_told_the_limits(client: FlaskClient) -> None:
    sent = prefetch(conditions=searchset(CORONARY))
    call = with_orders(SIGN, order(code="229065009"), prefetch=sent, extension=ANSWERED)
    (card,) = cards(client, SIGN, call)
    assert (card["source"]["topic"]["code"], card["indicator"]) == ("order_limits", "info")
    assert "Perceived exertion 12 to 13 of 20" in card["detail"]


def test_an_order_that_nothing_stands_against_gives_no_card(client: FlaskClient) -> None:
    call = with_orders(SIGN, order(code="229065009"), extension=ANSWERED)
    assert cards(client, SIGN, call) == []


@pytest.mark.parametrize("count", [0, 1, 50])
def test_many_drafts_are_one_card(client: FlaskClient, count: int) -> None:
    drafts = [order("HIIT", id=f"d{number}") for number in range(count)]
    found = cards(client, SIGN, with_orders(SIGN, *drafts, extension=ANSWERED))
    assert len(found) == min(count, 1)
    assert all(len(card.get("suggestions", ())) <= 5 for card in found)
    assert all(len(card["detail"]) < 3_000 for card in found)


GUIDE = Path(__file__).parents[3] / "shared" / "interop" / "physical-activity-ig" / "examples"


@pytest.mark.skipif(not GUIDE.is_dir(), reason="the shared examples are not here")
def test_the_published_exercise_orders_are_known_as_such(core: CoreService) -> None:
    found = {}
    for path in sorted(GUIDE.glob("ServiceRequest-*.json")):
        resource = {**json.loads(path.read_text(encoding="utf-8")), "subject": None}
        found[path.stem] = _request(core, resource)["drafts"]
    assert found
    assert [name for name, drafts in found.items() if drafts != 1] == []
