"""Neutral inputs of a published case → one call of a calculator, and its answer in their words."""

from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]
Calculate = Callable[[str, Json], Json]
_ACTIVITIES = {"walk": "walking", "run": "running", "leg_cycle": "leg_cycling", "step": "stepping"}
_MEASURES = {
    "pct_hrr": "percent_hrr", "pct_hrmax": "percent_hr_max", "pct_vo2max": "percent_vo2max",
    "rpe20": "rpe_6_20", "met": "mets", "age": "age",
}  # fmt: skip
_RISK = {
    "angina_or_sx": "angina_on_test", "angina": "angina_on_test", "mets": "functional_capacity",
    "normal_hemodynamics": "normal_hemodynamics_on_test", "chf": "heart_failure",
    "haemodynamics_normal": "normal_hemodynamics_on_test", "ef_pct": "lvef",
    "functional_capacity_met": "functional_capacity", "post_event_ischaemia": "post_event_ischemia",
}  # fmt: skip
_FALLS = {"tug_s": "tug", "tandem_s": "tandem_stance"}
# mL/min/kg: the convention that one MET is this uptake is what the case itself rests on.
_UPTAKE_OF_ONE_MET = 3.5


def maximum(inputs: Json, calculate: Calculate) -> Json:
    """VEC-HRMAX: a formula by its name."""
    answer = calculate("hr_max", {"method": inputs["method"], "age": inputs["age"]})
    return {"hrmax_bpm": answer["value"]}


def selected_maximum(inputs: Json, calculate: Calculate) -> Json:
    """VEC-HRMAX: the method that the selection rules leave; the lists are complete."""
    asked: dict[str, Any] = {"method": "auto", "age": inputs["age"], "conditions": []}
    asked["medications"] = ["beta_blocker"] if inputs.get("on_beta_blocker") else []
    if "rhythm" in inputs:
        asked["rhythm"] = inputs["rhythm"]
    peak = inputs.get("hr_peak_measured_on_drug")
    if peak is not None:
        current = not inputs["drug_changed_since_test"]
        asked |= {"hr_peak_measured": peak, "hr_peak_on_current_drugs": current}
    answer = calculate("hr_max", asked)
    objected = [
        name
        for name in ("fox", "tanaka", "gellish", "gulati")
        if calculate("hr_max", asked | {"method": name})["warnings"]
    ]
    return {
        "hr_method": answer["method"].upper(),
        "method": answer["method"],
        "hrmax_bpm": answer["value"],
        "forbid_methods": objected,
    }


def unknown_medication(inputs: Json, calculate: Calculate) -> Json:
    """VEC-MISC-029: the medication list is not given."""
    answer = calculate("hr_max", {"method": "auto", "age": 45, "conditions": []})
    return {"hr_method": answer["method"].upper(), "status": str(answer["category"]).upper()}


def reserve(inputs: Json, calculate: Calculate) -> Json:
    """VEC-HRR: the zone from the heart-rate reserve, exact and rounded inward."""
    percents = [100 * inputs["p_low"], 100 * inputs["p_high"]]
    answer = calculate(
        "target_heart_rate",
        {"hr_max": inputs["hrmax"], "hr_rest": inputs["hr_rest"], "hrr_percent": percents},
    )
    return {
        "lower_raw": answer["range_exact"][0],
        "upper_raw": answer["range_exact"][1],
        "lower_bpm_ceil": answer["range"][0],
        "upper_bpm_floor": answer["range"][1],
    }


def uptake_reserve(inputs: Json, calculate: Calculate) -> Json:
    """VEC-HRR-009: a target from the oxygen-uptake reserve."""
    percent = 100 * inputs["p"]
    answer = calculate(
        "target_vo2", {"vo2max": inputs["vo2max"], "vo2r_percent": [percent, percent]}
    )
    return {"target_vo2": answer["value"], "target_met": answer["mets"]}


