"""Condition and Device."""

from datetime import date
from typing import Any

import pytest

from cds.model.intake import Intake, Presence, SubmittedCondition, Unmapped
from tests.fhir.conftest import Read
from tests.fhir.records import ICD10CM, SNOMED, SUBJECT, coded, condition

OSTEOPOROSIS = coded(SNOMED, "64859006")
ASTHMA = coded(SNOMED, "195967001")


def listed(intake: Intake) -> list[tuple[str, str]]:
    return sorted((item.id, item.status.value) for item in intake.conditions)


def reasons(intake: Intake) -> list[tuple[str, str]]:
    return [(item.name, item.reason) for item in intake.rejected]


def test_an_active_condition_is_present_with_onset_and_source(read: Read) -> None:
    intake = read(condition(ASTHMA, onsetDateTime="2020-02-03T08:00:00+01:00"))
    assert intake.conditions == (
        SubmittedCondition(
            "asthma",
            Presence.PRESENT,
            date(2020, 2, 3),
            "Condition/c",
            None,
            "/entry/1/resource/code",
        ),
    )


@pytest.mark.parametrize("clinical", ["active", "recurrence", "relapse", None, "strange"])
def test_whatever_is_not_over_is_present(read: Read, clinical: str | None) -> None:
    assert listed(read(condition(ASTHMA, clinical))) == [("asthma", "present")]


@pytest.mark.parametrize("clinical", ["inactive", "resolved"])
def test_what_is_over_is_recorded_as_resolved(read: Read, clinical: str) -> None:
    assert listed(read(condition(ASTHMA, clinical))) == [("asthma", "resolved")]


def test_what_is_in_remission_may_return_and_is_not_over(read: Read) -> None:
    """Without symptoms at present: a joint, a nerve or a vessel is not sound for it."""
    conditions = read(condition(ASTHMA, "remission")).conditions
    assert [(c.status, c.note) for c in conditions] == [
        (Presence.PRESENT, "in remission, which is not over; taken as present")
    ]
    ended = condition(ASTHMA, "remission", abatementDateTime="2020-01-01")
    assert listed(read(ended)) == [("asthma", "resolved")]


@pytest.mark.parametrize(
    ("abatement", "status"),
    [
        ({"abatementDateTime": "2026-11-22"}, "resolved"),
        ({"abatementDateTime": "2026-11-23"}, "present"),
        ({"abatementPeriod": {"end": "2026-01-01"}}, "resolved"),
    ],
)
def test_an_abatement_counts_once_its_day_has_come(
    read: Read, abatement: dict[str, Any], status: str
) -> None:
    assert listed(read(condition(ASTHMA, None, **abatement))) == [("asthma", status)]


@pytest.mark.parametrize(
    "abatement",
    [
        {"abatementAge": {"value": 60, "unit": "a"}},
        {"abatementRange": {"low": {"value": 60}}},
        {"abatementString": "in spring"},
        {"abatementBoolean": True},
        {"abatementDateTime": "2026-01-01"},
    ],
)
def test_an_end_counts_unless_the_record_calls_it_active_as_well(
    read: Read, abatement: dict[str, Any]
) -> None:
    assert listed(read(condition(ASTHMA, None, **abatement))) == [("asthma", "resolved")]
    both = read(condition(ASTHMA, "active", **abatement)).conditions
    assert [(c.status, c.note) for c in both] == [
        (Presence.PRESENT, "it is called active and ended; taken as present")
    ]


def test_an_unread_condition_says_whether_it_is_over_and_one_that_goes_on_is_shown_first(
    read: Read,
) -> None:
    unknown = {"text": "Xyzitis"}
    over = condition(unknown, "resolved", id="over")
    current = condition(unknown, id="current")
    assert [u.past for u in read(over).unmapped] == [True]
    for order in ((over, current), (current, over)):
        assert [(u.source, u.past) for u in read(*order).unmapped] == [("Condition/current", False)]


def test_a_finding_that_no_rule_reads_is_known_and_said(read: Read) -> None:
    intake = read(condition(coded(SNOMED, "160903007", "Full-time employment (finding)")))
    assert [(u.may_matter, u.note) for u in intake.unmapped] == [
        (False, "social; no rule reads it")
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"text": "Family history of osteoporosis"}, []),
        (coded(ICD10CM, "Z82.62", "Family history of osteoporosis"), []),
        (coded(ICD10CM, "Z82.49"), []),
        (coded(ICD10CM, "Z86.73"), ["stroke"]),
        (coded(ICD10CM, "Z85.3"), ["cancer"]),
        (coded(ICD10CM, "Z86.74"), ["cardiac_arrest", "ventricular_arrhythmia"]),
        (coded(ICD10CM, "Z87.310"), ["history_fragility_fracture"]),
    ],
)
def test_codes_of_history_are_the_patients_own_and_those_of_the_family_are_not(
    read: Read, code: dict[str, Any], expected: list[str]
) -> None:
    found = {c.id for c in read(condition(code)).conditions}
    assert found >= set(expected)
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    "code",
    [
        coded(ICD10CM, "Z80.3"),
        coded(ICD10CM, "Z8249", "FH ischemic heart disease"),
        coded("http://hl7.org/fhir/sid/icd-10", "Z82.4"),
        coded("urn:oid:2.16.840.1.113883.6.90", "z83.3"),
        coded(SNOMED, "266897007", "Family history: Myocardial infarction (situation)"),
        {"text": "Family history of sudden death"},
        {"text": "FHx CAD"},
    ],
)
def test_a_history_of_the_family_is_said_and_nobody_is_asked_whether_it_matters(
    read: Read, code: dict[str, Any]
) -> None:
    intake = read(condition(code))
    assert (intake.conditions, intake.unmapped) == ((), ())
    assert reasons(intake) == [("Condition", "It is about the family, not the patient.")]


