"""The closed table of units: exact both ways, or refused."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.errors import UnitError
from cds.units import accepted_units, convert, exact, fits, is_unit, unit_table

_PAIRS = [
    (first.code, second.code, None)
    for first in unit_table().units.values()
    for second in unit_table().within(first.dimension)
] + [(bridge.start.code, bridge.end.code, bridge.quantity) for bridge in unit_table().bridges]


@pytest.mark.parametrize(
    ("value", "start", "end", "quantity", "expected"),
    [
        (90, "mg/dL", "mmol/L", "glucose", 5.0),
        (250, "mg/dL", "mmol/L", "glucose", 250 / 18),
        (5.5, "mmol/L", "mg/dL", "glucose", 99.0),
        (5.5, "mmol/l", "g/L", "glucose", 0.99),
        (4.1, "mEq/L", "mmol/L", "potassium", 4.1),
        (48, "mmol/mol", "%", "hba1c", 6.54304),
        (150, "[lb_av]", "kg", None, 68.0388555),
        (150, "lb", "kg", None, 68.0388555),
        (68, "in", "cm", None, 172.72),
        (1.75, "m", "cm", None, 175.0),
        (6, "ft", "cm", None, 182.88),
        (100.4, "F", "Cel", None, 38.0),
        (98.6, "[degF]", "Cel", None, 37.0),
        (38, "C", "[degF]", None, 100.4),
        (310.15, "K", "Cel", None, 37.0),
        (3, "mph", "m/min", None, 80.4672),
        (1, "m/s", "m/min", None, 60.0),
        (300, "kgm/min", "W", None, 49.03325),
        (1, "W", "kgf.m/min", None, 6.118297277867569),
        (8, "wk", "d", None, 56.0),
        (1, "mo", "d", None, 30.4375),
        (1, "years", "d", None, 365.25),
        (12, "mo", "a", None, 1.0),
        (20, "kPa", "mmHg", None, 20 / 0.133322),
        (72, "bpm", "/min", None, 72.0),
        (72, "{beats}/min", "/min", None, 72.0),
        (150, "10*3/uL", "10*9/L", None, 150.0),
        (150000, "/uL", "10*9/L", None, 150.0),
        (0.55, "1", "%", None, 55.0),
        (3, "1", "{count}", None, 3.0),
        (120, "g/L", "g/dL", None, 12.0),
        (30, "min", "min/d", None, 30.0),
        (35, "mL/kg/min", "mL/min/kg", None, 35.0),
    ],
)
def test_a_published_conversion_is_exact(
    value: float, start: str, end: str, quantity: str | None, expected: float
) -> None:
    assert convert(value, start, end, quantity) == expected


@given(
    pair=st.sampled_from(_PAIRS),
    value=st.decimals(min_value="0.01", max_value=100000, places=2).map(float),
)
def test_there_and_back_gives_the_very_same_number(
    pair: tuple[str, str, str | None], value: float
) -> None:
    start, end, quantity = pair
    back = convert(convert(value, start, end, quantity), end, start, quantity)

    # A scale with another zero leaves a small number fewer digits than a float has.
    assert back == (pytest.approx(value, abs=1e-9) if "K" in (start, end) else value)


@given(pair=st.sampled_from(_PAIRS), values=st.tuples(*[st.floats(0.01, 1e5)] * 2))
def test_conversion_keeps_the_order(
    pair: tuple[str, str, str | None], values: tuple[float, float]
) -> None:
    """A threshold decides alike in every unit."""
    start, end, quantity = pair
    low, high = sorted(values)
    assert convert(low, start, end, quantity) <= convert(high, start, end, quantity)


@pytest.mark.parametrize(
    ("start", "end", "quantity"),
    [
        ("mg/dL", "mmol/L", None),
        ("mg/dL", "mmol/L", "potassium"),
        ("kg", "Cel", None),
        ("Mg/dL", "mmol/L", "glucose"),
        ("mMhg", "mm[Hg]", None),
        ("", "kg", None),
        ("kg", "1.5", None),
        ("1", "/min", None),
    ],
)
def test_units_that_do_not_fit_are_refused(start: str, end: str, quantity: str | None) -> None:
    assert not fits(start, end, quantity)
    with pytest.raises(UnitError, match="Use"):
        convert(1, start, end, quantity)


def test_a_refusal_says_what_is_accepted_and_never_repeats_what_came_in() -> None:
    with pytest.raises(UnitError) as caught:
        convert(61.7, "Jane Doe", "kg")
    assert str(caught.value) == (
        "The unit does not fit: a value in kg is meant. Use: kg, g, [lb_av], [oz_av], [stone_av]."
    )


def test_a_number_that_another_unit_makes_infinite_is_refused() -> None:
    with pytest.raises(UnitError, match="too large to convert"):
        convert(1e308, "/s", "/min")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("unit", ["kg", "lb"])
def test_a_number_that_is_not_finite_is_refused(value: float, unit: str) -> None:
    with pytest.raises(UnitError, match="finite"):
        convert(value, unit, "kg")


def test_a_spelling_that_belongs_to_several_dimensions_is_no_target() -> None:
    with pytest.raises(UnitError, match="Use one of"):
        convert(1, "{count}", "score")


def test_a_spelling_of_one_dimension_is_a_target() -> None:
    assert convert(1, "kg", "g") == convert(1, "kg", "grams") == 1000.0


def test_accepted_units_name_the_bridges_of_the_quantity_only() -> None:
    assert accepted_units("mmol/L") == ("mmol/L", "umol/L")
    assert accepted_units("mmol/L", "glucose") == ("mmol/L", "umol/L", "g/dL", "g/L", "mg/dL")
    assert accepted_units("mmol/L", "potassium") == ("mmol/L", "umol/L", "meq/L")


def test_only_codes_of_the_table_are_units() -> None:
    assert is_unit("mm[Hg]")
    assert not is_unit("mmHg")


@given(over=st.integers(-999, 999), under=st.integers(1, 999))
def test_fractions_are_read_exactly(over: int, under: int) -> None:
    assert exact(f"{over}/{under}") == Fraction(over, under)
