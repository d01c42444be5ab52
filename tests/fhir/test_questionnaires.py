"""QuestionnaireResponse: answers by the code of their question, and nothing guessed."""

from typing import Any

import pytest

from cds.model.intake import Intake
from tests.fhir.conftest import Read
from tests.fhir.records import LOINC, SUBJECT, Resource, quantity


def answers(*items: Resource, **more: Any) -> Resource:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "subject": SUBJECT,
        "authored": "2026-11-10T09:00:00Z",
        "item": list(items),
        **more,
    }


def item(link: str, *given: dict[str, Any], **more: Any) -> Resource:
    return {"linkId": link, "answer": list(given), **more}


def facts(intake: Intake) -> dict[str, object]:
    return {fact.name: fact.value for fact in intake.facts if fact.name != "age"}


def reasons(intake: Intake) -> list[tuple[str, str]]:
    return [(r.name, r.reason) for r in intake.rejected]


EVS = (
    item("/89574-8/89555-7", {"valueInteger": 3}),
    item("68516-4", {"valueDecimal": 30}),
    item("/82291-6", {"valueQuantity": quantity(2, "d/wk")}),
)


def test_the_exercise_vital_sign_is_read_from_a_form(read: Read) -> None:
    intake = read(answers(item("group", item=list(EVS))))
    assert facts(intake) == {"evs_days": 3.0, "evs_minutes": 30.0, "evs_strength_days": 2.0}
    assert (reasons(intake), intake.unmapped) == ([], ())
    assert {f.at.isoformat() for f in intake.facts if f.at and f.name != "age"} == {"2026-11-10"}


@pytest.mark.parametrize("inside", [True, False])
def test_a_question_is_known_by_its_code_when_its_form_was_sent(read: Read, inside: bool) -> None:
    form = {
        "resourceType": "Questionnaire",
        "id": "f",
        "url": "https://a.example/f",
        "item": [{"linkId": "1", "code": [{"system": LOINC, "code": "89555-7"}]}],
    }
    asked = item("1", {"valueInteger": 4})
    if inside:
        intake = read(answers(asked, questionnaire="#f", contained=[form]))
    else:
        intake = read(form, answers(asked, questionnaire="https://a.example/f|2.0"))
    assert facts(intake) == {"evs_days": 4.0}


def test_a_bare_number_has_a_unit_only_where_the_question_names_one(read: Read) -> None:
    """Pounds or kilograms, nobody knows; days a week stand in the question."""
    intake = read(answers(item("29463-7", {"valueDecimal": 180})))
    assert (facts(intake), reasons(intake)) == (
        {},
        [("weight", "It holds no number with a unit.")],
    )


def test_days_in_another_unit_are_refused(read: Read) -> None:
    intake = read(answers(item("89555-7", {"valueQuantity": quantity(12, "/mo")})))
    assert reasons(intake) == [("evs_days", "Its unit does not fit. Use one of: d/wk.")]


def test_a_score_is_read_as_a_number(read: Read) -> None:
    assert facts(read(answers(item("44261-6", {"valueInteger": 7})))) == {"phq9": 7.0}


def test_an_unanswered_question_is_unknown_and_a_double_answer_is_refused(read: Read) -> None:
    twice = item("68516-4", {"valueInteger": 20}, {"valueInteger": 40})
    intake = read(answers({"linkId": "89555-7"}, twice))
    assert (facts(intake), reasons(intake)) == (
        {},
        [("evs_minutes", "It holds more than one answer.")],
    )


def test_a_question_that_no_fact_is_known_by_is_shown_without_its_answer(read: Read) -> None:
    intake = read(answers(item("5", {"valueString": "SECRET"}, text="Anything else?")))
    assert [(u.code, u.text, u.kind) for u in intake.unmapped] == [
        ("5", "Anything else?", "questionnaireresponse")
    ]
    assert "SECRET" not in str(intake)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "in-progress"}, "It is not completed."),
        ({"status": "entered-in-error"}, "It is not completed."),
        ({"authored": None}, "It has no date, so nobody can tell whether it still holds."),
        ({"authored": "2027-01-01"}, "It is dated after the evaluation date."),
        (
            {"modifierExtension": [{"url": "urn:x"}]},
            "It carries a modifier that is not known here and may mean the opposite.",
        ),
    ],
)
def test_a_form_that_does_not_hold_is_reported(
    read: Read, more: dict[str, Any], reason: str
) -> None:
    intake = read(answers(*EVS, **more))
    assert (facts(intake), reasons(intake)) == ({}, [("QuestionnaireResponse", reason)])


def test_the_form_and_a_measurement_of_one_day_contradict_each_other_aloud(read: Read) -> None:
    later = answers(item("89555-7", {"valueInteger": 5}), id="later")
    intake = read(answers(*EVS), later)
    assert ("evs_days", "Another value of the same time contradicts it.") in reasons(intake)
    assert "evs_days" not in facts(intake)
