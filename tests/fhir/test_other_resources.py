"""Allergies, the family, goals, orders, and what nothing here reads: used, or said not to be."""

from typing import Any

import pytest

from tests.fhir.conftest import Read
from tests.fhir.records import SNOMED, SUBJECT, Resource, coded, condition, medication, patient

ACTIVITY = {
    "system": "http://hl7.org/fhir/us/physical-activity/CodeSystem/pa-temporary-codes",
    "code": "PhysicalActivity",
}
ABOUT_ACTIVITY = [{"coding": [ACTIVITY]}]
MODIFIED = {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}


def allergy(name: str = "Chlorine", **more: Any) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "id": "al",
        "patient": SUBJECT,
        "clinicalStatus": coded(None, "active"),
        "code": {"text": name},
        **more,
    }


def goal(**more: Any) -> Resource:
    return {
        "resourceType": "Goal",
        "id": "g",
        "lifecycleStatus": "active",
        "subject": SUBJECT,
        "description": {"text": "Climb the stairs"},
        "expressedBy": SUBJECT,
        **more,
    }


def order(**more: Any) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "id": "s",
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "category": ABOUT_ACTIVITY,
        "code": coded(SNOMED, "229065009", "Exercise therapy"),
        **more,
    }


def test_an_allergy_to_chlorine_is_a_fact(read: Read) -> None:
    facts = {fact.name: (fact.value, fact.source) for fact in read(allergy()).facts}
    assert facts["chlorine_allergy"] == (True, "AllergyIntolerance/al")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            {"verificationStatus": coded(None, "refuted")},
            "It was refuted, or entered in error.",
        ),
        ({"clinicalStatus": coded(None, "resolved")}, "It is recorded as over."),
        ({"recordedDate": "2027-01-01"}, "It is dated after the evaluation date."),
        (MODIFIED, "It carries a modifier that is not known here and may mean the opposite."),
    ],
)
def test_an_allergy_that_does_not_hold_is_reported(
    read: Read, more: dict[str, Any], reason: str
) -> None:
    intake = read(allergy(**more))
    assert [(r.name, r.reason) for r in intake.rejected] == [("chlorine_allergy", reason)]
    assert "chlorine_allergy" not in {fact.name for fact in intake.facts}


def test_an_allergy_that_no_fact_is_about_is_shown(read: Read) -> None:
    """Latex in an elastic band is such a one: the reference has no row for it."""
    intake = read(allergy("Latex"))
    assert [(u.kind, u.text, u.may_matter) for u in intake.unmapped] == [
        ("allergyintolerance", "Latex", True)
    ]


def test_an_allergy_without_a_name_is_reported(read: Read) -> None:
    intake = read(allergy(code={}))
    assert [(r.name, r.reason) for r in intake.rejected] == [
        ("AllergyIntolerance", "It has no code and no name.")
    ]


def test_the_family_has_it_and_not_the_patient(read: Read) -> None:
    history = {
        "resourceType": "FamilyMemberHistory",
        "id": "f",
        "status": "completed",
        "patient": SUBJECT,
        "condition": [{"code": coded(SNOMED, "22298006")}],
    }
    intake = read(history)
    assert intake.conditions == ()
    assert [(r.name, r.reason) for r in intake.rejected] == [
        ("condition.myocardial_infarction", "It is about the family, not the patient.")
    ]


@pytest.mark.parametrize(
    "more", [{}, {"expressedBy": {"reference": "Practitioner/1"}, "category": ABOUT_ACTIVITY}]
)
def test_a_goal_of_the_persons_own_or_about_activity_is_a_goal(
    read: Read, more: dict[str, Any]
) -> None:
    intake = read(goal(**more), goal(id="again", **more))
    assert intake.preferences == {"goals": ["Climb the stairs"]}


