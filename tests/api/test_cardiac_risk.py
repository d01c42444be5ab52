"""The tier of cardiac risk in a decision: missing items never give low."""

import pytest
from flask.testing import FlaskClient

from tests.api.adult import Json, body, decide

LOW: Json = {
    "complex_va_test": False, "angina_on_test": False, "normal_hemodynamics_on_test": True,
    "functional_capacity": 7, "lvef": 50, "uncomplicated_event": True,
    "complex_dysrhythmia_rest": False, "post_event_ischemia": False,
}  # fmt: skip
HEART = ("coronary_artery_disease",)


def _risk(client: FlaskClient, facts: Json, conditions: tuple[str, ...] = HEART) -> Json:
    risk: Json = decide(client, body(facts, conditions))["delivery"]["cardiac_risk"]
    return risk


def test_every_low_item_known_is_low_with_supervision_and_ecg(client: FlaskClient) -> None:
    risk = _risk(client, LOW)
    assert (risk["tier"], risk["missing"]) == ("low", [])
    assert risk["supervision"].startswith("Direct supervision for at least 6 to 18 sessions")
    assert risk["ecg"].startswith("ECG all the time at first")


@pytest.mark.parametrize("left_out", sorted(LOW))
def test_a_low_item_that_is_missing_is_never_low(client: FlaskClient, left_out: str) -> None:
    facts = {name: value for name, value in LOW.items() if name != left_out}
    risk = _risk(client, facts)
    assert (risk["tier"], risk["at_least"]) == ("insufficient_data", "moderate")
    assert risk["missing"] == [left_out]
    assert risk["supervision"].startswith("Direct supervision for 12 to 24 sessions")


def test_a_list_that_nobody_reviewed_is_never_low(client: FlaskClient) -> None:
    request = {**body(LOW, HEART), "conditions_reviewed": False}
    risk = decide(client, request)["delivery"]["cardiac_risk"]
    assert risk["tier"] == "insufficient_data"
    assert risk["missing"] == ["condition.depression", "condition.heart_failure"]


@pytest.mark.parametrize(
    ("facts", "tier"),
    [
        ({"lvef": 50}, "low"),
        ({"lvef": 49}, "moderate"),
        ({"lvef": 40}, "moderate"),
        ({"lvef": 39}, "high"),
        ({"functional_capacity": 7}, "low"),
        ({"functional_capacity": 6.9}, "moderate"),
        ({"functional_capacity": 4.9}, "moderate"),
        ({"uncomplicated_event": False}, "high"),
        ({"normal_hemodynamics_on_test": False}, "high"),
        ({"complex_va_test": True}, "high"),
        ({"cardiac_arrest_history": True}, "high"),
        ({"post_event_ischemia": True}, "high"),
        ({"st_depression": 1.9}, "moderate"),
        ({"st_depression": 2.0}, "high"),
    ],
)
def test_each_item_sets_its_tier(client: FlaskClient, facts: Json, tier: str) -> None:
    assert _risk(client, {**LOW, **facts})["tier"] == tier


@pytest.mark.parametrize("condition", ["heart_failure", "depression", "icd"])
def test_conditions_of_the_high_tier_ask_for_continuous_ecg(
    client: FlaskClient, condition: str
) -> None:
    decision = decide(client, body(LOW, (*HEART, condition)))
    risk = decision["delivery"]["cardiac_risk"]
    assert (risk["tier"], decision["delivery"]["supervision_level"]) == ("high", 3)
    assert risk["ecg"] == "ECG all the time, tapered by the clinician."


def test_somebody_without_heart_disease_has_no_tier(client: FlaskClient) -> None:
    assert decide(client, body(LOW, ("knee_osteoarthritis",)))["delivery"]["cardiac_risk"] is None


def test_without_a_safe_zone_there_is_a_referral_and_a_sentence(client: FlaskClient) -> None:
    """The ceiling of 76 (86 less 10) is no more than 10 above a resting rate of 66."""
    facts = {"ischemic_threshold_hr": 86, "hr_peak_measured": 140, "hr_peak_on_current_drugs": True}
    cleared = {"months_since_clearance": 2, "symptoms_changed": False}
    none_left = decide(client, body({**facts, **cleared}, HEART))
    some_left = decide(client, body({**facts, **cleared, "ischemic_threshold_hr": 120}, HEART))

    assert none_left["intensity"]["aerobic"]["rpe_6_20"] == [9, 11]
    assert none_left["intensity"]["aerobic"]["hr_bpm"] is None
    asked = [(r["to"], r["urgency"]) for r in none_left["referrals"]]
    assert asked == [("cardiology", "urgent"), ("cardiac_rehabilitation", "routine")]
    assert "No safe heart-rate zone" in none_left["referrals"][0]["reason"]
    assert "RPE 9 to 11" in none_left["intensity"]["notes"][0]["message"]
    assert [r["to"] for r in some_left["referrals"]] == ["cardiac_rehabilitation"]
    told = {by for note in some_left["intensity"]["notes"] for by in note["because"]}
    assert told == {"cardiac.ischemia.below-threshold"}
