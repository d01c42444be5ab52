"""Whether high-intensity intervals fit: decided by the rules as shipped."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from cds.decide import decide
from cds.knowledge.contradictions_file import load_contradictions
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.model.answer import Decision
from cds.schemas.decision_request import read_decision_request
from cds.schemas.request_terms import RequestTerms, terms_of
from cds.service import Service

TODAY = date(2026, 11, 22)
SYMPTOMS = (
    *("sx_ischemic_pain", "sx_dyspnea", "sx_dizzy_syncope", "sx_orthopnea_pnd"),
    *("sx_ankle_edema", "sx_palpitations", "sx_claudication", "sx_murmur", "sx_unusual_fatigue"),
)
HEALTHY: Mapping[str, Any] = {
    **{"age": 40, "sex": "female", "sbp_rest": 118, "dbp_rest": 76, "hr_rest": 60},
    **{"regular_exercise": True, "desired_intensity": "vigorous"},
    **{"acute_illness": False, "feels_unwell": False, "acute_or_postoperative": False},
    **{"pain_undiagnosed": False, "manual_assessment_needed": False},
    **dict.fromkeys(SYMPTOMS, False),
}


@pytest.fixture(scope="module")
def terms(service: Service) -> RequestTerms:
    vocabulary = service.knowledge.vocabulary
    return terms_of(service.knowledge, load_contradictions(ROOT, vocabulary, Problems()))


def ask(service: Service, terms: RequestTerms, facts: Mapping[str, Any], **lists: Any) -> Decision:
    body = {
        "facts": {name: value for name, value in facts.items() if value is not None},
        "conditions": [],
        "conditions_reviewed": True,
        "medications": [],
        "medications_reviewed": True,
        **lists,
    }
    return decide(service, read_decision_request(body, terms, TODAY).intake, TODAY)


def unmet(decision: Decision) -> set[str]:
    return {note.rule for note in decision.hiit.unmet}


def test_a_healthy_trained_person_may_without_any_blood_count(
    service: Service, terms: RequestTerms
) -> None:
    decision = ask(service, terms, HEALTHY)
    assert decision.hiit.eligible == "yes"
    assert decision.hiit.protocol is not None
    assert decision.missing == ()


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"regular_exercise": False}, "hiit.prerequisites.regular-exercise"),
        ({"sx_dyspnea": True}, "hiit.prerequisites.no-symptoms"),
        ({"sbp_rest": 160}, "hiit.prerequisites.blood-pressure"),
        ({"moderate_base_weeks": 3}, "hiit.prerequisites.moderate-base"),
        ({"platelets": 40}, "hiit.other_exclusions.blood"),
        ({"post_exertional_malaise": "mild"}, "hiit.other_exclusions.post-exertional"),
        ({"feels_unwell": True}, "hiit.other_exclusions.illness"),
    ],
)
def test_one_barrier_is_enough_and_says_what_would_change_it(
    facts: Mapping[str, Any], rule: str, service: Service, terms: RequestTerms
) -> None:
    decision = ask(service, terms, {**HEALTHY, **facts})
    assert decision.hiit.eligible == "no"
    remedies = {note.rule: note.remedy for note in decision.hiit.unmet}
    assert remedies.get(rule)


@pytest.mark.parametrize(
    ("condition", "facts", "rule"),
    [
        ("type_2_diabetes", {"glucose": 14.43}, "hiit.other_exclusions.glucose"),
        ("chronic_fatigue", {}, "hiit.other_exclusions.post-exertional"),
        ("marfan_eds", {}, "hiit.heart_exclusions.aorta"),
        ("heart_failure", {}, "cardiac.heart_failure.intervals-specialist"),
    ],
)
def test_a_condition_excludes_intervals(
    condition: str, facts: Mapping[str, Any], rule: str, service: Service, terms: RequestTerms
) -> None:
    decision = ask(service, terms, {**HEALTHY, **facts}, conditions=[condition])
    assert decision.hiit.eligible == "no"
    assert rule in unmet(decision)


@pytest.mark.parametrize(
    ("unsaid", "rule"),
    [
        ("feels_unwell", "hiit.other_exclusions.illness"),
        ("sbp_rest", "hiit.prerequisites.blood-pressure"),
        ("sx_palpitations", "hiit.prerequisites.no-symptoms"),
    ],
)
def test_what_nobody_said_is_not_a_no(
    unsaid: str, rule: str, service: Service, terms: RequestTerms
) -> None:
    decision = ask(service, terms, {**HEALTHY, unsaid: None})
    assert decision.hiit.eligible == "insufficient_data"
    assert rule in unmet(decision)
    assert unsaid in {entry.fact for entry in decision.missing}


@pytest.mark.parametrize("condition", ["anaemia", "thrombocytopenia", "neutropenia"])
def test_a_count_is_asked_only_where_the_condition_is_known(
    condition: str, service: Service, terms: RequestTerms
) -> None:
    decision = ask(service, terms, HEALTHY, conditions=[condition])
    assert "hiit.other_exclusions.blood" in unmet(decision)


@pytest.mark.parametrize("unreviewed", ["conditions_reviewed", "medications_reviewed"])
def test_a_list_that_was_not_reviewed_is_asked_for(
    unreviewed: str, service: Service, terms: RequestTerms
) -> None:
    decision = ask(service, terms, HEALTHY, **{unreviewed: False})
    assert decision.hiit.eligible == "insufficient_data"
    assert unreviewed in {entry.fact for entry in decision.missing}


def test_known_heart_disease_waits_for_clearance_and_a_programme(
    service: Service, terms: RequestTerms
) -> None:
    tested = {"hr_peak_measured": 150, "hr_peak_on_current_drugs": True}
    decision = ask(service, terms, {**HEALTHY, **tested}, conditions=["coronary_artery_disease"])
    assert decision.hiit.eligible == "after_clearance"
    assert unmet(decision) == {
        "hiit.clearance.before-intervals",
        "hiit.clearance.supervised-start",
    }


def test_whoever_may_do_nothing_vigorous_may_not_do_intervals(
    service: Service, terms: RequestTerms
) -> None:
    """A resting rate of 100 leaves light exercise only."""
    decision = ask(service, terms, {**HEALTHY, "hr_rest": 100})
    assert decision.hiit.eligible == "no"
    assert unmet(decision) == {"contraindications.vital_signs.hr-100-to-120"}
