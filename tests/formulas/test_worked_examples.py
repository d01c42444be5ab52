"""Formulas by hand: figures worked out on paper, independent of any published case file."""

import pytest

from cds.errors import ImplausibleValueError
from cds.formulas.heart_rate import (
    chronotropic_index,
    is_incompetent,
    is_recovery_abnormal,
    percent_of_reserve,
    predict_maximum,
    target_by_reserve,
)
from cds.formulas.linear import evaluate_formula, find_cautions
from cds.formulas.oxygen import target_uptake, uptake_of_activity
from cds.formulas.rounding import round_inward
from cds.formulas.strength import one_repetition_maximum
from cds.model.formula import IntensityKnowledge


@pytest.mark.parametrize(
    ("method", "age", "expected"),
    [
        ("fox", 60, 160),
        ("tanaka", 50, 173),
        ("gellish", 60, 165),
        ("gellish_067", 60, 166.7),
        ("gellish_nonlinear", 50, 174),
        ("gulati", 25, 184),
        ("brawner", 50, 129),
        ("fox_minus_30", 50, 140),
    ],
)
def test_predicted_maximum_is_the_formula_on_paper(
    intensity: IntensityKnowledge, method: str, age: float, expected: float
) -> None:
    assert expected == predict_maximum(intensity.by_method(method), age)


@pytest.mark.parametrize(("cycle", "expected"), [(False, 124), (True, 119)])
def test_keteyian_takes_five_off_on_a_cycle(
    intensity: IntensityKnowledge, cycle: bool, expected: float
) -> None:
    assert expected == predict_maximum(intensity.by_method("keteyian"), 60, 70, cycle)


@pytest.mark.parametrize(("sex", "expected"), [("male", 163), ("female", 162.6)])
def test_sydo_has_one_formula_for_each_sex(
    intensity: IntensityKnowledge, sex: str, expected: float
) -> None:
    assert expected == predict_maximum(intensity.by_method("sydo", sex), 60)


def test_karvonen_gives_the_published_example() -> None:
    """55 years, resting 62, 60 %: 124 after rounding to the nearest."""
    exact = target_by_reserve(165, 62, (60, 60))
    assert round(exact.low) == 124
    assert round_inward(exact.low, exact.high) is None


def test_resting_rate_at_the_maximum_leaves_no_reserve() -> None:
    with pytest.raises(ImplausibleValueError, match="no reserve"):
        percent_of_reserve(100, 70, 70)


@pytest.mark.parametrize(
    ("activity", "inputs", "expected"),
    [
        ("walking", {"speed": 80, "grade": 0.05}, 18.7),
        ("running", {"speed": 160, "grade": 0.0}, 35.5),
        ("leg_cycling", {"power": 600, "weight": 60}, 25),
        ("arm_cycling", {"power": 300, "weight": 75}, 15.5),
        ("stepping", {"step_rate": 24, "step_height": 0.25}, 22.664),
    ],
)
def test_uptake_is_the_equation_on_paper(
    intensity: IntensityKnowledge, activity: str, inputs: dict[str, float], expected: float
) -> None:
    formula = intensity.by_method(activity)
    assert pytest.approx(expected) == uptake_of_activity(formula, inputs)


def test_uptake_reserve_needs_a_maximum_above_rest(intensity: IntensityKnowledge) -> None:
    with pytest.raises(ImplausibleValueError, match="no reserve"):
        target_uptake(intensity.formulas["FORM-VO2R"], 3.5, (40, 60))


def test_six_minute_walk_of_400_m_predicts_14_1(intensity: IntensityKnowledge) -> None:
    formula = intensity.formulas["FORM-6MWT"]
    assert pytest.approx(14.148) == evaluate_formula(formula, {"distance": 400})


@pytest.mark.parametrize(
    ("method", "repetitions", "expected"),
    [("epley", 10, 133.333333), ("epley", 11, None), ("brzycki", 1, 100), ("brzycki", 37, None)],
)
def test_one_repetition_maximum_ends_at_ten_repetitions(
    intensity: IntensityKnowledge, method: str, repetitions: int, expected: float | None
) -> None:
    assert expected == one_repetition_maximum(intensity.by_method(method), 100, repetitions)


@pytest.mark.parametrize(
    ("peak", "beta_blocker", "expected"),
    [
        (141, False, True),
        (142, False, False),
        (125, True, True),
        (126, True, False),
        (125, None, True),
        (130, None, None),
        (142, None, False),
    ],
)
def test_chronotropic_index_is_abnormal_below_its_cut_off(
    intensity: IntensityKnowledge, peak: float, beta_blocker: bool | None, expected: bool | None
) -> None:
    """Age 60 at rest 70: 80 % of the reserve is 142, 62 % is 125.8."""
    index = chronotropic_index(intensity.formulas["FORM-CI"], peak, 70, 60)
    assert is_incompetent(index, beta_blocker, intensity.chronotropic) is expected


@pytest.mark.parametrize(
    ("fall", "active", "expected"),
    [
        (12, True, True),
        (13, True, False),
        (18, False, True),
        (19, False, False),
        (12, None, True),
        (15, None, None),
        (19, None, False),
    ],
)
def test_recovery_is_abnormal_at_its_cut_off(
    intensity: IntensityKnowledge, fall: float, active: bool | None, expected: bool | None
) -> None:
    assert is_recovery_abnormal(fall, active, intensity.recovery) is expected


@pytest.mark.parametrize(
    ("formula", "inputs", "expected"),
    [
        ("FORM-WALK", {"speed": 49.9}, 1),
        ("FORM-WALK", {"speed": 50}, 0),
        ("FORM-WALK", {"speed": 100}, 0),
        ("FORM-WALK", {"speed": 100.1}, 1),
        ("FORM-RUN", {"speed": 79}, 1),
        ("FORM-RUN", {"speed": 134}, 1),
        ("FORM-RUN", {"speed": 134.1}, 0),
        ("FORM-CYC", {"power": 300}, 0),
        ("FORM-CYC", {"power": 1201}, 1),
        ("FORM-ARM", {"power": 149}, 1),
        ("FORM-STEP", {"step_rate": 31, "step_height": 0.41}, 2),
        ("FORM-HRMAX-SYDO-MEN", {"age": 39}, 1),
        ("FORM-HRMAX-SYDO-MEN", {"age": None}, 0),
        ("FORM-HRMAX-GULATI", {"age": 90}, 0),
        ("FORM-HRMAX-GULATI", {"age": 90.5}, 1),
    ],
)
def test_caution_begins_just_outside_the_validity(
    intensity: IntensityKnowledge, formula: str, inputs: dict[str, float | None], expected: int
) -> None:
    assert expected == len(find_cautions(intensity.formulas[formula], inputs))
