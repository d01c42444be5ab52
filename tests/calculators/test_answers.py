"""What a calculator answers: the contract's shape, the source, the warnings."""

from pathlib import Path
from typing import Any

import pytest

from cds.calculators import calculate
from cds.knowledge.citation_files import load_evidence
from cds.knowledge.documents import Problems
from cds.model.formula import IntensityKnowledge

SHAPE = (
    "name", "value", "unit", "range", "range_exact", "category", "method", "see", "warnings",
    "source",
)  # fmt: skip
EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("hr_max", {"method": "fox", "age": 40}),
    ("hr_max", {"method": "auto", "age": 40}),
    ("target_heart_rate", {"hr_max": 180, "hr_max_percent": [64, 76]}),
    ("target_vo2", {"vo2max": 35, "vo2r_percent": [40, 59]}),
    ("oxygen_uptake", {"activity": "walking", "speed": 80, "grade": 0}),
    ("one_rep_max", {"equation": "epley", "load": 40, "repetitions": 8}),
    ("intensity_category", {"rpe_0_10": 4.5}),
    ("chronotropic_index", {"hr_peak": 140, "hr_rest": 60, "age": 50}),
    ("heart_rate_recovery", {"hr_recovery_1min": 20}),
    ("falls_screen", {"age": 80, "tug": 10}),
    ("risk_stratification", {}),
]
NOTHING: dict[str, Any] = {"medications": [], "conditions": []}


@pytest.mark.parametrize(("name", "inputs"), EXAMPLES)
def test_answer_has_the_shape_of_the_contract(
    intensity: IntensityKnowledge, name: str, inputs: dict[str, Any]
) -> None:
    answer = calculate(name, inputs, intensity).to_json()
    assert set(SHAPE) <= set(answer)
    source = answer["source"]
    assert isinstance(source, dict)
    assert source["clinical_sign_off"] == "pending"
    assert source["mark"] in ("V", "K", "O")
    assert {"citation", "locator"} <= set(source)


def _hr_max(intensity: IntensityKnowledge, **inputs: Any) -> dict[str, object]:
    return calculate("hr_max", inputs, intensity).to_json()


def test_prediction_carries_its_error(intensity: IntensityKnowledge) -> None:
    answer = _hr_max(intensity, method="brawner", age=60)
    assert answer["see"] == {"value": 18.0, "unit": "/min"}


def test_unit_of_age_is_converted(intensity: IntensityKnowledge) -> None:
    answer = _hr_max(intensity, method="fox", age={"value": 480, "unit": "mo"})
    assert answer["value"] == 180


def test_auto_takes_the_lower_prediction_when_the_sex_is_unknown(
    intensity: IntensityKnowledge,
) -> None:
    answer = _hr_max(intensity, method="auto", age=50, **NOTHING)
    assert (answer["value"], answer["method"], answer["missing"]) == (162.0, "gulati", ["sex"])


def test_auto_asks_for_the_lists_instead_of_assuming_them_empty(
    intensity: IntensityKnowledge,
) -> None:
    answer = _hr_max(intensity, method="auto", age=50, sex="male")
    assert (answer["value"], answer["method"]) == (None, "rpe_only")
    assert answer["missing"] == ["conditions", "lvad", "medications"]


def test_auto_shows_the_beta_blocker_formula_only_as_a_hint(intensity: IntensityKnowledge) -> None:
    given = {"conditions": ["coronary_artery_disease"], "medications": ["beta_blocker"]}
    answer = _hr_max(intensity, method="auto", age=60, lvef=55, **given)
    hint = answer["hint"]
    assert isinstance(hint, dict)
    assert (answer["value"], hint["value"]) == (None, 122.0)


