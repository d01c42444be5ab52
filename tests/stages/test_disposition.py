"""What must be known before anything is prescribed, whatever else was found."""

from typing import Any

import pytest

from cds.model.decision import Disposition
from cds.service import Service
from tests.stages.deciding import UNKNOWN, decide_for

FOR_CLEARANCE = {"vascular_ehlers_danlos": True}
OPEN: dict[str, dict[str, Any]] = {
    "a child": {"age": 12},
    "a symptom that was not asked for": {"sx_unusual_fatigue": UNKNOWN},
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_open_closes_the_plan_also_beside_a_call_for_clearance(
    service: Service, name: str
) -> None:
    alone = decide_for(service, **OPEN[name])
    beside = decide_for(service, **OPEN[name], **FOR_CLEARANCE)
    assert alone.disposition is Disposition.INSUFFICIENT_DATA
    assert beside.disposition is Disposition.CLEARANCE_FIRST
    assert (alone.plan, beside.plan) == (None, None)
    assert beside.intensity.aerobic.hr_bpm is None


def test_a_call_for_clearance_alone_leaves_the_plan_for_after_it(service: Service) -> None:
    decision = decide_for(service, **FOR_CLEARANCE)
    assert decision.disposition is Disposition.CLEARANCE_FIRST
    assert decision.plan is not None


def test_somebody_without_a_dose_profile_is_told_so_and_referred(service: Service) -> None:
    """A bare "proceed" would point at a plan that does not exist."""
    decision = decide_for(service, ["amputation"])
    assert decision.disposition is Disposition.PROCEED_WITH_LIMITS
    assert decision.plan is None
    assert "no dose is given" in decision.summary
    assert "Limb amputation" in decision.summary
    specialist = next(r for r in decision.referrals if r.to == "specialist")
    assert specialist.meanwhile is not None


def test_without_a_dose_the_worst_finding_stays_in_the_summary(service: Service) -> None:
    decision = decide_for(service, ["als"])
    assert "no dose is given" in decision.summary
    assert decision.contraindications[0].message in decision.summary


def test_a_hold_without_a_dose_names_no_activity_meanwhile(service: Service) -> None:
    decision = decide_for(service, ["amputation"], acute_illness=True)
    assert decision.disposition is Disposition.HOLD_TODAY
    specialist = next(r for r in decision.referrals if r.to == "specialist")
    assert specialist.meanwhile is None


@pytest.mark.parametrize("facts", [{}, {"sx_ischemic_pain": True, "sx_acute": True}])
def test_of_the_dead_nothing_is_asked_and_nothing_arranged(
    service: Service, facts: dict[str, Any]
) -> None:
    """A record may still hold an acute symptom; nobody is called for it any more."""
    decision = decide_for(service, ["heart_failure"], deceased=True, age=UNKNOWN, **facts)
    assert decision.disposition is Disposition.DO_NOT_EXERCISE
    assert "has died" in decision.summary
    assert decision.explanations
    for part in ("contraindications", "referrals", "missing", "assumptions", "conflicts", "goals",
                 "education", "medications"):  # fmt: skip
        assert getattr(decision, part) == (), part
    assert (decision.plan, decision.team, decision.session) == (None, None, None)