@pytest.mark.parametrize("code", [coded(ICD10CM, "Z86.2"), {"text": "Familial dysautonomia"}])
def test_a_history_of_ones_own_is_not_taken_for_the_familys(
    read: Read, code: dict[str, Any]
) -> None:
    assert [item.may_matter for item in read(condition(code)).unmapped] == [True]


def test_a_condition_that_was_resolved_later_was_still_present_on_the_day(read: Read) -> None:
    later = condition(ASTHMA, "resolved", abatementDateTime="2026-12-01")
    assert listed(read(later)) == [("asthma", "present")]


@pytest.mark.parametrize("verification", ["entered-in-error", "refuted"])
def test_what_is_not_so_is_dropped_and_reported(read: Read, verification: str) -> None:
    intake = read(condition(ASTHMA, verificationStatus=coded(None, verification)))
    assert intake.conditions == ()
    assert reasons(intake) == [("condition.asthma", "It was refuted, or entered in error.")]


@pytest.mark.parametrize("verification", ["unconfirmed", "provisional", "differential"])
def test_what_is_not_sure_counts_as_present_with_a_note(read: Read, verification: str) -> None:
    intake = read(condition(ASTHMA, verificationStatus=coded(None, verification)))
    assert [(c.status, c.note) for c in intake.conditions] == [
        (Presence.PRESENT, "not confirmed; taken as present")
    ]


@pytest.mark.parametrize("key", ["onsetDateTime", "recordedDate"])
def test_a_condition_of_the_future_is_not_used(read: Read, key: str) -> None:
    intake = read(condition(ASTHMA, **{key: "2026-11-23"}))
    assert intake.conditions == ()
    assert reasons(intake) == [("condition.asthma", "It is dated after the evaluation date.")]


def test_an_onset_known_to_the_year_gives_no_day(read: Read) -> None:
    assert [c.onset for c in read(condition(ASTHMA, onsetDateTime="2020")).conditions] == [None]


def test_several_codings_are_one_meaning_and_a_strange_one_beside_them_is_not_missed(
    read: Read,
) -> None:
    code = {
        "coding": [
            {"system": "urn:local", "code": "17"},
            {"system": SNOMED, "code": "195967001"},
            {"system": ICD10CM, "code": "J45.20"},
        ]
    }
    intake = read(condition(code))
    assert (listed(intake), intake.unmapped) == ([("asthma", "present")], ())


@pytest.mark.parametrize(
    "code",
    [
        {"text": "Asthma"},
        {"text": "  childhood   ASTHMA "},
        coded("urn:local", "x", "Asthma (disorder)"),
        coded(SNOMED, "233678006", "Childhood asthma"),
    ],
)
def test_a_name_stands_for_a_code_that_is_missing_or_not_known(
    read: Read, code: dict[str, Any]
) -> None:
    assert listed(read(condition(code))) == [("asthma", "present")]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"text": "asthma?"}, Unmapped(None, None, "asthma?", "Condition/c", "condition")),
        (
            coded(SNOMED, "444814009", "Viral sinusitis (disorder)"),
            Unmapped(SNOMED, "444814009", "Viral sinusitis (disorder)", "Condition/c", "condition"),
        ),
    ],
)
def test_what_no_value_set_holds_is_shown_as_unmapped(
    read: Read, code: dict[str, Any], expected: Unmapped
) -> None:
    intake = read(condition(code))
    assert (intake.conditions, intake.unmapped) == ((), (expected,))


def test_the_same_unmapped_code_is_shown_once(read: Read) -> None:
    sinusitis = coded(SNOMED, "444814009")
    assert len(read(condition(sinusitis, id="a"), condition(sinusitis, id="b")).unmapped) == 1


def test_a_condition_without_code_and_name_is_reported(read: Read) -> None:
    assert reasons(read(condition({}))) == [("Condition", "It has no code and no name.")]


@pytest.mark.parametrize("category", [{"text": "Family history"}, coded(None, "family-history")])
def test_the_family_is_not_the_patient(read: Read, category: dict[str, Any]) -> None:
    assert read(condition(ASTHMA, category=[category])).conditions == ()


