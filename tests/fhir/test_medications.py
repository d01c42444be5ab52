"""MedicationRequest, MedicationStatement and Procedure."""

from datetime import date
from typing import Any

import pytest

from cds.model.intake import Intake, Presence, SubmittedMedication, Unmapped
from tests.fhir.conftest import Read
from tests.fhir.records import RXNORM, SNOMED, coded, medication, procedure

METOPROLOL = coded(RXNORM, "6918")


def classes(intake: Intake) -> list[tuple[str, str]]:
    return sorted((item.id, item.status.value) for item in intake.medications)


def reasons(intake: Intake) -> list[str]:
    return [item.reason for item in intake.rejected]


def test_an_active_order_is_a_current_medication(read: Read) -> None:
    assert read(medication(METOPROLOL)).medications == (
        SubmittedMedication(
            "beta_blocker",
            Presence.PRESENT,
            date(2026, 3, 1),
            "MedicationRequest/m",
            None,
            "/entry/1/resource",
        ),
    )


@pytest.mark.parametrize("status", ["on-hold", "completed", "stopped", "cancelled"])
def test_an_order_that_is_not_active_is_not_current(read: Read, status: str) -> None:
    assert classes(read(medication(METOPROLOL, status=status))) == [("beta_blocker", "resolved")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("METOPROLOL SUCC ER 50 MG TAB", ["beta_blocker"]),
        ("Toprol-XL 25mg", ["beta_blocker"]),
        ("Lopressor\u00ae 50 mg tablet", ["beta_blocker"]),
        ("metoprolol succinate (TOPROL XL) 25 MG 24 hr tablet", ["beta_blocker"]),
        ("bisoprolol 2,5 mg", ["beta_blocker"]),
        ("Lisinopril-HCTZ 20-12.5", ["acei_arb", "thiazide_diuretic"]),
        ("amlodipine/benazepril 5/10", ["acei_arb", "ccb_dhp"]),
        ("Insulin glargine (LANTUS) 100 unit/mL SC pen", ["insulin"]),
        ("Coreg CR 20 mg", ["beta_blocker"]),
        ("sotalol hcl 80mg", ["antiarrhythmic", "beta_blocker"]),
    ],
)
def test_a_name_as_records_write_it_is_known(read: Read, text: str, expected: list[str]) -> None:
    assert [id_ for id_, _ in classes(read(medication({"text": text})))] == expected


def test_an_order_of_unknown_status_counts_as_current(read: Read) -> None:
    assert classes(read(medication(METOPROLOL, status="unknown"))) == [("beta_blocker", "present")]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "entered-in-error"}, "It was entered in error."),
        ({"doNotPerform": True}, "It says that this medication must not be given."),
        ({"intent": "proposal"}, "It is intended or suggested, not taken."),
        ({"status": "draft"}, "It is intended or suggested, not taken."),
        ({"authoredOn": "2026-11-23"}, "It is dated after the evaluation date."),
    ],
)
def test_what_is_not_taken_is_reported_and_not_used(
    read: Read, more: dict[str, Any], reason: str
) -> None:
    intake = read(medication(METOPROLOL, **more))
    assert (intake.medications, reasons(intake)) == ((), [reason])


@pytest.mark.parametrize("intent", ["order", "plan"])
def test_orders_and_reported_medication_count(read: Read, intent: str) -> None:
    assert classes(read(medication(METOPROLOL, intent=intent))) == [("beta_blocker", "present")]