def test_a_goal_of_the_clinic_is_shown_and_not_taken_for_the_persons(read: Read) -> None:
    intake = read(goal(expressedBy=None))
    assert (intake.preferences, [(u.text, u.may_matter) for u in intake.unmapped]) == (
        {},
        [("Climb the stairs", False)],
    )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"lifecycleStatus": "completed"}, "It is not pursued now."),
        ({"lifecycleStatus": "entered-in-error"}, "It is not pursued now."),
        ({"startDate": "2027-01-01"}, "It is dated after the evaluation date."),
        ({"description": {}}, "It has no code and no name."),
        (MODIFIED, "It carries a modifier that is not known here and may mean the opposite."),
    ],
)
def test_a_goal_that_is_not_pursued_is_reported(
    read: Read, more: dict[str, Any], reason: str
) -> None:
    intake = read(goal(**more))
    assert (intake.preferences, [r.reason for r in intake.rejected]) == ({}, [reason])


def test_a_goal_is_no_longer_than_a_request_allows(read: Read) -> None:
    long = goal(description={"text": "a" * 600})
    assert read(long).preferences == {"goals": ["a" * 500]}


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (order(), "Exercise therapy"),
        (order(resourceType="CarePlan", code=None, title="Walk more"), "Walk more"),
        (order(code=None), "ServiceRequest"),
    ],
)
def test_an_order_for_exercise_that_stands_is_said(read: Read, made: Resource, text: str) -> None:
    intake = read(made)
    assert [(u.text, u.may_matter) for u in intake.unmapped] == [(text, True)]
    assert [u.note for u in intake.unmapped] == [
        "Exercise is ordered or planned already. Agree with whoever did it."
    ]


def test_an_order_that_is_not_in_force_is_reported(read: Read) -> None:
    intake = read(order(status="revoked"))
    assert [r.reason for r in intake.rejected] == ["It is not in force."]


def test_types_that_nothing_reads_are_said_once_each_with_their_number(read: Read) -> None:
    reports = [{"resourceType": "DiagnosticReport", "id": str(n)} for n in range(3)]
    intake = read(*reports, order(category=[]))
    assert [(u.kind, u.text, u.note) for u in intake.unmapped] == [
        (
            "resource",
            "DiagnosticReport",
            "Resources of this type are not read here; the Bundle holds 3.",
        ),
        (
            "resource",
            "ServiceRequest",
            "Resources of this type are not read here; the Bundle holds 1.",
        ),
    ]


def test_types_that_say_nothing_about_health_are_passed_over(read: Read) -> None:
    passed = ("Encounter", "Immunization", "Claim", "Organization", "Practitioner")
    assert read(*({"resourceType": kind} for kind in passed)).unmapped == ()


def test_a_modifier_that_is_not_known_never_takes_a_condition_or_a_medicine_away(
    read: Read,
) -> None:
    """FHIR lets an extension turn the meaning round; the cautious reading is that it is there."""
    intake = read(
        condition(coded(SNOMED, "195967001"), "resolved", **MODIFIED),
        medication({"text": "metoprolol"}, status="stopped", **MODIFIED),
    )
    note = "it carries a modifier that is not known here; taken as present"
    assert [(c.id, c.status.value, c.note) for c in intake.conditions] == [
        ("asthma", "present", note)
    ]
    assert [(m.id, m.status.value, m.note) for m in intake.medications] == [
        ("beta_blocker", "present", note)
    ]


def test_another_patients_allergy_is_refused_with_its_place(read: Read) -> None:
    intake = read(allergy(patient={"reference": "Patient/q"}))
    assert [r.reason for r in intake.rejected] == [
        "It is about another patient: see /entry/1/resource/patient."
    ]


def test_a_resource_inside_a_panel_is_about_the_same_patient(read: Read) -> None:
    other = {"resourceType": "Observation", "id": "i", "subject": {"reference": "Patient/q"}}
    panel = {
        "resourceType": "Observation",
        "id": "p",
        "subject": SUBJECT,
        "status": "final",
        "hasMember": [{"reference": "#i"}],
        "contained": [other],
    }
    intake = read(panel, person=patient())
    assert [r.reason for r in intake.rejected] == [
        "It is about another patient: see /entry/1/resource/contained/0/subject."
    ]
