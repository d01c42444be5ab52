"""What must hold for every number, not only for the worked ones."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.formulas.category import find_band, find_bounds, find_disagreements, table_for_age
from cds.formulas.heart_rate import percent_of_reserve, predict_maximum, target_by_reserve
from cds.formulas.oxygen import metabolic_equivalents, uptake_of_activity, uptake_of_mets
from cds.formulas.rounding import clean, round_inward
from cds.formulas.strength import one_repetition_maximum
from cds.model.formula import IntensityKnowledge

AGES = st.floats(min_value=18, max_value=90)
PERCENTS = st.floats(min_value=0, max_value=100)
VALUES = st.floats(min_value=-50, max_value=300, allow_nan=False)
BY_AGE = ("fox", "tanaka", "gellish", "gellish_067", "gellish_nonlinear", "gulati", "brawner")
TABLES = (
    "percent_hrr",
    "percent_hr_max",
    "percent_vo2max",
    "rpe_6_20",
    "rpe_0_10",
    "mets",
    "mets_age_20_39",
    "mets_age_40_64",
    "mets_age_65_up",
    "percent_1rm",
    "percent_vo2max_capacity_20_mets",
    "percent_vo2max_capacity_10_mets",
    "percent_vo2max_capacity_5_mets",
)
ORDER = ("very_light", "light", "moderate", "vigorous", "near_maximal")


@pytest.mark.parametrize("method", BY_AGE)
@given(one=AGES, other=AGES)
def test_predicted_maximum_never_rises_with_age(
    intensity: IntensityKnowledge, method: str, one: float, other: float
) -> None:
    formula = intensity.by_method(method)
    younger, older = sorted((one, other))
    assert predict_maximum(formula, younger) >= predict_maximum(formula, older)


@given(low=VALUES, width=st.floats(min_value=0, max_value=100))
def test_rounding_inward_never_widens(low: float, width: float) -> None:
    high = low + width
    rounded = round_inward(low, high)
    if rounded is not None:
        assert low - 1e-6 <= rounded[0] <= rounded[1] <= high + 1e-6
    else:
        assert width < 1


@given(value=st.integers(min_value=-1000, max_value=1000), noise=st.sampled_from([-1e-9, 0, 1e-9]))
def test_rounding_is_not_moved_by_binary_noise(value: int, noise: float) -> None:
    assert round_inward(value + noise, value + noise) == (value, value)


@given(rest=st.floats(30, 99), reserve=st.floats(20, 120), percent=PERCENTS)
def test_percentage_of_reserve_undoes_the_target(
    rest: float, reserve: float, percent: float
) -> None:
    target = target_by_reserve(rest + reserve, rest, (percent, percent)).low
    assert pytest.approx(percent, abs=1e-4) == percent_of_reserve(target, rest + reserve, rest)


@given(rest=st.floats(30, 99), reserve=st.floats(20, 120), one=PERCENTS, other=PERCENTS)
def test_target_stays_between_rest_and_maximum(
    rest: float, reserve: float, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    target = target_by_reserve(rest + reserve, rest, (low, high))
    assert rest - 1e-6 <= target.low <= target.high <= rest + reserve + 1e-6


@given(mets=st.floats(min_value=0.5, max_value=30))
def test_mets_undo_uptake(intensity: IntensityKnowledge, mets: float) -> None:
    formula = intensity.formulas["FORM-MET"]
    uptake = uptake_of_mets(formula, mets)
    assert pytest.approx(mets, abs=1e-5) == metabolic_equivalents(formula, uptake)


@given(
    speed=st.floats(1, 300), faster=st.floats(0, 100), grade=st.floats(0, 0.3), up=st.floats(0, 0.2)
)
@pytest.mark.parametrize("activity", ["walking", "running"])
def test_faster_or_steeper_never_costs_less(
    intensity: IntensityKnowledge,
    activity: str,
    speed: float,
    faster: float,
    grade: float,
    up: float,
) -> None:
    formula = intensity.by_method(activity)
    easy = uptake_of_activity(formula, {"speed": speed, "grade": grade})
    hard = uptake_of_activity(formula, {"speed": speed + faster, "grade": grade + up})
    assert hard >= easy


@given(load=st.floats(0.5, 500), repetitions=st.integers(1, 9))
@pytest.mark.parametrize("method", ["epley", "brzycki"])
def test_more_repetitions_mean_a_higher_maximum(
    intensity: IntensityKnowledge, method: str, load: float, repetitions: int
) -> None:
    formula = intensity.by_method(method)
    fewer = one_repetition_maximum(formula, load, repetitions)
    more = one_repetition_maximum(formula, load, repetitions + 1)
    assert fewer is not None
    assert more is not None
    assert more > fewer >= clean(load)


def test_every_shipped_table_is_tested(intensity: IntensityKnowledge) -> None:
    assert set(TABLES) == set(intensity.tables)


@pytest.mark.parametrize("name", TABLES)
@given(value=VALUES)
def test_every_value_lies_in_exactly_one_band(
    intensity: IntensityKnowledge, name: str, value: float
) -> None:
    table = intensity.tables[name]
    holding = [band for band in table.bands if value in band]
    assert len(holding) == 1
    assert holding[0] == find_band(table, value)


@pytest.mark.parametrize("name", TABLES)
@given(one=VALUES, other=VALUES)
def test_category_never_falls_while_the_value_rises(
    intensity: IntensityKnowledge, name: str, one: float, other: float
) -> None:
    table = intensity.tables[name]
    lower, higher = (find_band(table, value).category for value in sorted((one, other)))
    assert ORDER.index(lower) <= ORDER.index(higher)


@pytest.mark.parametrize("name", TABLES)
def test_each_band_starts_where_the_one_below_ends(
    intensity: IntensityKnowledge, name: str
) -> None:
    table = intensity.tables[name]
    for category, next_category in pairwise(ORDER):
        start = find_bounds(table, next_category).low
        assert start is not None
        assert start == find_bounds(table, category).high
        assert find_band(table, start).category == next_category


def test_unknown_category_is_an_error(intensity: IntensityKnowledge) -> None:
    with pytest.raises(KeyError):
        find_bounds(intensity.tables["percent_hrr"], "medium")


@given(age=st.floats(min_value=20, max_value=120))
def test_every_adult_age_has_one_met_table(intensity: IntensityKnowledge, age: float) -> None:
    fitting = [t for t in intensity.tables.values() if t.ages and age in t.ages]
    assert [table_for_age(intensity.tables.values(), age)] == fitting


@given(value=VALUES)
def test_other_scales_are_named_only_when_they_differ(
    intensity: IntensityKnowledge, value: float
) -> None:
    table = intensity.tables["percent_hr_max"]
    category = find_band(table, value).category
    for other in find_disagreements(intensity.disagreements, table, value):
        assert value in other.band
        assert other.band.category != category
