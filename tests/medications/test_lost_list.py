"""A list that is lost, not reviewed or not readable never gives a heart-rate target."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.http.core import CoreService
from cds.model.decision import as_json
from tests.medications.conftest import DAY, Decide
from tests.medications.test_effects import EFFECTS, TESTED

UNREAD = {"display": "Tenorminol 50"}
CHANGING = [
    class_
    for class_, row in EFFECTS.items()
    if {row["heart_rate_rest"], row["heart_rate_exercise"]} != {"same"}
]
LOST: dict[str, dict[str, Any]] = {
    "not given": {"medications_reviewed": False, "medications": []},
    "not reviewed": {"medications_reviewed": False},
    "one entry not read": {"medications_reviewed": True},
}


def has_no_target(answer: Any) -> bool:
    intensity = answer["intensity"]
    return intensity["hr_method"] in ("rpe_only", "none") and not intensity["aerobic"]["hr_bpm"]


def lost_list(state: str, class_: str) -> list[object]:
    """What is left of a list on which `class_` was."""
    return {
        "not given": [],
        "not reviewed": [class_],
        "one entry not read": ["statin", UNREAD],
    }[state]


def test_classes_that_change_the_heart_rate_are_many() -> None:
    assert len(CHANGING) >= 15
    assert {"beta_blocker", "ccb_non_dhp", "ivabradine", "digoxin", "theophylline"} <= set(CHANGING)


@pytest.mark.parametrize(("class_", "state"), list(product(CHANGING, LOST)))
@pytest.mark.parametrize("facts", [{}, TESTED], ids=["predicted", "measured"])
def test_a_lost_list_gives_no_heart_rate_target(
    decide: Decide, class_: str, state: str, facts: dict[str, Any]
) -> None:
    more = LOST[state] | {"medications": lost_list(state, class_)}
    answer = decide(more.pop("medications"), facts, **more)
    assert has_no_target(answer)
    assert answer["hiit"]["eligible"] not in ("yes", "after_clearance")


@given(
    known=st.lists(st.sampled_from(sorted(EFFECTS)), unique=True, max_size=4),
    unread=st.text(alphabet="bcdfghjklmnpqrstvwxz", min_size=6, max_size=14),
    reviewed=st.booleans(),
)
def test_any_list_with_an_unread_entry_gives_no_target_and_names_it(
    decide: Decide, known: list[str], unread: str, reviewed: bool
) -> None:
    answer = decide([*known, {"display": unread}], medications_reviewed=reviewed)
    assert has_no_target(answer)
    (entry,) = answer["unmapped"]
    assert (entry["text"], entry["kind"], entry["may_matter"]) == (unread, "medication", True)
    assert [m["id"] for m in answer["medications"]] == sorted(known)


def test_one_question_lifts_what_an_unread_name_bars(decide: Decide) -> None:
    asked = [m["fact"] for m in decide([UNREAD])["missing"] if "medications" in str(m["rules"])]
    assert asked == ["unread_medicine_harmless"]
    settled = decide([UNREAD], {"unread_medicine_harmless": True})
    assert (settled["intensity"]["hr_method"], settled["disposition"]) == (
        "hrr_predicted",
        "proceed",
    )
    assert [entry["text"] for entry in settled["unmapped"]] == [UNREAD["display"]]


def test_a_checked_name_that_matters_stays_barred_without_a_question(decide: Decide) -> None:
    answer = decide([UNREAD], {"unread_medicine_harmless": False})
    assert has_no_target(answer)
    assert answer["hiit"]["eligible"] == "no"


def test_a_known_medicine_without_effect_bars_nothing_and_is_listed(decide: Decide) -> None:
    answer = decide([{"display": "Paracetamol 500 mg"}])
    assert answer["intensity"]["hr_method"] == "hrr_predicted"
    assert [entry["may_matter"] for entry in answer["unmapped"]] == [False]


def test_an_unread_entry_leaves_every_class_unknown(core: CoreService, decide: Decide) -> None:
    """None of them is assumed absent."""
    assumed = {entry["fact"] for entry in decide([UNREAD])["assumptions"]}
    assert all(
        f"medication.{class_}" not in assumed
        or _not_said(decide([UNREAD])["assumptions"], f"medication.{class_}")
        for class_ in EFFECTS
    )


def _not_said(assumptions: list[dict[str, str]], fact: str) -> bool:
    """Whether it is taken as not the case for want of an answer, not as absent from a list."""
    return all(entry["assumed"] != "absent" for entry in assumptions if entry["fact"] == fact)


@pytest.mark.parametrize(
    "order",
    [
        {"medicationCodeableConcept": {"text": "Tenorminol 50"}},
        {"medicationReference": {"reference": "Medication/gone"}},
        {"medicationReference": {"display": "Tenorminol 50"}},
        {
            "medicationCodeableConcept": {
                "coding": [{"system": "urn:local", "code": "17", "display": "Tenorminol 50"}]
            }
        },
        {},
    ],
)
def test_a_bundle_with_an_unread_order_gives_no_target(
    core: CoreService, order: dict[str, Any]
) -> None:
    request = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        **order,
    }
    patient = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1980-01-01"}
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": patient}, {"resource": request}],
    }
    answer = as_json(core.decide(core.read_bundle(bundle, DAY), DAY))
    assert has_no_target(answer)
    assert [(e["kind"], e["may_matter"]) for e in answer["unmapped"]] == [("medication", True)]