def test_auto_uses_a_measured_peak_and_still_asks(intensity: IntensityKnowledge) -> None:
    peak = {"hr_peak_measured": 128, "hr_peak_on_current_drugs": True}
    answer = _hr_max(intensity, method="auto", age=60, **peak)
    assert (answer["value"], answer["method"]) == (128, "measured")
    assert answer["missing"] == ["conditions", "lvad"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"method": "fox", "age": 50, "medications": ["beta_blocker"]}, "FORM-SEL-3"),
        ({"method": "fox", "age": 50, "rhythm": "atrial_fibrillation"}, "FORM-SEL-2"),
        ({"method": "gulati", "age": 50, "sex": "male"}, "one sex only"),
        ({"method": "tanaka", "age": 17}, "below 18"),
        ({"method": "tanaka", "age": 91}, "above 90"),
        ({"method": "measured", "hr_peak_measured": 150}, "current drugs"),
    ],
)
def test_method_asked_for_by_name_is_answered_with_its_warning(
    intensity: IntensityKnowledge, inputs: dict[str, Any], words: str
) -> None:
    answer = calculate("hr_max", inputs, intensity)
    assert answer.value is not None
    assert words in "; ".join(answer.warnings)


def test_fitting_method_has_no_warning(intensity: IntensityKnowledge) -> None:
    answer = _hr_max(intensity, method="gulati", age=50, sex="female", **NOTHING)
    assert answer["warnings"] == []


def test_range_without_a_whole_rate_is_not_shown(intensity: IntensityKnowledge) -> None:
    inputs = {"hr_max": 165, "hr_rest": 62, "hrr_percent": [60, 60]}
    answer = calculate("target_heart_rate", inputs, intensity)
    assert (answer.range, answer.range_exact, answer.value) == (None, (123.8, 123.8), 123.8)
    assert answer.warnings


@pytest.mark.parametrize(
    "power", [600, {"value": 600, "unit": "kg.m/min"}, {"value": 100, "unit": "W"}]
)
def test_power_in_watts_is_the_published_conversion(
    intensity: IntensityKnowledge, power: object
) -> None:
    inputs = {"activity": "leg_cycling", "power": power, "weight": 75}
    assert pytest.approx(21.4) == calculate("oxygen_uptake", inputs, intensity).value


def test_weight_in_pounds_is_converted_exactly(intensity: IntensityKnowledge) -> None:
    inputs = {"activity": "walking", "speed": 80, "weight": {"value": 100, "unit": "[lb_av]"}}
    answer = calculate("oxygen_uptake", inputs, intensity)
    mets, energy = answer.details["mets"], answer.details["kcal_per_min"]
    assert isinstance(mets, float)
    assert pytest.approx(mets * 3.5 * 45.359237 / 200, abs=1e-5) == energy


def test_grade_that_was_not_given_is_a_stated_assumption(intensity: IntensityKnowledge) -> None:
    answer = calculate("oxygen_uptake", {"activity": "walking", "speed": 80}, intensity)
    assert (
        answer.value,
        answer.warnings,
    ) == (11.5, ("no grade was given: level ground is assumed",))


@pytest.mark.parametrize(
    ("inputs", "method", "category"),
    [
        ({"mets": 4.0}, "mets", "moderate"),
        ({"mets": 4.0, "age": 39.9}, "mets_age_20_39", "light"),
        ({"mets": 4.0, "age": 64}, "mets_age_40_64", "moderate"),
        ({"mets": 4.8, "age": 65}, "mets_age_65_up", "vigorous"),
        ({"mets": 4.0, "age": 19}, "mets", "moderate"),
        ({"percent_1rm": 70}, "percent_1rm", "vigorous"),
        ({"percent_hrr": 0}, "percent_hrr", "very_light"),
    ],
)
def test_category_comes_from_the_table_that_fits(
    intensity: IntensityKnowledge, inputs: dict[str, Any], method: str, category: str
) -> None:
    answer = calculate("intensity_category", inputs, intensity)
    assert (method, category) == (answer.method, answer.category)


def test_age_that_is_not_used_is_said_to_be_unused(intensity: IntensityKnowledge) -> None:
    answer = calculate("intensity_category", {"percent_hrr": 50, "age": 50}, intensity)
    assert (
        answer.category,
        answer.warnings,
    ) == ("moderate", ("the age is not used for this measure",))


