"""Each row of the progression table answers once, and in the order of the table."""

from typing import Any

import pytest

from cds.http.core import CoreService
from cds.model.follow_up import FollowUp
from tests.follow_up.checking_in import Facts, answer_to

MG = "mg/dL"
LOW = {"sleep_quality": "fair", "mood": "low", "phq9": 5}
REPS = {"reps_over_target": 2}

# What is told beside a check-in at which all is well, and the row, action and dose that answer.
ANSWERS: list[tuple[str, str, Facts, dict[str, Any]]] = [
    ("PR-01", "STOP_REFER", {"red_flag": True}, {}),
    ("PR-01", "STOP_REFER", {"weight_gain_3d": 2.3}, {"conditions": ["heart_failure"]}),
    ("PR-01", "STOP_REFER", {"sbp_rest": 205, "dbp_rest": 90}, {}),
    ("PR-02", "SAFETY_PATHWAY", {"phq9_item9": 1, "reps_over_target": 3}, {}),
    ("PR-03", "NO_TRAINING_PACING", {"post_exertional_malaise": "severe"}, {}),
    (
        "PR-04",
        "REGRESS_50_PACING",
        {"post_exertional_malaise": "moderate", "pem_last_crash_days": 5},
        {},
    ),
    ("PR-05", "HOLD", {"post_exertional_malaise": "mild", "pem_last_crash_days": 30}, {}),
    ("PR-06", "HOLD", {"stage_advance_requested": True, "stage_time_reached": False}, {}),
    ("PR-07", "REGRESS_50", {"pain_during": 7, "delta24": 3}, {}),
    ("PR-08", "REGRESS_20", {"pain_during": 6, "delta24": 0}, {}),
    ("PR-08", "REGRESS_20", {"pain_during": 7, "delta24": None}, {}),
    ("PR-08", "REGRESS_20", {"pain_during": 4, "delta24": 1}, {"conditions": ["patellar_tend"]}),
    ("PR-09", "REGRESS_50", {"delta24": 3}, {}),
    ("PR-10", "REGRESS_20", {"delta24": 2}, {}),
    ("PR-11", "REGRESS_20", {"swelling": True}, {}),
    ("PR-12", "HOLD_RESCREEN", {"new_night_pain_nights": 2}, {}),
    ("PR-13", "REGRESS_10", {"sessions_hard_streak": 2}, {}),
    ("PR-14", "REGRESS_20", {"fatigue_rise": 3}, {}),
    ("PR-15", "HOLD_SUPPORT", {"phq9": 16}, {}),
    ("PR-16", "RESTART", {"missed_weeks": 5}, {}),
    ("PR-17", "REGRESS_50", {"missed_weeks": 3}, {}),
    ("PR-18", "REGRESS_30", {"missed_weeks": 2}, {}),
    ("PR-19", "REGRESS_10", {"missed_weeks": 1}, {}),
    ("PR-20", "HOLD_SUPPORT", {"adherence_14d": 40, **REPS}, {}),
    ("PR-21", "DELOAD_40", {**LOW, "fatigue_rise": 2}, {}),
    ("PR-22", "HOLD", LOW, {}),
    ("PR-23", "HOLD", {"isi": 15}, {}),
    ("PR-23", "HOLD", {"short_nights": 3}, {}),
    ("PR-24", "HOLD_SUPPORT", {"gad7": 15}, {}),
    ("PR-25", "HOLD_SUPPORT", {"confidence": 3, **REPS}, {}),
    (
        "PR-26",
        "REPLACE_GRADED_EXPOSURE",
        {"tsk11": 36, "feared_task_without_ladder": True},
        {},
    ),
    ("PR-27", "HOLD", {"delta24": 1, "pain_during": 4}, {}),
    ("PR-28", "HOLD", {"delta24": 1, "pain_during": 1}, {}),
    ("PR-29", "HOLD", {"completion_7d": 79}, {}),
    ("PR-30", "HOLD", {"adherence_14d": 79}, {}),
    ("PR-31", "DELOAD_40", {"progress_weeks": 6, **REPS}, {}),
    ("PR-32", "PROGRESS_HALF", {"sleep_quality": "fair", **REPS}, {}),
    ("PR-33", "HOLD", {"sleep_quality": "fair"}, {}),
    ("PR-34", "PROGRESS_LOAD_LOW", {"pain_during": 4, **REPS}, {}),
    ("PR-35", "PROGRESS_LOAD", {"trained_region": "lower", **REPS}, {}),
    ("PR-35", "PROGRESS_LOAD", {"trained_region": "hand", **REPS}, {}),
    ("PR-36", "PROGRESS_REPS", {"reps_over_target": 1}, {}),
    ("PR-37", "PROGRESS_TIME", {"trained_modality": "aerobic", "weekly_minutes_share": 60}, {}),
    (
        "PR-38",
        "PROGRESS_INTENSITY",
        {"trained_modality": "aerobic", "weekly_minutes_share": 100, "sessions_easy_streak": 2},
        {},
    ),
    (
        "PR-39",
        "PROGRESS_COMPLEXITY",
        {"trained_modality": "balance", "balance_held_twice": True},
        {},
    ),
    (
        "PR-40",
        "PROGRESS_COMPLEXITY",
        {"trained_modality": "dual_task", "dual_task_cost": 5, "dual_task_safe": True},
        {},
    ),
    (
        "PR-41",
        "PROGRESS_RANGE",
        {"trained_modality": "flexibility", "stretch_comfortable": True},
        {},
    ),
    ("PR-42", "PROGRESS_RUNG", {"trained_modality": "graded_exposure", "fear_drop": 50}, {}),
    ("PR-43", "HOLD_RUNG", {"trained_modality": "graded_exposure", "fear_drop": -10}, {}),
    ("PR-44", "PROGRESS_INTENSITY", {"sessions_easy_streak": 2}, {}),
    ("PR-45", "NEXT_PHASE", {"phase_goal_met": True, "stage_time_reached": True}, {}),
    (
        "PR-46",
        "ADD_LAND",
        {
            "trained_modality": "aquatic",
            "pool_weeks_without_pain": 2,
            "pool_minutes": 30,
            "session_exertion": 12,
        },
        {},
    ),
    (
        "PR-47",
        "SUBSTITUTE_AQUATIC",
        {
            "trained_modality": "aerobic",
            "sessions_over_ceiling": 2,
            "open_wound": False,
            "incontinence": False,
            "chlorine_allergy": False,
        },
        {},
    ),
    ("PR-48", "HOLD_REQUEST_DATA", {"delta24": None, "reps_over_target": 3}, {}),
    (
        "PR-49",
        "REGRESS_20",
        {"session_exertion": 15, "sex": "female"},
        {"conditions": ["pregnancy"]},
    ),
    (
        "PR-51",
        "DELAY_CARBOHYDRATE",
        {"glucose": {"value": 80, "unit": MG}},
        {"medications": ["insulin"]},
    ),
    (
        "PR-52",
        "ALLOW_LIGHT_MODERATE",
        {"glucose": {"value": 280, "unit": MG}, "urine_ketones": "trace"},
        {},
    ),
    (
        "PR-54",
        "STOP_BOUT_REGRESS_20",
        {"spo2_ex": 87},
        {"conditions": ["copd"]},
    ),
    ("PR-55", "HOLD", {}, {}),
]
# These rows state what an earlier row states as well, by design of the table or of the safety
# rules: the earlier one answers and they are listed beside it.
BESIDE: list[tuple[str, Facts, dict[str, Any]]] = [
    ("PR-50", {"weight_gain_3d": 2.3}, {"conditions": ["heart_failure"]}),
    ("PR-53", {"glucose": {"value": 280, "unit": MG}, "urine_ketones": "large"}, {}),
]