def energy(inputs: Json, calculate: Calculate) -> Json:
    """VEC-HRR-010: energy at a number of METs, as running on the level at that uptake."""
    uptake = inputs["met"] * _UPTAKE_OF_ONE_MET
    slow = calculate("oxygen_uptake", {"activity": "running", "speed": 100, "grade": 0})["value"]
    fast = calculate("oxygen_uptake", {"activity": "running", "speed": 200, "grade": 0})["value"]
    speed = 100 + 100 * (uptake - slow) / (fast - slow)
    answer = calculate(
        "oxygen_uptake",
        {"activity": "running", "speed": speed, "grade": 0, "weight": inputs["kg"]},
    )
    return {"kcal_per_min": answer["kcal_per_min"]}


def uptake(inputs: Json, calculate: Calculate) -> Json:
    """VEC-VO2: the uptake of an activity, in the unit that the case uses."""
    asked: dict[str, Any] = {"activity": _ACTIVITIES[inputs["eq"]]}
    quantities = {
        "speed_m_min": ("speed", "m/min"), "speed_mph": ("speed", "mph"), "kg": ("weight", "kg"),
        "work_kgm_min": ("power", "kg.m/min"), "watts": ("power", "W"), "grade": ("grade", "1"),
        "steps_per_min": ("step_rate", "/min"), "height_m": ("step_height", "m"),
    }  # fmt: skip
    for name, (own, unit) in quantities.items():
        if name in inputs:
            asked[own] = {"value": inputs[name], "unit": unit}
    answer = calculate("oxygen_uptake", asked)
    warned = any("50" in warning for warning in answer["warnings"])
    warning = "speed below validated 50 m/min" if warned else None
    return {"vo2": answer["value"], "met": answer["mets"], "warning": warning}


def strength(inputs: Json, calculate: Calculate) -> Json:
    """VEC-1RM: the one-repetition maximum."""
    answer = calculate(
        "one_rep_max",
        {"equation": inputs["eq"], "load": inputs["load"], "repetitions": inputs["reps"]},
    )
    return {"one_rm": answer["value"], "status": answer["status"].upper()}


def category(inputs: Json, calculate: Calculate) -> Json:
    """VEC-CAT: the category of one number."""
    asked = {_MEASURES[name]: value for name, value in inputs.items()}
    found = calculate("intensity_category", asked)["category"]
    return {"category": found, "category_for_age": found}


def chronotropic(inputs: Json, calculate: Calculate) -> Json:
    """VEC-CEIL-014 and 016: the chronotropic index."""
    answer = calculate("chronotropic_index", inputs)
    return {"chronotropic_index": answer["value"], "incompetence": answer["abnormal"]}


def falls(inputs: Json, calculate: Calculate) -> Json:
    """VEC-FALL: the screen from the one test that the case reports."""
    asked = {_FALLS.get(name, name): value for name, value in inputs.items() if name != "sex"}
    if "sex" in inputs:
        asked["sex"] = {"F": "female", "M": "male"}[inputs["sex"]]
    return {"falls_risk_flag": calculate("falls_screen", asked)["value"]}


def risk(inputs: Json, calculate: Calculate) -> Json:
    """VEC-RISK and aacvpr: an item that the case does not mention did not happen."""
    asked: dict[str, Any] = {"exercise_test_done": True, "cardiac_arrest_history": False}
    for name, value in inputs.items():
        if name == "complex_dysrhythmia":
            asked |= {"complex_va_test": value, "complex_dysrhythmia_rest": value}
        elif name == "complicated_event":
            asked["uncomplicated_event"] = not value
        else:
            asked[_RISK.get(name, name)] = value
    tier = calculate("risk_stratification", asked)["category"]
    return {"risk": tier.upper(), "tier": tier}


def paper_heart_rate(inputs: Json, calculate: Calculate) -> Json:
    """hr-2, hr-3, hr-5: worked numbers of a published page."""
    if "hrmax" in inputs:
        top = calculate("hr_max", {"method": "fox", "age": inputs["age"]})["value"]
        percents = [inputs["pct"], inputs["pct"]]
        answer = calculate(
            "target_heart_rate",
            {"hr_max": top, "hr_rest": inputs["rhr"], "hrr_percent": percents},
        )
        return {"target_bpm": answer["value"]}
    method = {"164-0.7*age": "brawner", "UK: 220-age-30": "fox_minus_30"}[inputs["formula"]]
    return {"hrmax": calculate("hr_max", {"method": method, "age": inputs["age"]})["value"]}
