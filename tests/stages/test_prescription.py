"""The plan: phases, totals that add up, exercises, what is avoided and what remains."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cds.errors import KnowledgeError
from cds.knowledge.catalogue import Catalogue
from cds.model.decision import as_json
from cds.model.intensity import AerobicIntensity, Intensity, LimitedBy, ResistanceIntensity
from cds.model.plan import Component, Preferences
from cds.stages.movement_verdict import check_requested
from cds.stages.phase_dose import find_phase
from cds.stages.scene import Narrowed, set_scene
from tests.stages.prescribing import (
    Prescribed,
    build_case,
    catalogue,
    messages,
    prescribe,
    profiles,
)

NAMES = sorted(profiles().profiles)


def component(found: Prescribed, name: str) -> Component:
    return next(c for c in found.plan.components if c.modality == name)


def taken(found: Prescribed) -> list[str]:
    return [e.id for c in found.plan.components for e in c.exercises]


@pytest.mark.parametrize(
    ("regular", "pending", "phase"),
    [
        (True, False, "target"),
        (True, True, "start"),
        (False, False, "start"),
        (None, False, "start"),
    ],
)
def test_only_a_regular_exerciser_without_pending_clearance_starts_at_target(
    regular: bool | None, pending: bool, phase: str
) -> None:
    assert find_phase(build_case(regular_exercise=regular), pending) == phase


def test_a_profile_at_its_first_doses_keeps_everybody_at_the_start() -> None:
    case = build_case(regular_exercise=True)
    assert find_phase(case, clearance_pending=False, first_doses=True) == "start"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(NAMES), max_size=4, unique=True),
    st.sampled_from([None, 25.0, 45.0, 80.0]),
    st.booleans(),
    st.sampled_from([None, "home", "clinic", "telehealth", "aquatic"]),
)
def test_no_plan_holds_what_its_limits_bar(names, age, regular, setting) -> None:
    """Whatever the conditions, no exercise, alternative or step is one that safety removes."""
    case = build_case(tuple(names), age=age, regular_exercise=regular)
    found = prescribe(case, Preferences(setting=setting))
    barred = found.scene.unsafe
    for part in found.plan.components:
        for exercise in part.exercises:
            steps = {exercise.regression, exercise.progression} - {None}
            offered = {exercise.id, *exercise.alternatives, *steps}
            assert not offered & barred
    for avoided in found.plan.avoided:
        assert not set(avoided.instead) & barred
        assert avoided.instead or avoided.message
        assert avoided.by
    assert len(taken(found)) == len(set(taken(found))) <= found.scene.table.at_most
    priorities = [part.priority for part in found.plan.components]
    assert priorities == list(range(1, len(priorities) + 1))


@given(st.lists(st.sampled_from(NAMES), max_size=4, unique=True), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_weekly_totals_add_up(names, regular) -> None:
    found = prescribe(build_case(tuple(names), age=50.0, regular_exercise=regular))
    aerobic, resistance = component(found, "aerobic"), component(found, "resistance")
    assert aerobic.time_min is not None
    assert aerobic.volume.minutes_per_week == (
        aerobic.frequency[0] * aerobic.time_min[0],
        aerobic.frequency[1] * aerobic.time_min[1],
    )
    goal = aerobic.volume.goal_minutes_per_week
    if goal is not None:
        assert goal[1] <= aerobic.volume.minutes_per_week[1]
    sets, count = resistance.volume.sets, [e.modality for e in resistance.exercises]
    assert sets is not None
    loaded = count.count("resistance")
    assert resistance.volume.sets_per_week == (
        resistance.frequency[0] * sets[0] * loaded,
        resistance.frequency[1] * sets[1] * loaded,
    )


def test_the_same_case_gives_the_same_plan() -> None:
    plans = [as_json(prescribe(build_case(("osteoporosis",), age=67.0)).plan) for _ in range(2)]
    assert plans[0] == plans[1]


def test_a_general_adult_starts_with_the_main_patterns() -> None:
    found = prescribe(build_case(age=40.0))
    patterns = {e.pattern for c in found.plan.components for e in c.exercises}
    assert patterns == {"aerobic", "squat", "hinge", "push", "pull", "mobility", "trunk", "calf"}
    aerobic = component(found, "aerobic")
    assert (aerobic.frequency, aerobic.time_min) == ((3, 5), (10, 20))
    assert aerobic.intensity.rpe_6_20 == (10, 12)
    assert aerobic.warm_up_min == aerobic.cool_down_min == (5, 10)
    assert aerobic.exercises[0].dose == "10-20 min, 3-5 d/wk, RPE 10-12"
    assert aerobic.exercises[0].id == "A04"


def test_an_older_adult_trains_balance_first() -> None:
    found = prescribe(build_case(age=72.0, falls_12mo=0.0, feels_unsteady=False))
    assert found.plan.components[0].modality == "balance"
    assert component(found, "balance").exercises[0].id == "B02"


def test_silence_about_falls_keeps_balance_work_easy_and_says_so() -> None:
    found = prescribe(build_case(age=72.0))
    assert component(found, "balance").exercises[0].id == "B01"
    assert [flag.kind for flag in found.plan.flags] == ["unscreened_balance"]


@pytest.mark.parametrize("facts", [{"falls_12mo": 1.0}, {"feels_unsteady": True}])
def test_a_fall_or_unsteadiness_keeps_balance_work_easy_at_any_age(facts) -> None:
    found = prescribe(build_case(age=40.0, **facts))
    assert found.scene.balance_limit == "low"


def test_supervision_in_person_allows_demanding_balance_work() -> None:
    assert prescribe(build_case(("parkinson",), age=70.0)).scene.balance_limit == "high"


def test_osteoporosis_trains_posture_and_impact_and_leaves_out_flexion() -> None:
    found = prescribe(build_case(("osteoporosis",), age=67.0, regular_exercise=True))
    assert {"L01", "S12"} <= set(taken(found))
    assert component(found, "resistance").volume.impacts_per_session == 50
    rowing = next(a for a in found.plan.avoided if a.id == "A15")
    assert rowing.by == ("osteoporosis",)
    assert rowing.tags == ("AV_LOADED_SPINAL_FLEXION",)
    assert rowing.instead
    assert found.plan.disagreements
    assert found.plan.first_dose


def test_a_vertebral_fracture_leaves_no_impact_above_walking() -> None:
    found = prescribe(build_case(("vert_fracture",), age=74.0, regular_exercise=True))
    assert "L01" not in taken(found)
    assert component(found, "resistance").volume.impacts_per_session is None
    assert {c.modality for c in found.plan.components[:2]} == {"balance", "posture"}
    assert found.plan.hiit == "no"


def test_rules_take_movements_away_beside_the_profiles() -> None:
    found = prescribe(build_case(age=40.0), rule_tags={"AV_STERNAL": ("rule.x", "rule.y")})
    push_up = next(a for a in found.plan.avoided if a.id == "R28")
    assert push_up.by == ("rule.x", "rule.y")
    assert "R28" not in taken(found)


def test_a_blocked_region_takes_no_resistance_and_the_rest_stays_light() -> None:
    found = prescribe(build_case(("cabg",), age=60.0))
    resistance = component(found, "resistance")
    assert [limit.value for limit in resistance.blocked_regions] == ["upper_body"]
    assert resistance.intensity.percent_1rm == (0, 50)
    movements = [found.scene.catalogue.get(e.id) for e in resistance.exercises]
    assert {m.region for m in movements} <= {"lower", "trunk"}
    assert "blocked_region" in {flag.kind for flag in found.plan.flags}


def test_what_cannot_be_reached_is_flagged() -> None:
    found = prescribe(build_case(("frailty", "hf"), age=84.0), phase="target")
    kinds = {flag.kind for flag in found.plan.flags}
    assert "volume_gap" in kinds
    flagged = prescribe(build_case(("hf", "depression"), age=71.0), phase="start").plan.flags
    [sub] = [flag for flag in flagged if flag.kind == "sub_therapeutic"]
    assert sub.by == ("depression", "hf")
    assert "40" in sub.message
    assert "30" in sub.message


def test_post_exertional_malaise_has_no_weekly_quota() -> None:
    found = prescribe(build_case(("postcovid_pem",), age=35.0), phase="target")
    assert component(found, "aerobic").volume.goal_minutes_per_week is None
    assert [f.by for f in found.plan.flags if f.kind == "no_quota"] == [("postcovid_pem",)]


def test_what_the_person_likes_comes_first_and_dislikes_last() -> None:
    liked = prescribe(build_case(age=40.0), Preferences(likes=("Cycling",), setting="clinic"))
    assert component(liked, "aerobic").exercises[0].id == "A09"
    assert "likes" in component(liked, "aerobic").exercises[0].reason
    disliked = prescribe(build_case(age=40.0), Preferences(dislikes=("walking",)))
    assert component(disliked, "aerobic").exercises[0].id == "A02"


def test_naming_a_modality_raises_its_priority() -> None:
    plain = prescribe(build_case(("asthma",), age=40.0))
    named = prescribe(build_case(("asthma",), age=40.0), Preferences(likes=("breathing",)))
    assert component(named, "breathing").priority < component(plain, "breathing").priority


def test_the_plan_never_uses_more_days_than_the_person_has() -> None:
    found = prescribe(build_case(age=40.0), Preferences(days=2))
    assert component(found, "aerobic").frequency == (2, 2)
    assert "days" in {flag.kind for flag in found.plan.flags}


def test_every_profile_of_a_plan_names_its_sources() -> None:
    plan = prescribe(build_case(("osteoporosis",), age=67.0), phase="target").plan
    sources = [(e.profile, e.citation, e.mark) for e in plan.evidence]
    assert ("osteoporosis", "brooke-wavell-2022", "V") in sources
    assert ("older_adult", "who-2020", "V") in sources
    assert ("osteoporosis", "service-policy", "K") in sources


def test_a_place_that_is_not_known_counts_as_none() -> None:
    nowhere, elsewhere = (
        prescribe(build_case(age=40.0), Preferences(setting=place)) for place in (None, "barn")
    )
    assert taken(elsewhere) == taken(nowhere)


def test_at_home_only_what_is_there_is_used() -> None:
    bare = prescribe(build_case(age=40.0), Preferences(setting="home"))
    owner = prescribe(build_case(age=40.0), Preferences(setting="home", equipment=("Band",)))
    assert "S07" in taken(bare)
    assert "R32" not in taken(bare)
    assert "R32" in taken(owner)
    assert len(taken(bare)) <= bare.scene.table.at_most_home


def test_the_pool_offers_what_can_be_done_in_water() -> None:
    found = prescribe(build_case(age=40.0), Preferences(setting="aquatic"))
    assert component(found, "aerobic").exercises[0].id == "W01"


def intensity(rpe: tuple[float, float], by: str) -> Intensity:
    return Intensity(
        hr_method="measured",
        aerobic=AerobicIntensity(
            category="moderate",
            hrr_percent=(40, 50),
            hr_bpm=(100, 110),
            hr_ceiling_bpm=120,
            rpe_6_20=rpe,
            mets=(3, 5.9),
        ),
        resistance=ResistanceIntensity((40, 45), (1, 1), (10, 15), "Breathe."),
        limited_by=(LimitedBy("rpe_6_20.high", rpe[1], by),),
    )


def test_the_intensity_stage_narrows_what_the_plan_shows() -> None:
    found = prescribe(build_case(age=40.0), phase="target", intensity=intensity((12, 13), "rule.x"))
    shown = component(found, "aerobic").intensity
    assert (shown.hr_bpm, shown.hr_ceiling_bpm, shown.mets_at_most) == ((100, 110), 120, 5.9)
    assert component(found, "resistance").intensity.percent_1rm == (40, 45)
    [vigorous] = [bar for bar in found.scene.bars["A22"] if bar.kind == "vigorous"]
    assert vigorous.by == ("rule.x",)


@pytest.mark.parametrize(
    ("category", "first"), [("very_light", "A03"), ("light", "A03"), ("moderate", "A05")]
)
def test_no_brisk_walk_is_chosen_for_light_effort(category: str, first: str) -> None:
    """Brisk walking costs 4.3 METs, light effort of 40 years ends at 3.9."""
    told = intensity((9, 11), "rule.x")
    told = replace(told, aerobic=replace(told.aerobic, category=category))
    found = prescribe(build_case(age=40.0), phase="target", intensity=told)
    (walk,) = component(found, "aerobic").exercises
    assert walk.id == first
    said = "usual first step" if first == "A03" else "usual step of the target phase"
    assert said in walk.reason


def test_an_intensity_that_narrows_nothing_leaves_the_profiles_in_charge() -> None:
    found = prescribe(build_case(age=40.0), phase="target", intensity=intensity((12, 17), "rule.x"))
    assert not [bar for bar in found.scene.bars.get("A11", ()) if bar.kind == "vigorous"]


def test_without_its_selection_table_nothing_is_chosen() -> None:
    whole = catalogue()
    bare = Catalogue(whole.movements, whole.tags)
    dose = prescribe(build_case(age=40.0)).dose
    with pytest.raises(KnowledgeError, match="Mend selection"):
        set_scene(build_case(age=40.0), bare, Narrowed(dose, {}), Preferences())


def ask(movement: str, found: Prescribed, mets: float | None = None) -> tuple[str, str]:
    verdict = check_requested(movement, found.case, found.scene, messages(), mets)
    return verdict.verdict, " ".join(verdict.reasons)


def test_an_unremarkable_request_is_allowed_without_reasons() -> None:
    assert ask("A04", prescribe(build_case(age=40.0))) == ("allow", "")


def test_a_wall_sit_in_hypertension_needs_the_blood_pressure_first() -> None:
    """Isometric work is an adjunct at normal values and barred from 160/100 on."""
    unknown = prescribe(build_case(("hypertension",), age=50.0))
    assert ask("S04", unknown)[0] == "insufficient_data"
    for systolic, verdict in ((159.0, "allow_with_limits"), (160.0, "block")):
        case = build_case(("hypertension",), age=50.0, sbp_rest=systolic, dbp_rest=80.0)
        assert ask("S04", prescribe(case))[0] == verdict


def test_hiit_is_blocked_conditional_or_free_as_the_profiles_say() -> None:
    fit = {"age": 40.0, "regular_exercise": True}
    assert ask("I03", prescribe(build_case(("fibromyalgia",), **fit)))[0] == "block"
    verdict, reason = ask("I03", prescribe(build_case(("type_2_diabetes",), **fit)))
    assert (verdict, "only after screening" in reason) == ("allow_with_limits", True)
    assert ask("I03", prescribe(build_case(**fit), Preferences(setting="clinic")))[0] == "allow"


def test_a_request_beyond_practice_is_allowed_with_what_it_needs() -> None:
    found = prescribe(build_case(age=40.0), Preferences(setting="home"))
    verdict, reason = ask("A08", found)
    assert verdict == "allow_with_limits"
    assert "clinic" in reason
    assert "treadmill" in reason
    assert "standing by" in ask("B04", found)[1]


def test_facilitation_is_done_with_somebody_trained_only() -> None:
    """The band of P02 is not enough; a trained partner or the clinic is, as for the others."""
    person = build_case(age=40.0)
    alone = prescribe(person, Preferences(setting="home", equipment=("Band",)))
    assert ask("P02", alone) == ("allow_with_limits", "It needs: therapist or trained partner.")
    assert ask("P01", alone)[1].endswith("It needs: therapist or trained partner.")
    led = Preferences(setting="home", equipment=("Band", "Trained partner"))
    for where in (led, Preferences(setting="clinic")):
        assert ask("P02", prescribe(person, where))[0] == "allow"


def test_a_request_above_the_mets_of_the_plan_is_limited() -> None:
    found = prescribe(build_case(age=40.0), phase="target")
    verdict, reason = ask("A06", found, mets=5.0)
    assert verdict == "allow_with_limits"
    assert "5.3" in reason
    assert "5 METs" in reason


def test_a_blocked_region_blocks_what_loads_it() -> None:
    verdict, reason = ask("R38", prescribe(build_case(("cabg",), age=60.0)))
    assert verdict == "block"
    assert "upper body takes no resistance" in reason


def test_impact_above_the_ceiling_is_blocked_even_without_a_tag() -> None:
    verdict, reason = ask("A18", prescribe(build_case(("knee_oa",), age=50.0)))
    assert verdict == "block"
    assert "knee_oa allows no more than low" in reason


def test_priorities_are_numbered_without_gaps() -> None:
    plan = prescribe(build_case(("stroke",), age=70.0)).plan
    assert all(b.priority - a.priority == 1 for a, b in pairwise(plan.components))
