"""The verdict on everything that was asked about: allowed, limited, blocked, or cannot be said."""

from typing import Any

import pytest

from cds.model.answer import Decision
from cds.model.decision import Requested
from cds.service import Service
from tests.stages.deciding import UNKNOWN, decide_for

EVERYTHING = {
    "modalities": ["aquatic", "hiit"],
    "exercises": ["A03", "A21"],
    "intensity": "vigorous",
    "setting": "home",
}
CODES = ("aquatic", "hiit", "A03", "A21", "vigorous", "home")
CONTINUOUS = ("Continuous moderate exercise, built up in minutes before intensity.",)


def verdicts(decision: Decision) -> dict[str, str]:
    return {entry.code: entry.verdict for entry in decision.requested}


def all_are(verdict: str, **others: str) -> dict[str, str]:
    return {**dict.fromkeys(CODES, verdict), **others}


def only(decision: Decision) -> Requested:
    [entry] = decision.requested
    return entry


def test_somebody_well_and_trained_may_do_all_of_it(service: Service) -> None:
    assert verdicts(decide_for(service, request=EVERYTHING)) == all_are("allow")


def test_nothing_asked_gives_no_verdict(service: Service) -> None:
    assert decide_for(service).requested == ()


def test_a_held_session_blocks_all_of_it_and_says_so(service: Service) -> None:
    found = decide_for(service, request=EVERYTHING, sbp_rest=210)
    assert verdicts(found) == all_are("block")
    reasons = {entry.reasons for entry in found.requested if entry.code != "hiit"}
    assert reasons == {("Not now: the decision is no session today.",)}


def test_below_the_age_that_is_covered_nothing_can_be_said(service: Service) -> None:
    found = decide_for(service, request=EVERYTHING, age=15)
    assert verdicts(found) == all_are("insufficient_data")


def test_a_condition_without_a_dose_leaves_no_verdict_but_that_of_its_rules(
    service: Service,
) -> None:
    """In long QT syndrome no profile gives numbers; vigorous intervals are barred all the same."""
    found = decide_for(service, ("long_qt",), EVERYTHING)
    assert verdicts(found) == all_are("insufficient_data", hiit="block")
    reason = service.knowledge.messages["requested.no_dose"]
    assert {entry.reasons for entry in found.requested if entry.code != "hiit"} == {(reason,)}


def test_intervals_that_nothing_bars_wait_for_the_dose_too(service: Service) -> None:
    """After an amputation no profile gives numbers, so not even moderate work is offered."""
    reason = service.knowledge.messages["requested.no_dose"]
    found = decide_for(service, ("amputation",), {"modalities": ["hiit"]})
    assert only(found) == Requested("modality", "hiit", "insufficient_data", (reason,))


def test_without_a_dose_a_movement_that_a_rule_removes_is_still_blocked(service: Service) -> None:
    """Brittle bone and no dose: a loaded bend of the spine is out, each reason is said once."""
    found = decide_for(service, ("long_qt", "osteoporosis"), {"exercises": ["R42", "A03"]})
    bend, walk = found.requested
    assert (bend.verdict, walk.verdict) == ("block", "insufficient_data")
    assert len(bend.reasons) == 1
    assert bend.reasons[0].startswith("No loaded, repeated, rapid or end-range bending")
    assert bend.alternatives == ("S10", "R48", "S11")


def test_an_effort_above_the_highest_category_is_blocked_and_the_category_named(
    service: Service,
) -> None:
    found = decide_for(service, request={"intensity": "vigorous"}, regular_exercise=False)
    assert only(found) == Requested(
        "intensity",
        "vigorous",
        "block",
        ("Above the highest category that is allowed now: moderate.",),
        ("moderate",),
    )


def test_intervals_that_screening_bars_come_with_what_to_do_instead(service: Service) -> None:
    found = decide_for(service, request={"modalities": ["hiit"]}, regular_exercise=False)
    assert (only(found).verdict, only(found).alternatives) == ("block", CONTINUOUS)
    assert "Screening does not leave vigorous exercise open." in only(found).reasons