def test_a_code_for_history_is_resolved_where_the_illness_can_pass(read: Read) -> None:
    eclampsia = condition(coded(SNOMED, "161807003"))
    assert listed(read(eclampsia)) == [("preeclampsia", "resolved")]


def test_a_code_for_history_counts_as_present_where_the_illness_leaves_its_mark(
    read: Read,
) -> None:
    assert listed(read(condition(coded(SNOMED, "275526006")))) == [("stroke", "present")]


def test_an_old_infarction_is_coronary_disease_too(read: Read) -> None:
    assert listed(read(condition(coded(SNOMED, "399211009")))) == [
        ("coronary_artery_disease", "present"),
        ("old_myocardial_infarction", "present"),
    ]


def test_an_infarction_that_is_over_becomes_an_old_one(read: Read) -> None:
    assert listed(read(condition(coded(SNOMED, "22298006"), "resolved"))) == [
        ("coronary_artery_disease", "present"),
        ("myocardial_infarction", "resolved"),
        ("old_myocardial_infarction", "present"),
    ]


def test_osteoporosis_that_a_record_calls_over_still_counts(read: Read) -> None:
    assert listed(read(condition(OSTEOPOROSIS, "resolved"))) == [
        ("osteoporosis", "present"),
        ("osteoporosis", "resolved"),
    ]


@pytest.mark.parametrize("clinical", ["active", "resolved"])
def test_a_vertebral_fracture_is_a_fact_even_when_it_healed(read: Read, clinical: str) -> None:
    intake = read(condition(coded(SNOMED, "42942008"), clinical))
    assert [(f.name, f.value) for f in intake.facts if f.name != "age"] == [
        ("vertebral_fracture", True)
    ]


def test_a_code_of_a_past_operation_is_an_undated_procedure(read: Read) -> None:
    intake = read(condition(coded(ICD10CM, "Z95.1"), onsetDateTime="2026-01-01"))
    assert [(p.id, p.at) for p in intake.procedures] == [("cabg", None)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("active", [("icd", "present")]), ("inactive", []), ("entered-in-error", [])],
)
def test_a_device_in_use_is_a_condition(
    read: Read, status: str, expected: list[tuple[str, str]]
) -> None:
    device = {
        "resourceType": "Device",
        "status": status,
        "patient": SUBJECT,
        "type": {"text": "Implantable defibrillator"},
    }
    assert listed(read(device)) == expected


def test_a_device_is_known_by_the_name_that_it_has(read: Read) -> None:
    name = {"name": "Implantable cardioverter defibrillator", "type": "user-friendly-name"}
    device = {"resourceType": "Device", "id": "d", "patient": SUBJECT, "deviceName": [name]}
    assert listed(read(device)) == [("icd", "present")]
    odd = {**device, "deviceName": [{"name": "Ticker", "type": "other"}]}
    assert [item.text for item in read(odd).unmapped] == ["Ticker"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Implantable defibrillator, device (physical object)", "icd"),
        ("Cardiac pacemaker, device (physical object)", "pacemaker"),
    ],
)
def test_a_kind_of_device_is_known_by_its_full_name(read: Read, text: str, expected: str) -> None:
    device = {"resourceType": "Device", "patient": SUBJECT, "type": coded(SNOMED, "1", text)}
    assert listed(read(device)) == [(expected, "present")]


def test_what_the_patient_carries_and_nobody_read_is_asked_about_as_a_condition(
    read: Read,
) -> None:
    device = {"resourceType": "Device", "id": "d", "patient": SUBJECT, "type": {"text": "Ticker"}}
    assert [(item.kind, item.may_matter) for item in read(device).unmapped] == [("condition", True)]


def test_a_device_without_kind_and_name_is_reported(read: Read) -> None:
    intake = read({"resourceType": "Device", "id": "d", "status": "active", "patient": SUBJECT})
    assert reasons(intake) == [("Device", "It has no code and no name.")]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (coded(ICD10CM, "Z95.810"), ["icd"]),
        (coded(ICD10CM, "Z95810"), ["icd"]),
        (coded(SNOMED, "443325000"), ["icd"]),
        (coded(ICD10CM, "Z95.0"), ["pacemaker"]),
        (coded(ICD10CM, "Z33.1"), ["pregnancy"]),
        (coded(ICD10CM, "Z3A.20"), ["pregnancy"]),
        (coded(SNOMED, "77386006"), ["pregnancy"]),
    ],
)
def test_a_state_that_a_problem_list_holds_is_a_condition(
    read: Read, code: dict[str, Any], expected: list[str]
) -> None:
    assert [id_ for id_, _ in listed(read(condition(code)))] == expected


def test_a_device_that_no_value_set_holds_is_unmapped(read: Read) -> None:
    device = {"resourceType": "Device", "id": "d", "type": {"text": "Walking stick"}}
    assert read(device).unmapped == (Unmapped(None, None, "Walking stick", "Device/d", "device"),)
