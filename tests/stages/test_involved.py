"""Whom to involve: merged per team, most urgent first, with what was crossed and one owner."""

from dataclasses import replace

import pytest

from cds.model.condition import Truth
from cds.model.effect import Refer, Urgency
from cds.service import Service
from cds.stages.advice import referrals
from cds.stages.outcome import Outcome
from tests.stages.deciding import UNKNOWN, decide_for

SAFETY, ASKED = "contraindications.falls_frailty.history", "referral.falls_and_bone.tests"


def test_each_referral_says_which_threshold_was_crossed_by_which_value(service: Service) -> None:
    """The reader sees the number and its cut without looking for the rule."""
    found = {r.to: r for r in decide_for(service, phq9=12, tsk11=38).referrals}["mental_health"]
    crossed = {(note.fact, note.value, note.threshold) for note in found.crossed}
    assert {("phq9", 12, "10 {score}"), ("tsk11", 38, "36 {score}")} == crossed
    assert (found.urgency, found.within) == ("routine", "4 weeks")


def test_a_shorter_time_frame_wins_among_equally_urgent_reasons(service: Service) -> None:
    """From 15 points the shorter end of two to four weeks."""
    found = {r.to: r for r in decide_for(service, phq9=15).referrals}["mental_health"]
    assert found.within == "2 weeks"


def _made(service: Service, id_: str, *effects: Refer) -> Outcome:
    return Outcome(replace(service.rules.rules[id_], then=effects), Truth.TRUE)


def test_an_urgent_reason_without_a_time_frame_leaves_none(service: Service) -> None:
    """It may be due before the frame that another reason states."""
    urgent = Refer("falls_clinic", Urgency.URGENT, "Now.", None)
    framed = Refer("falls_clinic", Urgency.URGENT, "Soon.", None, "4 weeks")
    later = Refer("falls_clinic", Urgency.ROUTINE, "Later.", None, "1 week")
    both = referrals([_made(service, SAFETY, urgent), _made(service, ASKED, framed)])
    alone = referrals([_made(service, SAFETY, later), _made(service, ASKED, framed)])
    assert [both[0].within, alone[0].within] == [None, "4 weeks"]


def test_what_a_safety_rule_leaves_goes_before_what_a_referral_leaves(service: Service) -> None:
    """At the same urgency the cautious text is the one that is shown."""
    strict = Refer("falls_clinic", Urgency.ROUTINE, "A.", "Seated only.")
    loose = Refer("falls_clinic", Urgency.ROUTINE, "B.", "The plan goes on.")
    found = referrals([_made(service, ASKED, loose), _made(service, SAFETY, strict)])
    assert found[0].meanwhile == "Seated only."


def test_without_a_plan_no_referral_says_that_it_goes_on(service: Service) -> None:
    """Under a hold 'the plan goes on' would be a prescription."""
    held = decide_for(service, phq9=12, temperature=39)
    found = {r.to: r for r in held.referrals}["mental_health"]
    assert held.plan is None
    assert found.meanwhile == "No more than this decision allows today."


@pytest.mark.parametrize(
    ("facts", "owner"),
    [
        ({"phq9": 12, "isi": 15}, "exercise_professional"),
        ({"phq9": 12, "dn4": 4}, "physiotherapy"),
        ({"phq9": 12, "hypo_unaware": True}, "physician"),
    ],
)
def test_several_teams_have_one_owner(
    service: Service, facts: dict[str, float], owner: str
) -> None:
    """The first row of the table whose team is involved; else who leads the exercise."""
    team = decide_for(service, **facts).team
    assert team is not None
    assert (owner, True) == (team.owner, len(team.members) > 1)


def test_one_team_needs_no_owner(service: Service) -> None:
    """There is nobody to coordinate."""
    decision = decide_for(service, phq9=12)
    assert ([r.to for r in decision.referrals], decision.team) == (["mental_health"], None)


@pytest.mark.parametrize(
    ("condition", "fact"),
    [
        ("depression", "phq9"),
        ("anxiety", "gad7"),
        ("low_back_pain", "tsk11"),
        ("type_2_diabetes", "hba1c"),
        ("copd", "mmrc"),
        ("stroke", "adl_difficulty"),
    ],
)
def test_a_questionnaire_is_asked_where_its_answer_matters_most(
    service: Service, condition: str, fact: str
) -> None:
    """Somebody with the condition is asked, somebody without is not; it never blocks."""
    asked = decide_for(service, [condition], **{fact: UNKNOWN}).missing
    others = decide_for(service, **{fact: UNKNOWN}).missing
    assert [m.critical for m in asked if m.fact == fact] == [False]
    assert fact not in {m.fact for m in others}
