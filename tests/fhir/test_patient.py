"""Age, sex and death of the Bundle's patient."""

from datetime import date

import pytest

from cds.model.intake import Intake
from tests.fhir.conftest import Read
from tests.fhir.records import patient


def facts(intake: Intake) -> dict[str, object]:
    return {fact.name: fact.value for fact in intake.facts}


@pytest.mark.parametrize(
    ("today", "age"), [(date(2026, 5, 19), 64), (date(2026, 5, 20), 65), (date(2026, 5, 21), 65)]
)
def test_age_is_completed_years_on_the_evaluation_date(read: Read, today: date, age: int) -> None:
    assert facts(read(today=today)) == {"age": age}


@pytest.mark.parametrize(("birth", "age"), [("1961-02", 65), ("1961-12", 64)])
def test_a_birth_month_tells_the_age_when_the_birthday_is_clear(
    read: Read, birth: str, age: int
) -> None:
    assert facts(read(person=patient(birthDate=birth))) == {"age": age}


@pytest.mark.parametrize("birth", ["1961", "1961-11"])
def test_an_age_that_the_birth_date_leaves_open_is_not_guessed(read: Read, birth: str) -> None:
    intake = read(person=patient(birthDate=birth))
    assert facts(intake) == {}
    assert [item.name for item in intake.rejected] == ["age"]


def test_a_birth_after_the_evaluation_date_gives_no_age(read: Read) -> None:
    intake = read(person=patient(birthDate="2027-01-01"))
    assert [(i.name, i.reason) for i in intake.rejected] == [
        ("age", "It is dated after the evaluation date.")
    ]


@pytest.mark.parametrize(
    ("gender", "sex"), [("female", "female"), ("male", "male"), ("other", "other")]
)
def test_gender_gives_the_sex(read: Read, gender: str, sex: str) -> None:
    assert facts(read(person=patient(gender=gender)))["sex"] == sex


@pytest.mark.parametrize("more", [{}, {"gender": "unknown"}])
def test_an_unknown_gender_leaves_the_sex_unknown(read: Read, more: dict[str, str]) -> None:
    assert "sex" not in facts(read(person=patient(**more)))


@pytest.mark.parametrize(
    ("stated", "dead"),
    [
        ({"deceasedBoolean": True}, True),
        ({"deceasedBoolean": False}, False),
        ({"deceasedDateTime": "2026-11-22T23:00:00Z"}, True),
        ({"deceasedDateTime": "2026-11-23"}, False),
        ({"deceasedDateTime": "2026"}, True),
        ({}, None),
    ],
)
def test_death_counts_from_its_day_and_is_unknown_when_unstated(
    read: Read, stated: dict[str, object], dead: bool | None
) -> None:
    assert facts(read(person=patient(**stated))).get("deceased") is dead


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"active": False}, True),
        ({"link": [{"other": {"reference": "Patient/q"}, "type": "replaced-by"}]}, True),
        ({"link": [{"other": {"reference": "Patient/q"}, "type": "seealso"}]}, False),
        ({"active": True}, False),
    ],
)
def test_a_record_that_is_not_in_use_is_said(
    read: Read, more: dict[str, object], said: bool
) -> None:
    assert ("Patient" in {item.name for item in read(person=patient(**more)).rejected}) == said


def test_the_intake_names_its_subject_and_takes_no_list_as_reviewed(read: Read) -> None:
    intake = read()
    assert (intake.subject_id, intake.conditions_reviewed, intake.medications_reviewed) == (
        "p",
        False,
        False,
    )


def test_the_caller_may_say_that_the_lists_were_reviewed(read: Read) -> None:
    intake = read(conditions_reviewed=True, medications_reviewed=True)
    assert (intake.conditions_reviewed, intake.medications_reviewed) == (True, True)
