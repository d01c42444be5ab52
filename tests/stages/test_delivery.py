"""Where, with whom and how a plan is delivered, seen from whole decisions."""

import pytest
from msgspec.structs import replace

from cds.model.answer import Decision, Delivery
from cds.model.case import Case
from cds.model.decision import Disposition
from cds.model.delivery import Aquatic, SettingVerdict
from cds.service import Service
from cds.stages.aquatic import say_target
from cds.stages.profile_words import kinds
from cds.stages.supervision import LevelInputs, find_askers, supervise
from tests.properties.people import TODAY
from tests.stages.deciding import UNKNOWN, decide_for

HOME = {"setting": "home"}
POOL = {"setting": "aquatic"}


def settings(decision: Decision) -> dict[str, str]:
    return {verdict.setting: verdict.suitable for verdict in decision.delivery.settings}


def place(decision: Decision, setting: str) -> SettingVerdict:
    [found] = [v for v in decision.delivery.settings if v.setting == setting]
    return found


def water(decision: Decision) -> Aquatic:
    assert isinstance(decision.delivery.aquatic, Aquatic)
    return decision.delivery.aquatic


def asked_for(decision: Decision) -> set[str]:
    return {entry.fact for entry in decision.missing}


def test_somebody_well_with_a_ready_home_may_train_anywhere(service: Service) -> None:
    found = decide_for(service)
    assert settings(found) == dict.fromkeys(
        ("home", "telehealth", "hybrid", "clinic", "community"), "yes"
    )
    assert found.delivery.remote_suitable is True
    assert found.delivery.supervision is not None
    assert found.delivery.supervision.level == 0


@pytest.mark.parametrize(
    ("facts", "home", "community"),
    [
        ({"syncope_3mo": True, "fall_or_faint_assessed": False}, "no", "no"),
        ({"teach_back_passed": False}, "no", "yes"),
        ({"teach_back_passed": UNKNOWN}, "insufficient_data", "yes"),
        ({"phone_reachable": False}, "no", "yes"),
        ({"home_space_ready": False}, "yes", "yes"),
    ],
)
def test_what_must_be_true_must_be_known_to_be_true(
    facts: dict[str, object], home: str, community: str, service: Service
) -> None:
    found = settings(decide_for(service, request=HOME, **facts))
    assert (found["home"], found["community"], found["clinic"]) == (home, community, "yes")


@pytest.mark.parametrize(
    ("facts", "home", "hybrid"),
    [
        ({"internet_video": False}, "yes", "yes"),
        ({"internet_video": False, "attended_before": False}, "no", "yes"),
        ({"internet_video": False, "attended_before": UNKNOWN}, "insufficient_data", "yes"),
        (
            {"internet_video": False, "attended_before": False, "clinic_access_barrier": False},
            "no",
            "no",
        ),
    ],
)
def test_two_of_three_soft_items_allow_all_at_a_distance_and_one_a_mix(
    facts: dict[str, object], home: str, hybrid: str, service: Service
) -> None:
    found = settings(decide_for(service, **facts))
    assert (found["home"], found["telehealth"], found["hybrid"]) == (home, home, hybrid)


def test_an_item_not_met_says_why_and_what_remains(service: Service) -> None:
    found = decide_for(service, request=HOME, phone_reachable=False)
    verdict = place(found, "home")
    assert verdict.not_met == ("delivery.home_safety.help-in-reach",)
    assert verdict.remains[-1] == "Suitable as it stands: in the clinic, in the community"
    [asked] = found.requested
    assert asked.verdict == "block"
    assert asked.reasons == verdict.reasons
    assert asked.alternatives == verdict.remains
    assert "delivery.home_safety.help-in-reach" in {e.rule for e in found.explanations}


def test_an_element_that_is_not_met_leaves_the_rest_of_the_plan_at_home(service: Service) -> None:
    found = decide_for(service, request=HOME, home_space_ready=False)
    [limited] = place(found, "home").limited
    assert limited.element == "standing"
    assert limited.movements != ()
    [asked] = found.requested
    assert asked.verdict == "allow_with_limits"
    assert asked.reasons == (
        "Not there, for now: standing exercise. Make the room ready, or the seated plan.",
    )


