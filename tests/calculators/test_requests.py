"""What a calculator refuses: never a guess, never an echo, always a pointer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.calculators import CALCULATORS, calculate, request_schema
from cds.errors import IntakeError, UnknownCodeError
from cds.model.formula import IntensityKnowledge

TARGET = {"hr_max": 150, "hr_rest": 70, "hrr_percent": [40, 60]}
SECRET = 98765.4321


def _refusals(
    name: str, inputs: dict[str, Any], knowledge: IntensityKnowledge
) -> list[tuple[str, str]]:
    with pytest.raises(IntakeError) as caught:
        calculate(name, inputs, knowledge)
    return [(refusal.pointer, refusal.detail) for refusal in caught.value.refusals]


@pytest.mark.parametrize(
    ("inputs", "pointer", "detail"),
    [
        ({"hr_max": True}, "/hr_max", "not a number"),
        ({"hr_max": "150"}, "/hr_max", "not a number"),
        ({"hr_max": None}, "/hr_max", "not a number"),
        ({"hr_max": [150]}, "/hr_max", "not a number"),
        ({"hr_max": float("nan")}, "/hr_max", "not finite"),
        ({"hr_max": float("inf")}, "/hr_max", "not finite"),
        ({"hr_max": 10**400}, "/hr_max", "far beyond"),
        ({"hr_max": 15}, "/hr_max", "50 to 240 /min"),
        ({"hr_max": 2.5}, "/hr_max", "another unit"),
        ({"hr_max": {"value": 150}}, "/hr_max", "nothing else"),
        ({"hr_max": {"value": 150, "unit": 5}}, "/hr_max/unit", "not text"),
        ({"hr_max": {"value": 150, "unit": "kg"}}, "/hr_max/unit", "Use /min"),
        ({"hr_max": {"value": "150", "unit": "/min"}}, "/hr_max/value", "not a number"),
        ({"hr_max": {"value": 150, "unit": "/min", "x": 1}}, "/hr_max", "nothing else"),
        ({"hrr_percent": [60, 40]}, "/hrr_percent", "above the second"),
        ({"hrr_percent": [40]}, "/hrr_percent", "two numbers"),
        ({"hrr_percent": 40}, "/hrr_percent", "two numbers"),
        ({"hrr_percent": "40-60"}, "/hrr_percent", "two numbers"),
        ({"hrr_percent": [40, True]}, "/hrr_percent/1", "not a number"),
        ({"hrr_percent": [0.4, 0.6]}, "/hrr_percent", "looks like a fraction"),
        ({"hrr_percent": [40, 160]}, "/hrr_percent", "0 to 100 %"),
        ({"hr_max_percent": [60, 70]}, "", "exactly one of"),
        ({"hr_maxx": 150}, "/hr_maxx", "Did you mean 'hr_max'?"),
        ({"a/b~c": 1}, "/a~1b~0c", "no such input"),
        ({"hr_rest": 150, "hr_max": 150}, "/hr_rest", "not below the maximum"),
    ],
)
def test_unacceptable_target_is_refused_at_its_place(
    intensity: IntensityKnowledge, inputs: dict[str, Any], pointer: str, detail: str
) -> None:
    found = _refusals("target_heart_rate", {**TARGET, **inputs}, intensity)
    assert any(place == pointer and detail in text for place, text in found), found


@pytest.mark.parametrize(
    ("name", "inputs", "pointer"),
    [
        ("target_heart_rate", {}, "/hr_max"),
        ("target_heart_rate", {"hr_max": 150, "hrr_percent": [40, 60]}, "/hr_rest"),
        ("hr_max", {}, "/method"),
        ("hr_max", {"method": "karvonen", "age": 50}, "/method"),
        ("hr_max", {"method": "fox"}, "/age"),
        ("hr_max", {"method": "keteyian", "age": 50, "hr_rest": 60}, "/mode"),
        ("hr_max", {"method": "sydo", "age": 50}, "/sex"),
        ("hr_max", {"method": "sydo", "age": 50, "sex": "other"}, "/sex"),
        ("hr_max", {"method": "measured"}, "/hr_peak_measured"),
        ("hr_max", {"method": "auto", "age": 50, "medications": "statin"}, "/medications"),
        ("hr_max", {"method": "auto", "age": 50, "medications": ["betablocker"]}, "/medications/0"),
        ("hr_max", {"method": "auto", "age": 50, "conditions": [7]}, "/conditions/0"),
        ("hr_max", {"method": "auto", "age": 50, "lvad": 0}, "/lvad"),
        ("hr_max", {"method": "fox", "age": 150}, "/age"),
        ("oxygen_uptake", {"activity": "walking"}, "/speed"),
        ("oxygen_uptake", {"activity": "leg_cycling", "power": 300}, "/weight"),
        ("oxygen_uptake", {"activity": "stepping", "step_rate": 20}, "/step_height"),
        ("oxygen_uptake", {"activity": "walking", "speed": 80, "power": 300}, "/power"),
        ("oxygen_uptake", {"activity": "walking", "speed": 80, "grade": 5}, "/grade"),
        ("one_rep_max", {"equation": "epley", "load": 40, "repetitions": 5.5}, "/repetitions"),
        ("one_rep_max", {"equation": "epley", "load": 40, "repetitions": 0}, "/repetitions"),
        ("one_rep_max", {"equation": "epley", "load": -1, "repetitions": 5}, "/load"),
        ("intensity_category", {}, ""),
        ("intensity_category", {"percent_hrr": 50, "mets": 3}, ""),
        ("intensity_category", {"percent_hrr": 0.5}, "/percent_hrr"),
        ("intensity_category", {"rpe_6_20": 5}, "/rpe_6_20"),
        ("intensity_category", {"rpe_6_20": 12.5}, "/rpe_6_20"),
        ("chronotropic_index", {"hr_peak": 60, "hr_rest": 70, "age": 60}, "/hr_peak"),
        ("chronotropic_index", {"hr_peak": 140, "hr_rest": 120, "age": 105}, "/hr_rest"),
        ("falls_screen", {"chair_stands_30s": 9.5}, "/chair_stands_30s"),
        ("risk_stratification", {"lvef": 0.5}, "/lvef"),
        ("risk_stratification", {"depression": "no"}, "/depression"),
        ("target_vo2", {"vo2max": 30}, "/vo2r_percent"),
    ],
)
def test_unacceptable_input_is_refused_at_its_place(
    intensity: IntensityKnowledge, name: str, inputs: dict[str, Any], pointer: str
) -> None:
    assert pointer in [place for place, _ in _refusals(name, inputs, intensity)]


def test_every_fault_is_named_at_once(intensity: IntensityKnowledge) -> None:
    found = _refusals("target_heart_rate", {"hr_max": True, "hr_rst": 60}, intensity)
    assert sorted(place for place, _ in found) == ["", "/hr_max", "/hr_rst"]


def test_no_refusal_repeats_the_value(intensity: IntensityKnowledge) -> None:
    for name, calculator in intensity.calculators.items():
        inputs = {field: SECRET for field in calculator.fields}
        found = _refusals(name, inputs, intensity)
        assert not [text for _, text in found if "98765" in text]


def test_unknown_calculator_is_refused_with_a_suggestion(intensity: IntensityKnowledge) -> None:
    with pytest.raises(UnknownCodeError, match="Did you mean 'hr_max'"):
        calculate("hrmax", {}, intensity)


def test_every_calculator_has_declared_inputs(intensity: IntensityKnowledge) -> None:
    assert set(CALCULATORS) == set(intensity.calculators)


@pytest.mark.parametrize("name", sorted(CALCULATORS))
def test_schema_describes_every_input(intensity: IntensityKnowledge, name: str) -> None:
    spec = intensity.calculators[name]
    schema = json.loads(json.dumps(request_schema(spec, intensity.selection.recognised)))
    assert set(spec.fields) == set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert schema.get("required", []) == [n for n, f in spec.fields.items() if f.required]


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
FLAT = LEAF | st.lists(LEAF, max_size=3)
JSON = FLAT | st.dictionaries(st.sampled_from(["value", "unit", "x"]), FLAT, max_size=3)


@pytest.mark.parametrize("name", sorted(CALCULATORS))
@given(data=st.data())
def test_any_json_is_answered_or_refused(
    intensity: IntensityKnowledge, name: str, data: st.DataObject
) -> None:
    """No input reaches a formula unchecked: there is no third outcome, such as a crash."""
    names = st.sampled_from(sorted(intensity.calculators[name].fields))
    inputs = data.draw(st.dictionaries(names | st.text(max_size=3), JSON, max_size=4))
    outcome: object
    try:
        outcome = calculate(name, inputs, intensity).to_json()
    except IntakeError as error:
        outcome = [refusal.pointer for refusal in error.refusals]
    assert outcome
    assert json.dumps(outcome, allow_nan=False)