def test_range_may_carry_its_unit(intensity: IntensityKnowledge) -> None:
    percents = {"value": [0, 60], "unit": "%"}
    inputs = {"hr_max": 150, "hr_rest": 70, "hrr_percent": percents}
    assert calculate("target_heart_rate", inputs, intensity).range == (70, 118)


def test_seventy_per_cent_names_the_scale_that_disagrees(intensity: IntensityKnowledge) -> None:
    answer = calculate("intensity_category", {"percent_hr_max": 70}, intensity)
    assert (answer.category, answer.warnings) == ("moderate", ("ESSA 2010 calls this vigorous",))


def test_more_than_ten_repetitions_give_no_value(intensity: IntensityKnowledge) -> None:
    inputs = {"equation": "epley", "load": 30, "repetitions": 11}
    answer = calculate("one_rep_max", inputs, intensity)
    assert (answer.value, answer.category) == (None, "out_of_range")


@pytest.mark.parametrize(
    ("inputs", "category"),
    [
        ({"hr_recovery_1min": 12, "cool_down": "active"}, "abnormal"),
        ({"hr_recovery_1min": 13, "cool_down": "active"}, "normal"),
        ({"hr_recovery_1min": 15}, "insufficient_data"),
    ],
)
def test_recovery_is_judged_by_the_cool_down(
    intensity: IntensityKnowledge, inputs: dict[str, Any], category: str
) -> None:
    assert category == calculate("heart_rate_recovery", inputs, intensity).category


def test_falls_screen_names_the_tests_that_flag_and_those_not_done(
    intensity: IntensityKnowledge,
) -> None:
    inputs = {"age": 80, "tug": 14, "tandem_stance": 10}
    answer = calculate("falls_screen", inputs, intensity).to_json()
    assert (answer["value"], answer["flagged_by"]) == (True, ["CONTRA-FALL-TUG"])
    assert "chair_stands_30s" in str(answer["not_done"])


def test_every_citation_is_known(intensity: IntensityKnowledge) -> None:
    """A source that nobody can look up is no source."""
    problems = Problems()
    known = load_evidence(Path(__file__).resolve().parents[2] / "cds", problems)
    assert problems.found == []
    sources = [formula.source for formula in intensity.formulas.values()]
    sources += [table.source for table in intensity.tables.values()]
    sources += [row.source for row in intensity.disagreements]
    sources += [limit.source for limit in intensity.ceiling.limits.values()]
    sources += [t.source for t in (*intensity.chronotropic.values(), *intensity.recovery.values())]
    sources += [t.source for t in (intensity.falls.tug, intensity.falls.tandem_stance)]
    sources += [intensity.risk.source, intensity.risk.supervision_source]
    sources.append(intensity.selection.source)
    assert {source.citation for source in sources} <= set(known)


def test_unknown_is_the_same_as_leaving_out(intensity: IntensityKnowledge) -> None:
    """An index of 0.7 is abnormal off a beta-blocker and normal on one."""
    inputs = {"hr_peak": 133, "hr_rest": 70, "age": 60}
    left_out = calculate("chronotropic_index", inputs, intensity)
    unknown = calculate("chronotropic_index", {**inputs, "on_beta_blocker": "unknown"}, intensity)
    assert left_out == unknown
    assert unknown.category == "insufficient_data"
    assert unknown.details["missing"] == ["on_beta_blocker"]


@pytest.mark.parametrize(
    ("inputs", "row"),
    [
        ({"heart_failure": True}, "RISK-SUP-HIGH"),
        ({}, "RISK-SUP-MOD"),
    ],
)
def test_the_risk_answer_names_the_least_supervision_of_its_tier(
    inputs: dict[str, object], row: str, intensity: IntensityKnowledge
) -> None:
    answer = calculate("risk_stratification", inputs, intensity)
    assert row == answer.details["supervision"]["id"]