def test_a_question_is_asked_where_the_setting_is_in_question_only(service: Service) -> None:
    assert "teach_back_passed" in asked_for(
        decide_for(service, request=HOME, teach_back_passed=UNKNOWN)
    )
    elsewhere = decide_for(service, request={"setting": "clinic"}, teach_back_passed=UNKNOWN)
    assert "teach_back_passed" not in asked_for(elsewhere)
    [item] = [i for i in elsewhere.delivery.items if i.state == "unknown"]
    assert [question.fact for question in item.asks] == ["teach_back_passed"]


def test_an_instrument_that_is_lacking_closes_what_it_measures_not_exercise(
    service: Service,
) -> None:
    found = decide_for(service, ("hypertension",), HOME, bp_cuff_at_hand=False)
    assert [e.element for e in place(found, "home").limited] == ["monitoring"]
    assert settings(found)["home"] == "yes"


@pytest.mark.parametrize(
    ("conditions", "level"),
    [((), 0), (("hypertension",), 2), (("obesity",), 2), (("coronary_artery_disease",), 3)],
)
def test_intervals_that_are_asked_for_raise_the_level_with_cardiometabolic_disease(
    conditions: tuple[str, ...], level: int, service: Service
) -> None:
    found = decide_for(service, conditions, {"modalities": ["hiit"]})
    assert found.delivery.supervision_level == level


def test_intervals_that_nobody_asked_for_are_told_with_their_level(service: Service) -> None:
    supervision = decide_for(service, ("hypertension",)).delivery.supervision
    assert supervision is not None
    assert (supervision.level, supervision.with_hiit) == (0, 2)


def test_the_level_is_the_highest_and_names_who_asks_for_it(service: Service) -> None:
    found = decide_for(service, ("copd", "hypertension")).delivery
    assert found.supervision is not None
    assert (found.supervision_level, found.remote_suitable) == (2, False)
    first = found.supervision.asked_by[0]
    assert (first.level, first.by) == (2, ("copd",))
    assert {v.setting for v in found.settings if v.suitable == "yes"} == {"hybrid", "clinic"}


@pytest.mark.parametrize(
    ("value", "needs"), [(False, "no"), (True, "yes"), (UNKNOWN, "insufficient_data")]
)
def test_who_may_lead_follows_from_what_has_to_be_assessed(
    value: object, needs: str, service: Service
) -> None:
    found = decide_for(service, pain_undiagnosed=value)
    assert found.delivery.supervision is not None
    assert found.delivery.supervision.provider.needs_physical_therapist == needs
    assert ("physiotherapy" in {r.to for r in found.referrals}) is (needs == "yes")


@pytest.mark.parametrize(
    ("conditions", "band", "data"),
    [
        ((), "low", "pain"),
        (("knee_osteoarthritis",), "moderate", "an upload every week"),
        (("heart_failure",), "high", "weight every day"),
    ],
)
def test_the_schedule_follows_the_level_and_the_condition(
    conditions: tuple[str, ...], band: str, data: str, service: Service
) -> None:
    schedule = decide_for(service, conditions).delivery.remote_monitoring
    assert schedule is not None
    assert schedule.band == band
    assert data in schedule.data
    assert (schedule.boosters is None) is (band != "low")
    assert "no emergency care" in schedule.not_emergency.text


def test_weak_grip_takes_bottles_away_until_it_is_checked(service: Service) -> None:
    def said(**facts: object) -> str:
        kit = decide_for(service, ("parkinson",), **facts).delivery.equipment
        assert kit is not None
        return " ".join(note.text for note in kit.notes)

    assert "No improvised weights" in said(grip_checked=UNKNOWN)
    assert "Improvised weights such as filled bottles will do." in said(grip_checked=True)


def test_reasons_for_home_come_with_their_evidence_and_limits(service: Service) -> None:
    delivery = decide_for(service).delivery
    assert [b.id for b in delivery.home_benefits] == ["convenience", "familiar", "feedback"]
    assert [b.for_this_person for b in delivery.home_benefits] == [True, False, True]
    assert delivery.home_limits != ()
    afraid = decide_for(service, ("kinesiophobia",)).delivery
    assert [b.for_this_person for b in afraid.home_benefits] == [True, True, True]


def test_where_no_place_but_the_clinic_is_left_nothing_praises_home(service: Service) -> None:
    assert decide_for(service, ("heart_failure",)).delivery.home_benefits == ()


