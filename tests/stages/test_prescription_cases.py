"""The published prescription cases of the profiles: every key that a plan can answer."""

import json
from typing import Any

import pytest

from cds.stages.movement_verdict import check_requested
from tests.stages.prescribing import (
    NO_SHARED,
    SHARED,
    Prescribed,
    build_case,
    messages,
    pair,
    prescribe,
    profiles,
)

FILE = SHARED / "clinical" / "cases" / "prescription_cases.json"
VECTORS = json.loads(FILE.read_text())["vectors"] if FILE.is_file() else []
needs_shared = pytest.mark.skipif(not VECTORS, reason=NO_SHARED)
# The expected keys that belong to other stages are listed with those stages.
ELSEWHERE = {
    "aquatic", "education", "bed_rest", "not_universal_flexion_ban", "action", "cpm",
    "outcome_measures", "high_effort_strength", "stage", "allowed_ids", "continue_activity",
    "pain_ceiling", "refer", "hr_max", "note", "row", "weeks_min", "mode", "expected_loss_kg_max",
    "hiit_requires", "dyspnoea_target", "spo2_min", "format", "warmup", "saba",
    "graded_exercise", "intensity", "cueing",
}  # fmt: skip
SOLVED = [
    *("RX-005", "RX-007", "RX-010", "RX-011", "RX-013", "RX-022", "RX-024", "RX-025", "RX-026"),
    *("RX-030", "RX-032", "RX-033", "RX-034", "RX-036", "RX-039", "RX-042", "RX-043", "RX-044"),
    *("RX-056", "RX-061", "RX-062", "RX-065", "RX-066"),
]
HIIT = {"no": "no", "cond": "conditional", "yes": "yes"}


def case_of(vector: dict[str, Any]) -> Prescribed:
    inputs = vector["inputs"]
    facts: dict[str, Any] = {}
    for name, fact in (("age", "age"), ("weeks_post_op", "weeks_post_op")):
        if name in inputs:
            facts[fact] = float(inputs[name])
    if "bp" in inputs:
        facts["sbp_rest"], facts["dbp_rest"] = map(float, inputs["bp"])
    return prescribe(
        build_case(tuple(inputs["conditions"]), **facts), phase=inputs.get("phase", "start")
    )


def answer(key: str, found: Prescribed) -> Any:
    """What the plan says to one expected key."""
    dose, plan = found.dose, found.plan
    resistance = dose.resistance
    taken = {e.id for component in plan.components for e in component.exercises}
    answers: dict[str, Any] = {
        "hrr": pair(dose.hrr_percent),
        "rpe": pair(dose.rpe_6_20),
        "freq": pair(dose.days),
        "freq_min": dose.days.low.value,
        "aerobic_days": dose.days.low.value,
        "min": pair(dose.minutes),
        "weekly": pair(dose.weekly) if dose.weekly else None,
        "weekly_min": dose.weekly.low.value if dose.weekly else None,
        "weekly_max": dose.weekly.high.value if dose.weekly else None,
        "rt_pct": pair(resistance.percent),
        "rt_sets": pair(resistance.sets),
        "rt_reps": pair(resistance.reps),
        "rt_freq": pair(resistance.days),
        "impact_max": dose.impact.value,
        "hr_usable": dose.heart_rate_usable.value,
        "hiit": dose.hiit.value,
        "supervision_min": dose.supervision.value,
        "first_modality": plan.components[0].modality,
        "impacts_per_session": next(
            c.volume.impacts_per_session for c in plan.components if c.modality == "resistance"
        ),
        "profile_switch": plan.profiles[0],
        "must_include_any": taken,
        "must_exclude_ids": taken,
        "must_exclude_tags": dose.tags,
        "flag": {f"{flag.kind}_vs_{guideline_minutes():g}" for flag in plan.flags},
    }
    return answers[key]


def guideline_minutes() -> float:
    return profiles().constants["weekly_goal_minutes"].low


def is_met(key: str, expected: Any, got: Any) -> bool:
    if key == "must_include_any":
        return bool(set(expected) & got)
    if key == "must_exclude_ids":
        return not set(expected) & got
    if key == "must_exclude_tags":
        return set(expected) <= got
    if key == "flag":
        return expected in got
    if key == "supervision_min":
        return got >= expected
    return bool(got == (HIIT[expected] if key == "hiit" else expected))


def drug_decides(key: str, vector: dict[str, Any]) -> bool:
    """A beta-blocker takes the heart rate away in the medication rules, not in a profile."""
    drugs = {"beta_blocker", "metoprolol"}
    return key == "hr_usable" and bool(drugs & set(vector["inputs"].get("drugs", ())))


@needs_shared
@pytest.mark.parametrize("name", SOLVED)
def test_a_published_case_is_prescribed_as_expected(name: str) -> None:
    vector = next(v for v in VECTORS if v["id"] == name)
    found = case_of(vector)
    asked = [k for k in vector["expected"] if k not in ELSEWHERE and not drug_decides(k, vector)]
    wrong = {
        key: (vector["expected"][key], answer(key, found))
        for key in asked
        if not is_met(key, vector["expected"][key], answer(key, found))
    }
    assert asked or drug_decides("hr_usable", vector)
    assert wrong == {}


VERDICTS = {"ALLOW_WITH_CAUTION": "allow_with_limits", "BLOCK": "block"}


@needs_shared
@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v["group"] == "filter"], ids=lambda v: v["id"]
)
def test_a_published_request_gets_its_verdict(vector: dict[str, Any]) -> None:
    found = case_of(vector)
    verdict = check_requested(
        vector["inputs"]["request"], found.case, found.scene, messages(), None
    )
    assert verdict.verdict == VERDICTS[vector["expected"]["decision"]]
    assert vector["expected"].get("tag", "") in " ".join(verdict.reasons)
    assert verdict.alternatives
