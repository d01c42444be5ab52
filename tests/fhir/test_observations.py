"""Observation: which value of a fact counts."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from cds.errors import IntakeError
from cds.fhir.intake import read_bundle
from cds.knowledge.fact import Coding
from cds.knowledge.terminology import Terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.model.intake import Intake, SubmittedFact
from tests.fhir.conftest import TODAY, Read
from tests.fhir.records import LOINC, bundle, coded, observation, patient, quantity

CONTRADICTED = "Another value of the same time contradicts it."


def facts(intake: Intake) -> dict[str, object]:
    return {fact.name: fact.value for fact in intake.facts if fact.name != "age"}


def reasons(intake: Intake) -> list[tuple[str, str]]:
    return [(item.name, item.reason) for item in intake.rejected]


def test_a_value_keeps_its_unit_its_day_and_its_source(read: Read) -> None:
    intake = read(observation(effectiveDateTime="2026-11-01T07:30:00+01:00"))
    assert intake.facts[1:] == (
        SubmittedFact(
            "hr_rest", 70.0, "/min", date(2026, 11, 1), "Observation/o", "/entry/1/resource"
        ),
    )


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_finished_observation_counts(read: Read, status: str) -> None:
    assert facts(read(observation(status=status))) == {"hr_rest": 70.0}


@pytest.mark.parametrize(
    "status", ["preliminary", "registered", "cancelled", "entered-in-error", "unknown", None]
)
def test_an_unfinished_observation_is_reported_and_not_used(read: Read, status: str | None) -> None:
    intake = read(observation(status=status))
    assert facts(intake) == {}
    assert reasons(intake) == [("hr_rest", "Its status is not final, amended or corrected.")]


def test_blood_pressure_is_read_from_its_components(read: Read) -> None:
    parts = [
        {"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(138, "mm[Hg]")},
        {"code": coded(LOINC, "8462-4"), "valueQuantity": quantity(84, "mm[Hg]")},
        {"code": coded(LOINC, "8478-0"), "valueQuantity": quantity(102, "mm[Hg]")},
    ]
    intake = read(observation("85354-9", component=parts, valueQuantity=None))
    assert facts(intake) == {"sbp_rest": 138.0, "dbp_rest": 84.0}
    assert [item.code for item in intake.unmapped] == ["8478-0"]


@pytest.mark.parametrize(
    "part", [{"dataAbsentReason": coded(None, "not-performed")}, {"valueQuantity": None}]
)
def test_a_component_without_value_leaves_its_fact_unknown(
    read: Read, part: dict[str, Any]
) -> None:
    parts = [
        {"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(138, "mm[Hg]")},
        {"code": coded(LOINC, "8462-4"), **part},
    ]
    intake = read(observation("85354-9", component=parts, valueQuantity=None))
    assert facts(intake) == {"sbp_rest": 138.0}


def test_absent_data_is_unknown_and_hides_no_earlier_value(read: Read) -> None:
    absent = observation(
        id="late", effectiveDateTime="2026-11-20", dataAbsentReason=coded(None, "error")
    )
    assert facts(read(absent)) == {}
    assert reasons(read(absent)) == [("hr_rest", "It is recorded as not known.")]
    assert facts(read(absent, observation())) == {"hr_rest": 70.0}


def bound(comparator: str, value: float, day: str = "2026-11-20") -> dict[str, Any]:
    """A platelet count that is only known to lie on one side."""
    amount = quantity(value, "10*9/L", comparator=comparator)
    return observation("777-3", id="bound", effectiveDateTime=day, valueQuantity=amount)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (bound("<", 20), {}),
        (bound("<=", 20), {}),
        (bound(">", 400), {}),
        (bound("ad", 20), {}),
        (bound("<", 200), {"platelets": 150.0}),
        (bound(">=", 150), {"platelets": 150.0}),
        (bound("<", 20, "2026-10-01"), {"platelets": 150.0}),
    ],
)
def test_an_earlier_value_is_not_used_against_a_later_bound(
    read: Read, later: dict[str, Any], expected: dict[str, object]
) -> None:
    """Fewer than 20 today is no number, and the 150 of last month is not true any more."""
    earlier = observation("777-3", valueQuantity=quantity(150, "10*9/L"))
    for order in ((earlier, later), (later, earlier)):
        intake = read(*order)
        assert facts(intake) == expected
        told = dict.fromkeys(reasons(intake))
        assert ("platelets", "It is a bound, not a value.") in told
        changed = ("platelets", "A later result, which is no number, says that it has changed.")
        assert (changed in told) == (not expected)


@pytest.mark.parametrize(("code", "used"), [("HH", False), ("L", False), ("N", True)])
def test_an_earlier_value_is_not_used_against_a_later_result_that_is_called_abnormal(
    read: Read, code: str, used: bool
) -> None:
    later = observation(
        id="late",
        effectiveDateTime="2026-11-20",
        valueQuantity=None,
        interpretation=[coded(None, code)],
    )
    assert facts(read(observation(), later)) == ({"hr_rest": 70.0} if used else {})


@pytest.mark.parametrize(
    ("loinc", "name", "amount", "expected"),
    [
        ("29463-7", "weight", {"value": 180, "unit": "lbs"}, 180 * 0.45359237),
        ("29463-7", "weight", {**quantity(180, "[lb_av]"), "unit": "pounds"}, 180 * 0.45359237),
        ("29463-7", "weight", {**quantity(81.5, "kg"), "unit": "kg"}, 81.5),
        ("8867-4", "hr_rest", {**quantity(70, "/min"), "unit": "beats/minute"}, 70),
        ("8867-4", "hr_rest", {"value": 70, "unit": "bpm", "code": "BPM"}, 70),
        ("8867-4", "hr_rest", {"value": 70, "unit": "beats per minute"}, 70),
        ("8480-6", "sbp_rest", {"value": 138, "unit": "mmHg"}, 138),
        ("8480-6", "sbp_rest", {"value": 138, "unit": "MMHG"}, 138),
        ("29463-7", "weight", {"value": 80, "unit": "KG"}, 80),
        ("8310-5", "temperature", {"value": 101.3, "unit": "degrees F"}, 38.5),
        ("777-3", "platelets", {"value": 15, "unit": "Thousand/uL"}, 15),
        ("2345-7", "glucose", {"value": 99, "unit": "mg/dL"}, 5.5),
        ("15074-8", "glucose", {"value": 5.5, "unit": "mmol/L"}, 5.5),
        ("2823-3", "potassium", {"value": 4.1, "unit": "mEq/L"}, 4.1),
    ],
)
def test_a_unit_is_read_as_a_code_or_in_words(
    read: Read, vocabulary: Vocabulary, loinc: str, name: str, amount: Any, expected: float
) -> None:
    (fact,) = (f for f in read(observation(loinc, valueQuantity=amount)).facts if f.name == name)
    assert isinstance(fact.value, float)
    canonical = vocabulary[name].to_canonical(fact.value, fact.unit or "")
    assert canonical == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("loinc", "name", "amount"),
    [
        ("29463-7", "weight", {**quantity(180, "kg"), "unit": "lb"}),
        ("2345-7", "glucose", {**quantity(6, "mmol/L"), "unit": "mg/dL"}),
        ("8310-5", "temperature", {**quantity(38, "Cel"), "unit": "degF"}),
    ],
)
def test_a_unit_that_is_written_twice_and_differently_is_refused(
    read: Read, loinc: str, name: str, amount: Any
) -> None:
    intake = read(observation(loinc, valueQuantity=amount))
    assert facts(intake) == {}
    assert reasons(intake)[0][1] == "Its unit and the code of its unit are not the same."


@pytest.mark.parametrize(
    ("loinc", "value", "unit"),
    [
        ("2345-7", 110, "mmol/L"),
        ("2345-7", 6, "mg/dL"),
        ("8302-2", 1.75, "cm"),
        ("718-7", 14, "g/L"),
    ],
)
def test_a_number_in_the_wrong_unit_is_refused_where_it_cannot_be(
    read: Read, loinc: str, value: float, unit: str
) -> None:
    intake = read(observation(loinc, valueQuantity=quantity(value, unit)))
    assert facts(intake) == {}
    assert "plausible" in reasons(intake)[0][1]


@pytest.mark.parametrize(
    ("panel", "told"),
    [
        ({"status": "entered-in-error"}, "Its status is not final, amended or corrected."),
        ({"status": "cancelled"}, "Its status is not final, amended or corrected."),
        (
            {"subject": {"reference": "Patient/q"}},
            "It is about another patient: see /entry/1/resource/subject.",
        ),
        (
            {"focus": [{"reference": "Patient/q"}]},
            "It is about something other than the patient.",
        ),
    ],
)
def test_what_a_panel_holds_inside_counts_no_more_than_the_panel(
    read: Read, panel: dict[str, Any], told: str
) -> None:
    inside = observation("89555-7", id="in", valueQuantity=quantity(3, "d/wk"))
    del inside["subject"]
    members = {"hasMember": [{"reference": "#in"}], "contained": [inside]}
    intake = read(observation("89574-8", id="panel", valueQuantity=None, **{**members, **panel}))
    assert (facts(intake), reasons(intake)) == ({}, [("Observation", told)])


def test_a_component_with_a_modifier_is_not_used(read: Read) -> None:
    parts = [
        {"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(138, "mm[Hg]")},
        {
            "code": coded(LOINC, "8462-4"),
            "valueQuantity": quantity(84, "mm[Hg]"),
            "modifierExtension": [{"url": "urn:x"}],
        },
    ]
    intake = read(observation("85354-9", component=parts, valueQuantity=None))
    assert facts(intake) == {"sbp_rest": 138.0}
    assert [name for name, _ in reasons(intake)] == ["dbp_rest"]


@pytest.mark.parametrize(
    ("value", "status", "asked"),
    [
        (coded("http://snomed.info/sct", "77386006", "Pregnant"), "final", True),
        ({"text": "Asthma"}, "final", True),
        (coded("http://snomed.info/sct", "60001007", "Not pregnant"), "final", False),
        (coded("http://snomed.info/sct", "77386006", "Pregnant"), "entered-in-error", False),
    ],
)
def test_a_condition_that_a_result_names_is_asked_about(
    read: Read, value: dict[str, Any], status: str, asked: bool
) -> None:
    """Pregnancy may stand as a result only; whose illness another result names, its code says."""
    item = observation("82810-3", status=status, valueQuantity=None, valueCodeableConcept=value)
    intake = read(item)
    assert intake.conditions == ()
    assert [u.kind for u in intake.unmapped] == ["observation"] + ["condition"] * asked


def test_a_part_with_a_value_and_no_code_is_said(read: Read) -> None:
    parts = [{"valueQuantity": quantity(138, "mm[Hg]")}]
    intake = read(observation("85354-9", component=parts, valueQuantity=None))
    assert (facts(intake), reasons(intake)) == (
        {},
        [("Observation", "It has no code and no name.")],
    )
    assert reasons(read(observation(code={}))) == [("Observation", "It has no code and no name.")]


@pytest.mark.parametrize(
    ("when", "used"),
    [
        ("2026-11-22T23:30:00-05:00", True),
        ("2026-11-22T23:59:59.999Z", True),
        ("2026-11-23T00:30:00+14:00", False),
        ("2026-11-23", False),
    ],
)
def test_the_day_is_that_of_the_writers_calendar(read: Read, when: str, used: bool) -> None:
    intake = read(observation(effectiveDateTime=when))
    assert bool(facts(intake)) == used
    assert bool(reasons(intake)) == (not used)


def test_the_latest_value_on_or_before_the_evaluation_date_counts_in_any_order(
    read: Read,
) -> None:
    dated = [
        observation(id=day, effectiveDateTime=day, valueQuantity=quantity(value))
        for day, value in (("2026-11-01", 70), ("2026-11-22", 66), ("2026-11-23", 90))
    ]
    for order in permutations(dated):
        intake = read(*order)
        assert facts(intake) == {"hr_rest": 66.0}
        assert reasons(intake) == [("hr_rest", "It is dated after the evaluation date.")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-11-01T10:00:00Z", "2026-11-01T11:00:00+01:00"),
        ("2026-11-01", "2026-11-01T10:00:00Z"),
        ("2026-11-01", "2026-11"),
    ],
)
def test_two_values_of_one_time_are_both_reported_and_neither_is_used(
    read: Read, one: str, other: str
) -> None:
    pair = [
        observation(id="a", effectiveDateTime=one),
        observation(id="b", effectiveDateTime=other, valueQuantity=quantity(71)),
        observation(id="c", effectiveDateTime="2026-01-01"),
    ]
    for order in permutations(pair):
        intake = read(*order)
        assert facts(intake) == {}
        assert sorted((i.source, i.reason) for i in intake.rejected) == [
            ("Observation/a", CONTRADICTED),
            ("Observation/b", CONTRADICTED),
        ]


def test_the_same_value_twice_is_no_contradiction(read: Read) -> None:
    assert facts(read(observation(id="a"), observation(id="b"))) == {"hr_rest": 70.0}


def test_the_same_temperature_in_two_units_is_no_contradiction(read: Read) -> None:
    celsius = observation("8310-5", id="a", valueQuantity=quantity(38, "Cel"))
    fahrenheit = observation("8310-5", id="b", valueQuantity=quantity(100.4, "[degF]"))
    assert reasons(read(celsius, fahrenheit)) == []


def test_the_lowest_site_counts_for_bone_density(read: Read) -> None:
    spine = observation("38267-1", id="a", valueQuantity=quantity(-2.8, "{T-score}"))
    femur = observation("38263-0", id="b", valueQuantity=quantity(-1.9, "{T-score}"))
    older = observation(
        "38267-1",
        id="c",
        valueQuantity=quantity(-3.5, "{T-score}"),
        effectiveDateTime="2025-01-01",
    )
    for order in permutations([spine, femur, older]):
        assert facts(read(*order)) == {"dxa_t_score": -2.8}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"valueQuantity": {"value": 70}}, "Its unit is not stated."),
        ({"valueQuantity": quantity(70, comparator="<")}, "It is a bound, not a value."),
        ({"valueQuantity": None}, "It holds no number with a unit."),
        ({"valueQuantity": None, "valueString": "70"}, "It holds no number with a unit."),
        ({"effectiveDateTime": None}, "It has no date, so nobody can tell whether it still holds."),
        ({"focus": [{"reference": "Patient/q"}]}, "It is about something other than the patient."),
    ],
)
def test_a_value_that_cannot_be_read_is_reported_and_not_guessed(
    read: Read, more: dict[str, Any], reason: str
) -> None:
    intake = read(observation(**more))
    assert (facts(intake), reasons(intake)) == ({}, [("hr_rest", reason)])


def test_a_unit_in_words_is_passed_on_for_conversion(read: Read) -> None:
    intake = read(observation(valueQuantity={"value": 70, "unit": "beats/min"}))
    assert [fact.unit for fact in intake.facts if fact.name == "hr_rest"] == ["beats/min"]


def test_a_count_may_come_as_a_whole_number(read: Read) -> None:
    falls = observation("52552-7", valueQuantity=None, valueInteger=2)
    assert facts(read(falls)) == {"falls_12mo": 2.0}


def test_the_exercise_vital_sign_is_read(read: Read) -> None:
    days = observation("89555-7", id="a", valueQuantity=quantity(3, "d/wk"))
    minutes = observation("68516-4", id="b", valueQuantity=quantity(30, "min/d"))
    assert facts(read(days, minutes)) == {"evs_days": 3.0, "evs_minutes": 30.0}


def test_a_period_dates_a_value_by_its_first_day(read: Read) -> None:
    period = {"start": "2026-10-30", "end": "2026-11-02"}
    intake = read(observation(effectiveDateTime=None, effectivePeriod=period))
    assert [fact.at for fact in intake.facts if fact.name == "hr_rest"] == [date(2026, 10, 30)]


@pytest.mark.parametrize(
    ("newer", "reason"),
    [
        (quantity(66, "mg"), "Its unit does not fit. Use one of: /min, /s."),
        (
            quantity(6600),
            "This lies outside what is plausible, 20 to 250 /min. Check the value and its unit.",
        ),
        ({"value": 66}, "Its unit is not stated."),
    ],
)
def test_the_latest_valid_value_wins_and_a_later_one_that_is_none_is_said(
    read: Read, newer: dict[str, Any], reason: str
) -> None:
    later = observation(id="late", effectiveDateTime="2026-11-20", valueQuantity=newer)
    intake = read(observation(), later)
    assert (facts(intake), reasons(intake)) == ({"hr_rest": 70.0}, [("hr_rest", reason)])


def test_a_value_that_would_be_plausible_in_another_unit_is_refused_with_that_hint(
    read: Read,
) -> None:
    """A weight of 180 pounds written as kilograms is one of 180 kg; one of 800 pounds is not."""
    intake = read(observation("8302-2", valueQuantity=quantity(70, "cm")))
    assert [reason.partition(": ")[0] for _, reason in reasons(intake)] == [
        "This lies outside what is plausible, 90 to 250 cm. It would be plausible in [in_i]"
    ]


def test_an_interpretation_alone_is_no_value(read: Read) -> None:
    high = observation(valueQuantity=None, interpretation=[coded(None, "H")])
    intake = read(high)
    assert (facts(intake), reasons(intake)) == (
        {},
        [("hr_rest", "It holds an interpretation and no value.")],
    )


def test_the_members_of_a_panel_are_read_wherever_they_stand(read: Read) -> None:
    inside = observation("68516-4", id="in", valueQuantity=quantity(30, "min/d"))
    beside = observation("89555-7", id="out", valueQuantity=quantity(3, "d/wk"))
    panel = observation(
        "89574-8",
        id="panel",
        valueQuantity=None,
        hasMember=[{"reference": "#in"}, {"reference": "Observation/out"}],
        contained=[inside],
    )
    intake = read(panel, beside)
    assert facts(intake) == {"evs_days": 3.0, "evs_minutes": 30.0}
    assert (reasons(intake), intake.unmapped) == ([], ())
    assert "Observation/panel" in {fact.source for fact in intake.facts}


@pytest.mark.parametrize("member", [{"reference": "Observation/none"}, {"display": "x"}])
def test_a_member_that_was_not_sent_is_said(read: Read, member: dict[str, str]) -> None:
    panel = observation("89574-8", valueQuantity=None, hasMember=[member])
    assert reasons(read(panel)) == [("Observation", "A member of this panel is not in the Bundle.")]


@pytest.mark.parametrize(
    "more", [{"modifierExtension": [{"url": "urn:x"}]}, {"implicitRules": "urn:rules"}]
)
def test_an_observation_that_is_modified_is_not_used(read: Read, more: dict[str, Any]) -> None:
    intake = read(observation(**more))
    assert [name for name, _ in reasons(intake)] == ["hr_rest"]


@pytest.mark.parametrize("unit", ["/wk", "d", "1", "wk"])
def test_days_a_week_in_any_other_unit_are_refused(read: Read, unit: str) -> None:
    intake = read(observation("89555-7", valueQuantity=quantity(3, unit)))
    assert (facts(intake), [name for name, _ in reasons(intake)]) == ({}, ["evs_days"])


def test_stored_minutes_a_week_are_read(read: Read) -> None:
    week = observation("82290-8", valueQuantity=quantity(90, "min/wk"))
    assert facts(read(week)) == {"evs_minutes_week": 90.0}


def test_a_code_that_carries_no_fact_is_unmapped(read: Read) -> None:
    intake = read(observation("2093-3", valueQuantity=quantity(190, "mg/dL")))
    assert [(item.system, item.code) for item in intake.unmapped] == [(LOINC, "2093-3")]


def test_loinc_may_be_named_by_its_oid(read: Read) -> None:
    code = coded("urn:oid:2.16.840.1.113883.6.1", "8867-4")
    assert facts(read(observation(code=code))) == {"hr_rest": 70.0}


def test_a_period_that_ends_before_it_starts_is_refused(read: Read) -> None:
    period = {"start": "2026-11-02", "end": "2026-10-30"}
    with pytest.raises(IntakeError, match="The period ends before it starts"):
        read(observation(effectiveDateTime=None, effectivePeriod=period))


def test_of_two_values_the_one_in_a_unit_of_the_table_counts(read: Read) -> None:
    one = observation("33914-3", id="a", valueQuantity=quantity(80, "mL/min/{1.73_m2}"))
    other = observation("33914-3", id="b", valueQuantity=quantity(37, "mL/min"))
    intake = read(one, other)
    assert facts(intake) == {"egfr": 80.0}
    assert reasons(intake) == [("egfr", "Its unit does not fit. Use one of: mL/min/{1.73_m2}.")]


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("on_insulin", {"valueBoolean": True}, {"on_insulin": True}),
        ("on_insulin", {"valueBoolean": False}, {"on_insulin": False}),
        ("on_insulin", {"valueString": "yes"}, {}),
        ("on_insulin", {}, {}),
        ("sex", {"valueCodeableConcept": coded(None, "female")}, {"sex": "female"}),
        ("sex", {"valueCodeableConcept": {"text": "Female"}}, {"sex": "female"}),
        ("sex", {"valueString": "female"}, {"sex": "female"}),
        ("sex", {"valueCodeableConcept": {"text": "lady"}}, {}),
        ("sex", {"valueCodeableConcept": coded(None, "female", "male")}, {}),
    ],
)
def test_flags_and_codes_take_only_answers_that_they_know(
    vocabulary: Vocabulary,
    terminology: Terminology,
    name: str,
    answer: dict[str, Any],
    expected: dict[str, object],
) -> None:
    """No flag or code has a published question code yet, so one is invented here."""
    asked = replace(vocabulary[name], codes=(Coding(LOINC, "0-0", "asked"),))
    item = observation("0-0", valueQuantity=None, **answer)
    intake = read_bundle(
        bundle(patient(), item),
        evaluation_date=TODAY,
        vocabulary=vocabulary.with_facts([asked]),
        terminology=terminology,
    )
    assert facts(intake) == expected
    assert [r.name for r in intake.rejected] == ([] if expected else [name])