@pytest.mark.parametrize(
    ("facts", "disposition"),
    [
        ({"sx_ischemic_pain": True, "sx_acute": True}, Disposition.EMERGENCY),
        ({"sbp_rest": 210}, Disposition.HOLD_TODAY),
        ({"deceased": True}, Disposition.DO_NOT_EXERCISE),
        ({"age": 15}, Disposition.INSUFFICIENT_DATA),
    ],
)
def test_without_a_prescription_there_is_nothing_to_deliver(
    facts: dict[str, object], disposition: Disposition, service: Service
) -> None:
    found = decide_for(service, request=HOME, **facts)
    bare = Delivery("home", None, None, {}, (), ())
    assert found.disposition is disposition
    for part in ("aquatic", "remote_suitable", "supervision", "settings", "items", "equipment",
                 "remote_monitoring", "home_benefits", "home_limits"):  # fmt: skip
        assert getattr(found.delivery, part) == getattr(bare, part), part


@pytest.mark.parametrize(
    ("facts", "suitable"),
    [
        ({}, "yes"),
        ({"pool_screen_complete": UNKNOWN}, "insufficient_data"),
        ({"pool_screen_complete": False}, "no"),
        ({"open_wound": True}, "no"),
        ({"wound_dressed_waterproof": True}, "conditional"),
        ({"can_swim": UNKNOWN}, "conditional"),
    ],
)
def test_water_is_judged_with_its_checklist(
    facts: dict[str, object], suitable: str, service: Service
) -> None:
    found = decide_for(service, request=POOL, **facts)
    assert water(found).suitable == suitable
    verdicts = {"yes": "allow", "conditional": "allow_with_limits", "no": "block"}
    assert found.requested[0].verdict == verdicts.get(suitable, "insufficient_data")


@pytest.mark.parametrize(
    ("conditions", "low", "high", "preferred"),
    [
        (("multiple_sclerosis",), 27, 32, (27, 29)),
        (("knee_osteoarthritis",), 32, 33, None),
        (("hypertension",), 31, 33, None),
        (("pregnancy",), None, 32, None),
        (("multiple_sclerosis", "fibromyalgia"), 30, 30, None),
        (("multiple_sclerosis", "rheumatoid_arthritis"), 27, 32, (27, 29)),
        (("multiple_sclerosis", "knee_osteoarthritis"), 32, 32, None),
    ],
)
def test_temperatures_meet_and_the_coolest_stays_in_conflict(
    conditions: tuple[str, ...],
    low: float | None,
    high: float,
    preferred: tuple[float, float] | None,
    service: Service,
) -> None:
    found = water(decide_for(service, conditions)).temperature
    assert found is not None
    assert (found.low, found.high, found.preferred) == (low, high, preferred)


def test_water_that_is_too_warm_is_blocked_with_the_target_and_both_sources(
    service: Service,
) -> None:
    found = decide_for(service, ("multiple_sclerosis",), POOL, water_temperature=34)
    [asked] = found.requested
    assert asked.verdict == "block"
    assert asked.reasons[0] == "The water has 34 degrees; 27 to 32 (better 27 to 29) degrees fit."
    [conflict] = [c for c in found.conflicts if c.attribute == "water temperature"]
    assert [source[:8] for source in conflict.sources] == ["30 to 32", "27 to 29"]


def test_what_a_profile_says_of_water_counts(service: Service) -> None:
    """The two profiles differ: parkinson only guarded, a fresh bypass not at all."""
    assert water(decide_for(service, ("parkinson",))).suitable == "conditional"
    assert water(decide_for(service, ("cabg",))).suitable == "no"


@pytest.mark.parametrize(
    ("degrees", "suitable"), [(26, "no"), (27, "conditional"), (32, "conditional")]
)
def test_both_ends_of_the_temperature_count(
    degrees: float, suitable: str, service: Service
) -> None:
    conditions = ("multiple_sclerosis",)
    found = decide_for(service, conditions, POOL, water_temperature=degrees)
    assert water(found).suitable == suitable


def test_without_a_condition_only_vigorous_effort_asks_for_cool_water(service: Service) -> None:
    assert water(decide_for(service, regular_exercise=False)).temperature is None
    vigorous = water(decide_for(service, desired_intensity="vigorous"))
    assert vigorous.temperature is not None
    assert (vigorous.temperature.low, vigorous.temperature.high) == (26, 29)