def test_a_relative_finding_on_a_setting_leaves_it_open(service: Service) -> None:
    found = decide_for(service, request={"setting": "home"}, parq7=True)
    assert only(found) == Requested(
        "setting",
        "home",
        "insufficient_data",
        (
            "Only supervised activity was advised: no unsupervised plan until that advice is "
            "clarified.",
        ),
        (
            "A supervised session in a clinic",
            "Suitable as it stands: by telehealth, in the clinic, in the community",
        ),
    )


@pytest.mark.parametrize(
    "request_", [{"setting": "aquatic"}, {"modalities": ["aquatic"]}, {"modalities": ["swimming"]}]
)
def test_an_open_wound_blocks_the_pool_and_all_that_is_done_in_it(
    request_: dict[str, Any], service: Service
) -> None:
    entry = only(decide_for(service, request=request_, open_wound=True))
    assert (entry.verdict, entry.reasons, entry.alternatives) == (
        "block",
        ("Open wound, drain, ulcer or infection: no pool.",),
        ("The same exercise on land", "A09", "A13"),
    )


def test_every_place_is_a_setting_and_belongs_to_a_modality(service: Service) -> None:
    names, setting = service.knowledge.names, service.knowledge.vocabulary["setting"]
    assert set(names.places) <= set(names.modalities)
    assert set(names.places.values()) <= set(setting.values)


def test_a_kind_of_exercise_that_is_held_is_blocked_and_others_are_limited(
    service: Service,
) -> None:
    asked = {"modalities": ["resistance", "aerobic"]}
    held, other = decide_for(service, request=asked, inr=4.5).requested
    assert (held.code, held.verdict) == ("resistance", "block")
    assert held.reasons
    assert held.alternatives
    assert other == Requested("modality", "aerobic", "allow_with_limits", ())


def test_an_unknown_wish_leaves_all_that_needs_no_wish(service: Service) -> None:
    found = decide_for(service, request={"setting": "home"}, desired_intensity=UNKNOWN)
    assert only(found).verdict == "allow"


def test_a_question_in_everyday_words_is_answered_for_each_movement_it_means(
    service: Service,
) -> None:
    """ "May she row?" with brittle bones: no, and what she may do instead."""
    found = decide_for(service, ("osteoporosis",), {"exercises": ["row", "A15", "A03"]})
    answers = [(entry.code, entry.verdict, entry.asked) for entry in found.requested]
    assert answers == [
        ("A15", "block", "row"),
        ("A16", "block", "row"),
        ("A03", "allow", None),
    ]
    rowing = found.requested[0]
    assert rowing.reasons
    assert rowing.alternatives


def test_water_that_was_asked_for_is_not_judged_while_nothing_is_prescribed(
    service: Service,
) -> None:
    """Under a hold there is no water to judge; the hold itself answers."""
    for asked in ({"modalities": ["aquatic"]}, {"setting": "aquatic"}):
        decision = decide_for(service, request=asked, temperature=39)
        assert decision.plan is None
        assert (only(decision).code, only(decision).verdict) == ("aquatic", "block")


def test_what_is_asked_for_waits_for_the_clearance_that_comes_first(service: Service) -> None:
    """An unhealed fracture that nobody has released: first the surgeon, then the intervals."""
    request = {
        "modalities": ["hiit"],
        "exercises": ["A15", "A19"],
        "intensity": "vigorous",
    }
    found = decide_for(service, (), request, fracture_unhealed=True, surgeon_clearance=UNKNOWN)
    assert found.disposition == "clearance_first"
    told = verdicts(found)
    assert found.hiit.eligible == "after_clearance"
    assert (told["hiit"], told["A19"]) == ("block", "block")
    waiting = [asked for asked in found.requested if asked.verdict != "block"]
    assert {asked.code for asked in waiting} == {"A15", "vigorous"}
    for asked in waiting:
        assert (asked.verdict, asked.reasons[0]) == (
            "allow_with_limits",
            "Only after medical clearance.",
        )


def test_without_a_plan_no_clearance_opens_intervals(service: Service) -> None:
    """A hernia has no dose, so a released fracture alone would not make intervals fit."""
    request = {"modalities": ["hiit"]}
    found = decide_for(
        service, ("hernia",), request, fracture_unhealed=True, surgeon_clearance=UNKNOWN
    )
    assert (found.disposition, found.plan) == ("clearance_first", None)
    assert (found.hiit.eligible, verdicts(found)) == ("no", {"hiit": "block"})
