"""The published cases of formulas, categories, ceilings, falls and risk, read in place."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cds.calculators import calculate
from cds.formulas.ceiling import ZoneRequest, combine_ceilings, derive_limits, untested_zone
from cds.formulas.heart_rate import target_by_maximum
from cds.formulas.oxygen import energy_expenditure
from cds.model.formula import IntensityKnowledge

SHARED = Path(os.environ.get("CDS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
CASES = SHARED / "clinical" / "cases"
GROUPS = ("HRMAX", "HRR", "VO2", "1RM", "CAT", "CEIL", "FALL", "RISK", "HIIT")
# These ask for a rule's action (hold, avoid, not eligible) or a protocol, not for a number.
DECIDED_BY_RULES = frozenset(
    {
        "VEC-CEIL-007",
        "VEC-CEIL-013",
        "VEC-HIIT-006",
        "VEC-HIIT-009",
        "VEC-HIIT-012",
        "VEC-HIIT-015",
        "VEC-HIIT-016",
    }
)
# The 4x4 protocol's target, in per cent of the peak heart rate.
TARGET_4X4 = (85, 95)
PER_CENT = 100

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the published cases are not here; set CDS_SHARED to their folder"
)

Json = Mapping[str, Any]


def _read(file: str, key: str) -> list[Any]:
    path = CASES / file
    return list(json.loads(path.read_text())[key]) if path.is_file() else []


def _vectors() -> list[Any]:
    rows = _read("safety_cases.json", "vectors")
    return [r for r in rows if r["group"] in GROUPS and r["id"] not in DECIDED_BY_RULES]


def _papers() -> list[Any]:
    rows = _read("paper_cases.json", "cases")
    return [r for r in rows if r["id"].startswith(("aacvpr-", "hr-"))]


def _hr_max(given: Json, knowledge: IntensityKnowledge) -> Json:
    if "method" in given:
        asked: dict[str, Any] = dict(given)
    else:
        asked = {"method": "auto", "age": given["age"]}
        if "rhythm" in given:
            asked["rhythm"] = given["rhythm"]
        if given.get("on_beta_blocker"):
            asked["medications"] = ["beta_blocker"]
        if given.get("hr_peak_measured_on_drug") is not None:
            asked["hr_peak_measured"] = given["hr_peak_measured_on_drug"]
            asked["hr_peak_on_current_drugs"] = not given["drug_changed_since_test"]
    answer = calculate("hr_max", asked, knowledge)
    return {
        "hrmax_bpm": answer.value,
        "method": answer.method,
        "hr_method": answer.method.upper(),
    }


def _reserve(given: Json, knowledge: IntensityKnowledge) -> Json:
    if "met" in given:
        formula = knowledge.formulas["FORM-KCAL"]
        return {"kcal_per_min": energy_expenditure(formula, given["met"], given["kg"])}
    if "vo2max" in given:
        percent = given["p"] * PER_CENT
        asked = {"vo2max": given["vo2max"], "vo2r_percent": [percent, percent]}
        answer = calculate("target_vo2", asked, knowledge)
        return {"target_vo2": answer.value, "target_met": answer.details["mets"]}
    percents = [given["p_low"] * PER_CENT, given["p_high"] * PER_CENT]
    asked = {"hr_max": given["hrmax"], "hr_rest": given["hr_rest"], "hrr_percent": percents}
    answer = calculate("target_heart_rate", asked, knowledge)
    assert answer.range is not None
    assert answer.range_exact is not None
    return {
        "lower_raw": answer.range_exact[0],
        "upper_raw": answer.range_exact[1],
        "lower_bpm_ceil": answer.range[0],
        "upper_bpm_floor": answer.range[1],
    }


_ACTIVITIES = {
    "walk": "walking",
    "run": "running",
    "leg_cycle": "leg_cycling",
    "step": "stepping",
}
_QUANTITIES: Mapping[str, Callable[[Any], tuple[str, object]]] = {
    "speed_m_min": lambda v: ("speed", v),
    "speed_mph": lambda v: ("speed", {"value": v, "unit": "[mi_i]/h"}),
    "grade": lambda v: ("grade", v),
    "work_kgm_min": lambda v: ("power", v),
    "watts": lambda v: ("power", {"value": v, "unit": "W"}),
    "kg": lambda v: ("weight", v),
    "steps_per_min": lambda v: ("step_rate", v),
    "height_m": lambda v: ("step_height", v),
}


def _uptake(given: Json, knowledge: IntensityKnowledge) -> Json:
    asked = dict(_QUANTITIES[name](value) for name, value in given.items() if name != "eq")
    answer = calculate("oxygen_uptake", {"activity": _ACTIVITIES[given["eq"]], **asked}, knowledge)
    return {
        "vo2": answer.value,
        "met": answer.details["mets"],
        "warning": "; ".join(answer.warnings),
    }


def _strength(given: Json, knowledge: IntensityKnowledge) -> Json:
    asked = {"equation": given["eq"], "load": given["load"], "repetitions": given["reps"]}
    answer = calculate("one_rep_max", asked, knowledge)
    return {"one_rm": answer.value, "status": str(answer.details["status"]).upper()}


_MEASURES = {
    "pct_hrr": "percent_hrr",
    "pct_hrmax": "percent_hr_max",
    "pct_vo2max": "percent_vo2max",
    "rpe20": "rpe_6_20",
    "met": "mets",
    "age": "age",
}


def _category(given: Json, knowledge: IntensityKnowledge) -> Json:
    asked = {_MEASURES[name]: value for name, value in given.items()}
    category = calculate("intensity_category", asked, knowledge).category
    return {"category": category, "category_for_age": category}


_LIMITS = {
    "ischemic_threshold_hr": "CARD-ISCH-HR",
    "icd_lowest_detection_rate": "CARD-ICD-HR10",
    "pm_upper_tracking_rate": "CARD-PM-RATE",
}


def _ceiling(given: Json, knowledge: IntensityKnowledge) -> Json:
    if "hr_peak" in given:
        answer = calculate("chronotropic_index", given, knowledge)
        return {
            "chronotropic_index": answer.value,
            "incompetence": answer.details["abnormal"],
        }
    rules = knowledge.ceiling
    if "exercise_test" in given:
        kind = rules.limits["CARD-NOTEST-HR"]
        zone = untested_zone(kind, given["hr_rest"])
        assert kind.rpe is not None
        return {"target_bpm": [zone.lower, zone.upper], "rpe": list(kind.rpe)}
    ids = [rule for name, rule in _LIMITS.items() if name in given]
    if "marfan" in given:
        ids.append("CARD-MARFAN-HR-BB" if given["on_beta_blocker"] else "CARD-MARFAN-HR-NOBB")
    facts = {rules.limits[_LIMITS[n]].fact or "": v for n, v in given.items() if n in _LIMITS}
    request = ZoneRequest(given.get("zone_lower", 60), given["zone_upper"], hr_rest=60)
    result = combine_ceilings(request, derive_limits(rules.limits, facts, ids), rules)
    return {"upper_bpm": result.upper}


def _falls(given: Json, knowledge: IntensityKnowledge) -> Json:
    names = {"tug_s": "tug", "tandem_s": "tandem_stance"}
    asked = {names.get(name, name): value for name, value in given.items()}
    if "sex" in asked:
        asked["sex"] = {"F": "female", "M": "male"}[asked["sex"]]
    return {"falls_risk_flag": calculate("falls_screen", asked, knowledge).value}


_ITEMS = {
    "angina_or_sx": "angina_on_test",
    "normal_hemodynamics": "normal_hemodynamics_on_test",
    "functional_capacity_met": "functional_capacity",
    "uncomplicated_event": "uncomplicated_event",
    "chf": "heart_failure",
    "angina": "angina_on_test",
    "haemodynamics_normal": "normal_hemodynamics_on_test",
    "mets": "functional_capacity",
    "ef_pct": "lvef",
    "post_event_ischaemia": "post_event_ischemia",
}


def _risk(given: Json, knowledge: IntensityKnowledge) -> Json:
    asked = {_ITEMS.get(name, name): value for name, value in given.items()}
    if "complex_dysrhythmia" in asked:
        both = asked.pop("complex_dysrhythmia")
        asked |= {"complex_va_test": both, "complex_dysrhythmia_rest": both}
    if "complicated_event" in asked:
        asked["uncomplicated_event"] = not asked.pop("complicated_event")
    tier = calculate("risk_stratification", asked, knowledge).category or ""
    return {"risk": tier.upper(), "tier": tier}


def _hiit(given: Json, knowledge: IntensityKnowledge) -> Json:
    exact = target_by_maximum(given["hr_peak"], TARGET_4X4)
    rules = knowledge.ceiling
    facts = {n: v for n, v in given.items() if n in _LIMITS}
    limits = derive_limits(rules.limits, facts, [_LIMITS[name] for name in facts])
    zone = combine_ceilings(ZoneRequest(exact.low, exact.high, 60, is_hiit=True), limits, rules)
    eligible = zone.upper is not None
    return {
        "lower_bpm": zone.lower,
        "upper_bpm": zone.upper,
        **({} if eligible else {"eligible": False}),
    }


_MAPPERS: Mapping[str, Callable[[Json, IntensityKnowledge], Json]] = {
    "HRMAX": _hr_max,
    "HRR": _reserve,
    "VO2": _uptake,
    "1RM": _strength,
    "CAT": _category,
    "CEIL": _ceiling,
    "FALL": _falls,
    "RISK": _risk,
    "HIIT": _hiit,
}
# Names of the case files that say how to compare, or belong to the protocol table.
_PROTOCOL = frozenset({"work_min", "intervals"})


def _assert_holds(name: str, expected: Any, actual: Json, tolerance: float) -> None:
    if name == "forbid_methods":
        assert actual["method"] not in expected
    elif name == "upper_bpm_lt":
        assert actual["upper_bpm"] < expected
    elif name == "warning":
        assert expected in actual["warning"]
    elif isinstance(expected, bool | str) or expected is None:
        assert expected == actual[name]
    else:
        assert pytest.approx(expected, abs=tolerance) == actual[name]


@pytest.mark.parametrize("case", _vectors(), ids=lambda case: case["id"])
def test_published_vector_is_answered_as_published(
    case: Json, intensity: IntensityKnowledge
) -> None:
    actual = _MAPPERS[case["group"]](case["inputs"], intensity)
    names = set(case["expected"]) - _PROTOCOL
    assert names
    for name in names:
        _assert_holds(name, case["expected"][name], actual, case.get("tolerance", 0.0))


@pytest.mark.parametrize(
    "case", [c for c in _papers() if c["id"].startswith("aacvpr-")], ids=lambda case: case["id"]
)
def test_paper_tier_is_answered_as_printed(case: Json, intensity: IntensityKnowledge) -> None:
    expected = case["expected"]["tier"].split()[0]
    assert expected == _risk(case["inputs"], intensity)["tier"]


_PAPER_METHODS = {"164-0.7*age": "brawner", "UK: 220-age-30": "fox_minus_30"}


@pytest.mark.parametrize(
    "case", [c for c in _papers() if "formula" in c["inputs"]], ids=lambda case: case["id"]
)
def test_paper_maximum_is_answered_as_printed(case: Json, intensity: IntensityKnowledge) -> None:
    given = case["inputs"]
    asked = {"method": _PAPER_METHODS[given["formula"]], "age": given["age"]}
    assert case["expected"]["hrmax"] == calculate("hr_max", asked, intensity).value


@pytest.mark.parametrize(
    "case", [c for c in _papers() if "pct" in c["inputs"]], ids=lambda case: case["id"]
)
def test_paper_target_is_answered_as_derived(case: Json, intensity: IntensityKnowledge) -> None:
    given = case["inputs"]
    maximum = calculate("hr_max", {"method": "fox", "age": given["age"]}, intensity).value
    percents = [given["pct"], given["pct"]]
    asked = {"hr_max": maximum, "hr_rest": given["rhr"], "hrr_percent": percents}
    assert case["expected"]["target_bpm"] == calculate("target_heart_rate", asked, intensity).value


def test_every_paper_case_of_these_topics_has_a_test() -> None:
    tested = [c for c in _papers() if c["id"].startswith("aacvpr-")]
    tested += [c for c in _papers() if {"formula", "pct"} & set(c["inputs"])]
    assert sorted(c["id"] for c in _papers()) == sorted(c["id"] for c in tested)


def test_only_cases_that_rules_decide_are_left_to_them() -> None:
    every = {r["id"] for r in _read("safety_cases.json", "vectors") if r["group"] in GROUPS}
    assert every - {case["id"] for case in _vectors()} == DECIDED_BY_RULES


def test_every_name_of_the_terminology_is_recognised(intensity: IntensityKnowledge) -> None:
    """A name that is not recognised would be refused, though the service knows it."""
    for file, group in (("medications.csv", "medications"), ("conditions.csv", "conditions")):
        lines = (SHARED / "terminology" / file).read_text().splitlines()[1:]
        expected = {line.split(",")[0] for line in lines}
        assert expected == intensity.selection.recognised[group]