@pytest.mark.parametrize(
    ("conditions", "facts", "at_most"),
    [
        ((), {}, "deep"),
        ((), {"can_swim": False}, "chest"),
        (("knee_osteoarthritis",), {}, "chest"),
        (("heart_failure", "knee_osteoarthritis"), {}, "xiphoid"),
        (("osteoporosis", "heart_failure"), {}, "waist"),
    ],
)
def test_the_shallowest_depth_counts(
    conditions: tuple[str, ...], facts: dict[str, object], at_most: str, service: Service
) -> None:
    assert water(decide_for(service, conditions, **facts)).depth.at_most == at_most


def test_water_that_is_too_deep_is_blocked(service: Service) -> None:
    found = decide_for(service, ("knee_osteoarthritis",), POOL, water_depth="neck")
    [asked] = found.requested
    assert asked.verdict == "block"
    assert asked.reasons[0] == "The water reaches the neck; the chest is the deepest that fits."


def test_the_dose_in_water_is_never_above_that_of_the_plan(service: Service) -> None:
    found = decide_for(service, ("heart_failure",))
    dose, effort = water(found).dose, found.intensity.aerobic.rpe_6_20
    assert dose is not None
    assert effort is not None
    assert dose.rpe_6_20[1] <= min(13, effort[1])


def test_a_condition_without_a_dose_is_judged_for_water_without_numbers(service: Service) -> None:
    """Haemophilia has no profile of its own: water is judged, no dose is given."""
    found = decide_for(service, ("haemophilia", "epilepsy"), POOL, seizure_months_ago=24)
    assert found.plan is None
    assert (water(found).suitable, water(found).dose) == ("conditional", None)
    assert found.delivery.settings == ()
    [asked] = found.requested
    assert asked.verdict == "allow_with_limits"
    assert "one-to-one supervision" in asked.reasons[0]


def test_seizures_of_which_nobody_knows_when_keep_out_of_the_pool(service: Service) -> None:
    found = decide_for(service, ("epilepsy",), POOL, seizure_months_ago=UNKNOWN)
    assert found.requested[0].verdict == "block"


def test_a_precaution_for_water_goes_with_care_and_bars_nothing(service: Service) -> None:
    """What is only to be minded is among the reasons; that this water is too warm bars it."""
    facts = {"sex": "female", "pregnant": True, "gestation_weeks": 20, "water_temperature": 33}
    found = decide_for(service, request=POOL, **facts)
    cautions = [
        finding
        for finding in found.contraindications
        if (finding.scope.type, finding.scope.code, finding.kind)
        == ("setting", "aquatic", "precaution")
    ]
    assert cautions != []
    assert {finding.message for finding in cautions} <= {r.message for r in water(found).reasons}
    assert "32" in " ".join(reason.message for reason in water(found).reasons)


def test_a_temperature_without_a_better_part_is_said_alone(service: Service) -> None:
    messages = service.knowledge.messages
    sclerosis = water(decide_for(service, ["multiple_sclerosis"], POOL)).temperature
    assert sclerosis is not None
    with_better = say_target(sclerosis, messages)
    alone = say_target(replace(sclerosis, preferred=None), messages)
    assert with_better.startswith(alone[:-1])
    assert with_better != alone


def test_without_anybody_asking_for_supervision_there_is_no_level(service: Service) -> None:
    inputs = LevelInputs(Case(TODAY), None, (), None, intervals=False)
    table = service.knowledge.delivery.supervision
    assert find_askers(inputs, service.knowledge.profiles, table) == ()
    assert supervise(inputs, (), table, service.knowledge.messages) is None


def test_nothing_is_said_of_water_that_no_profile_says(service: Service) -> None:
    profile = service.knowledge.profiles.profiles["knee_oa"]
    told = {advice.kind for advice in kinds((profile,))}
    assert told == {"hiit", "aquatic", "mind_body"}
    assert {a.kind for a in kinds((replace(profile, hiit=None),))} == {"aquatic", "mind_body"}


def test_who_is_involved_under_a_hold_is_explained_and_told_no_activity(service: Service) -> None:
    facts = {"manual_assessment_needed": True, "wound_drain": True}
    found = decide_for(service, **facts)
    assert (found.disposition, found.plan) == (Disposition.HOLD_TODAY, None)
    (called,) = (r for r in found.referrals if r.to == "physiotherapy")
    explained = {e.rule for e in found.explanations}
    assert "delivery.provider.physical-therapist" in explained & set(called.because)
    assert "plan leaves" not in (called.meanwhile or "")