@pytest.mark.parametrize(
    ("row", "action", "facts", "beside"), ANSWERS, ids=lambda value: str(value)[:40]
)
def test_a_row_answers_when_it_is_the_first_that_holds(
    core: CoreService, row: str, action: str, facts: Facts, beside: dict[str, Any]
) -> None:
    found = answer_to(core, facts, **beside)
    assert (found.row, found.action) == (row, action)
    assert found.rule in {e.rule for e in found.explanations}


@pytest.mark.parametrize(("row", "facts", "beside"), BESIDE, ids=["PR-50", "PR-53"])
def test_a_row_that_is_stated_twice_stands_beside_the_first(
    core: CoreService, row: str, facts: Facts, beside: dict[str, Any]
) -> None:
    found = answer_to(core, facts, **beside)
    assert found.row == "PR-01"
    assert row in [matched.row for matched in found.also_matched]


def test_every_row_of_the_table_is_tried() -> None:
    tried = {row for row, *_ in ANSWERS} | {row for row, *_ in BESIDE}
    assert tried == {f"PR-{number:02d}" for number in range(1, 56)}


# Pairs of which both hold: the left one answers.
FIRST = [
    ("PR-01", {"red_flag": True, "phq9_item9": 1}),
    ("PR-02", {"phq9_item9": 1, "post_exertional_malaise": "severe"}),
    ("PR-03", {"post_exertional_malaise": "severe", "pain_during": 7, "delta24": 3}),
    ("PR-07", {"pain_during": 7, "delta24": 3, "swelling": True}),
    ("PR-10", {"delta24": 2, "session_rpe": None}),
    ("PR-48", {"session_rpe": None, "phq9": 16}),
    ("PR-15", {"phq9": 16, "missed_weeks": 5}),
    ("PR-16", {"missed_weeks": 5, "adherence_14d": 40}),
    ("PR-20", {"adherence_14d": 40, **LOW, "fatigue_rise": 2}),
    ("PR-31", {"progress_weeks": 6, "sleep_quality": "fair", **REPS}),
    ("PR-32", {"sleep_quality": "fair", **REPS, "trained_region": "lower"}),
]