def drug(id_: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Medication", "id": id_, **more}


@pytest.mark.parametrize(
    "reference", ["Medication/x", "https://example.org/fhir/Medication/x/_history/2", "#x"]
)
def test_a_medication_may_be_referenced_or_contained(read: Read, reference: str) -> None:
    target = drug("x", code=METOPROLOL)
    order = medication(None, medicationReference={"reference": reference}, contained=[target])
    entries = [
        {"resource": {"resourceType": "Patient", "id": "p"}},
        {"fullUrl": "https://example.org/fhir/Medication/x", "resource": target},
        {"resource": order},
    ]
    whole = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    assert classes(read(whole=whole)) == [("beta_blocker", "present")]


def test_a_medication_without_code_is_known_by_its_ingredients(read: Read) -> None:
    parts = [{"itemCodeableConcept": METOPROLOL}, {"itemCodeableConcept": coded(RXNORM, "5487")}]
    order = medication(None, medicationReference={"reference": "Medication/x"})
    assert classes(read(order, drug("x", ingredient=parts))) == [
        ("beta_blocker", "present"),
        ("thiazide_diuretic", "present"),
    ]


def test_an_ingredient_that_is_not_read_is_unmapped_beside_the_others(read: Read) -> None:
    parts = [{"itemCodeableConcept": METOPROLOL}, {"itemReference": {"reference": "Substance/s"}}]
    order = medication(None, medicationReference={"reference": "Medication/x"})
    intake = read(order, drug("x", ingredient=parts))
    assert classes(intake) == [("beta_blocker", "present")]
    assert [(item.kind, item.may_matter) for item in intake.unmapped] == [("medication", True)]


def test_an_order_without_any_medication_is_unmapped_and_may_matter(read: Read) -> None:
    assert read(medication(None)).unmapped == (
        Unmapped(
            None, None, "a medicine without code or name", "MedicationRequest/m", "medication"
        ),
    )


@pytest.mark.parametrize(
    ("text", "may_matter", "note"),
    [
        ("Naproxen 500 MG Oral Tablet", False, "Known; no rule of this service reads it."),
        ("metropolol 50 mg", True, "Did you mean 'metoprolol'?"),
        ("Galantamine 4 MG Oral Tablet", True, None),
    ],
)
def test_what_is_unmapped_says_whether_it_may_matter(
    read: Read, text: str, may_matter: bool, note: str | None
) -> None:
    (item,) = read(medication({"text": text})).unmapped
    assert (item.text, item.may_matter, item.note) == (text, may_matter, note)


def test_a_medication_that_the_bundle_does_not_hold_is_unmapped(read: Read) -> None:
    order = medication(None, medicationReference={"reference": "Medication/none"})
    assert read(order).unmapped == (
        Unmapped(
            None,
            None,
            "a medication that the Bundle does not hold",
            "MedicationRequest/m",
            "medication",
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lasix 40mg", ["loop_diuretic"]),
        ("Metoprolol Tartrate 25 MG Oral Tablet", ["beta_blocker"]),
        ("amlodipine 5 MG / hydrochlorothiazide 25 MG", ["ccb_dhp", "thiazide_diuretic"]),
    ],
)
def test_a_medication_by_name_alone_is_known(read: Read, text: str, expected: list[str]) -> None:
    assert [id_ for id_, _ in classes(read(medication({"text": text})))] == expected


def test_a_current_medication_of_no_class_is_unmapped_and_a_past_one_is_left_out(
    read: Read,
) -> None:
    naproxen = coded(RXNORM, "849574", "Naproxen sodium 220 MG Oral Tablet")
    current, past = medication(naproxen), medication(naproxen, status="stopped")
    assert [item.code for item in read(current).unmapped] == ["849574"]
    assert read(past).unmapped == ()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"status": "active"}, [("beta_blocker", "present")]),
        ({"effectivePeriod": {"end": "2026-11-21"}}, [("beta_blocker", "resolved")]),
        ({"effectivePeriod": {"end": "2026-11-22"}}, [("beta_blocker", "present")]),
        ({"status": "not-taken"}, [("beta_blocker", "resolved")]),
        ({"status": "intended"}, []),
        ({"status": "active", "effectiveDateTime": "2027-01-01"}, []),
    ],
)
def test_a_statement_counts_while_it_lasts(
    read: Read, more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    statement = medication(METOPROLOL, resourceType="MedicationStatement", **more)
    del statement["intent"], statement["authoredOn"]
    assert classes(read(statement)) == expected


@pytest.mark.parametrize(
    ("performed", "at"),
    [
        ({"performedDateTime": "2026-08-01"}, date(2026, 8, 1)),
        ({"performedPeriod": {"start": "2026-08-01", "end": "2026-08-02"}}, date(2026, 8, 2)),
        ({"performedDateTime": "2026"}, None),
        ({"performedString": "last summer"}, None),
        ({}, None),
    ],
)
def test_a_procedure_is_dated_when_its_day_is_known(
    read: Read, performed: dict[str, Any], at: date | None
) -> None:
    intake = read(procedure(coded(SNOMED, "609588000"), **performed))
    assert [(p.id, p.at) for p in intake.procedures] == [("knee_replacement", at)]


def test_an_implantation_by_name_is_the_device(read: Read) -> None:
    name = "Implantation of internal cardiac defibrillator (procedure)"
    assert [c.id for c in read(procedure(coded(SNOMED, "1", name))).conditions] == ["icd"]


def test_a_bypass_is_coronary_disease_and_revascularisation(read: Read) -> None:
    intake = read(procedure({"text": "Coronary artery bypass graft"}))
    assert sorted(c.id for c in intake.conditions) == [
        "coronary_artery_disease",
        "coronary_revascularisation",
    ]


@pytest.mark.parametrize("status", ["unknown", None])
def test_a_procedure_of_unknown_status_counts(read: Read, status: str | None) -> None:
    intake = read(procedure(coded(SNOMED, "609588000"), status=status))
    assert [item.id for item in intake.procedures] == ["knee_replacement"]


@pytest.mark.parametrize("status", ["not-done", "preparation", "entered-in-error", "stopped"])
def test_a_procedure_that_was_not_completed_is_not_used(read: Read, status: str) -> None:
    intake = read(procedure(coded(SNOMED, "609588000"), status=status))
    assert (intake.procedures, reasons(intake)) == ((), ["It is not recorded as completed."])


def test_a_procedure_of_the_future_is_not_used(read: Read) -> None:
    intake = read(procedure(coded(SNOMED, "609588000"), performedDateTime="2026-11-23"))
    assert (intake.procedures, reasons(intake)) == ((), ["It is dated after the evaluation date."])


def test_a_procedure_that_no_value_set_holds_is_unmapped(read: Read) -> None:
    intake = read(procedure(coded(SNOMED, "73761001", "Colonoscopy")))
    assert intake.unmapped == (
        Unmapped(SNOMED, "73761001", "Colonoscopy", "Procedure/r", "procedure"),
    )