@pytest.mark.parametrize(("row", "facts"), FIRST, ids=[row for row, _ in FIRST])
def test_the_first_row_in_the_order_answers(core: CoreService, row: str, facts: Facts) -> None:
    found = answer_to(core, facts)
    assert found.row == row
    assert found.also_matched != ()


def test_a_guard_goes_before_pain_and_lowers_no_less(core: CoreService) -> None:
    found = answer_to(
        core,
        {"pain_during": 7, "delta24": 3, "glucose": {"value": 280, "unit": MG}}
        | {"urine_ketones": "none"},
    )
    assert (found.row, found.dose.set_by.row, found.dose.action) == (
        "PR-52",
        "PR-07",
        "REGRESS_50",
    )


def test_the_most_cautious_row_sets_the_dose(core: CoreService) -> None:
    found = answer_to(core, {"phq9": 16, "missed_weeks": 5})
    assert (found.row, found.dose.set_by.row, found.dose.direction) == ("PR-15", "PR-16", "restart")
    assert found.summary.endswith(found.dose.message)


def _missing(found: FollowUp) -> list[str]:
    return [missing.fact for missing in found.missing]


def test_what_is_missing_is_asked_for(core: CoreService) -> None:
    found = answer_to(core, {"delta24": None, "mood": "low", "reps_over_target": 3})
    assert (found.row, _missing(found)) == ("PR-48", ["delta24", "phq9"])
    assert [missing.critical for missing in found.missing] == [True, True]


def test_pain_over_the_ceiling_acts_and_asks_for_the_next_morning(core: CoreService) -> None:
    found = answer_to(core, {"pain_during": 7, "delta24": None})
    assert (found.row, _missing(found)) == ("PR-08", ["delta24"])


def test_nothing_rises_while_a_condition_that_would_forbid_it_is_not_ruled_out(
    core: CoreService,
) -> None:
    found = answer_to(core, {"pain_during": 4, **REPS}, conditions_reviewed=False)
    assert (found.row, found.direction) == ("PR-48", "hold")
    assert "conditions_reviewed" in _missing(found)
    assert "unknown" in {e.state for e in found.explanations}


def test_a_sign_calls_for_a_new_screening_and_the_others_are_named(core: CoreService) -> None:
    found = answer_to(core, {"new_night_pain_nights": 2})
    assert [reason.because for reason in found.rescreen.reasons] == [
        ("progression.response.night-pain",)
    ]
    assert found.rescreen.due
    calm = answer_to(core, {})
    assert not calm.rescreen.due
    assert len(calm.rescreen.triggers) >= 10


def test_what_forbids_exercise_comes_with_the_way_to_go(core: CoreService) -> None:
    found = answer_to(core, {"saddle_anesthesia": True, "urinary_retention": True})
    assert (found.row, found.dose.exercise) == ("PR-01", False)
    urgencies = {c.urgency for c in found.contraindications}
    assert "emergency" in urgencies
    told = {e.rule for e in found.explanations}
    assert {id_ for c in found.contraindications for id_ in c.because} <= told
    assert found.referrals[0].urgency == "emergency"


def test_a_session_that_is_held_says_what_opens_it_again(core: CoreService) -> None:
    found = answer_to(core, {"sbp_rest": 205, "dbp_rest": 90})
    assert found.row == "PR-01"
    assert all(c.reopens for c in found.contraindications if c.kind == "hold_today")
    assert answer_to(core, {}).contraindications == ()


def test_support_is_named_with_the_referral(core: CoreService) -> None:
    found = answer_to(core, {"phq9": 16})
    assert [referral.to for referral in found.referrals] == ["mental_health"]
    assert found.knowledge.clinical_sign_off == "pending"
    assert "awaits sign-off" in found.notice
