"""Every kind of exercise is considered; each part says why; totals add up; what is out is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cds.model.answer import Decision
from cds.model.plan import Component, Omission, Preferences
from cds.service import Service
from cds.stages.totals import INSTEAD, add_up
from tests.stages.deciding import decide_for
from tests.stages.prescribing import Prescribed, build_case, catalogue, prescribe, profiles

NAMES = sorted(profiles().profiles)
SOME = st.lists(st.sampled_from(NAMES), max_size=4, unique=True)
PLACES = st.sampled_from([None, "home", "clinic", "aquatic"])
ENDURANCE = {"component", "frequency", "time_min", "intensity", "volume", "warm_up_min"}
STRENGTH = {"component", "frequency", "intensity", "sets", "repetitions", "progression"}
PRACTICE = {"component", "frequency", "progression"}
FIT = {"age": 40.0, "regular_exercise": True}


def component(found: Prescribed, name: str) -> Component:
    [part] = [c for c in found.plan.components if c.modality == name]
    return part


def omitted(found: Prescribed | Decision, what: str) -> Omission:
    plan = found.plan
    assert plan is not None
    [omission] = [o for o in plan.omitted if o.what == what]
    return omission


def shown(found: Prescribed | Decision) -> list[str]:
    assert found.plan is not None
    return [c.modality for c in found.plan.components]


@settings(max_examples=50)
@given(SOME, PLACES, st.sampled_from(["start", "target"]), st.sampled_from([None, "tai chi"]))
def test_every_kind_of_exercise_is_in_the_plan_or_told_as_left_out(
    names, place, phase, wish
) -> None:
    """Never both, and what is in it says why each part is as it is."""
    wishes = Preferences(setting=place, likes=(wish,) if wish else ())
    found = prescribe(build_case(tuple(names), age=50.0), wishes, phase=phase)
    told = [o.what for o in found.plan.omitted if o.what in found.scene.table.components]
    slots = {slot.id: slot.component for slot in found.scene.table.slots}
    no_room = {slots[o.what] for o in found.plan.omitted if o.kind == "session_full"}
    assert len(told) == len(set(told))
    assert not set(told) & set(shown(found))
    assert found.scene.table.told <= {*told, *shown(found), *no_room}
    assert all(omission.message for omission in found.plan.omitted)
    for part in found.plan.components:
        reasons = {reason.part for reason in part.reasons}
        wanted = STRENGTH if part.modality == "resistance" else PRACTICE
        assert (ENDURANCE if part.modality in ("aerobic", "aquatic") else wanted) <= reasons
        assert all(reason.by and reason.message for reason in part.reasons)


@settings(max_examples=50)
@given(SOME, PLACES, st.sampled_from(["start", "target"]), st.sampled_from([None, 1.0, 3.0]))
def test_the_totals_of_session_and_week_add_up(names, place, phase, days) -> None:
    """Also recomputed here part by part; a session keeps to its cap of exercises and minutes."""
    case = build_case(tuple(names), age=50.0)
    found = prescribe(case, Preferences(setting=place, days=days), phase=phase)
    totals, parts = found.plan.totals, found.plan.components
    own = [part for part in parts if part.modality not in INSTEAD]
    assert totals.exercises == sum(len(part.exercises) for part in parts)
    assert totals.exercises <= totals.exercises_at_most == (6 if place == "home" else 8)
    for end in (0, 1):
        assert totals.sessions_per_week[end] == sum(part.frequency[end] for part in own)
        sets = [p.volume.sets_per_session for p in own if p.volume.sets_per_session]
        assert totals.sets_per_session[end] == sum(pair[end] for pair in sets)
        minutes = [(p.frequency[end], p.session_min[end]) for p in own if p.session_min]
        assert totals.minutes_per_session[end] == sum(one for _, one in minutes)
        assert totals.minutes_per_week[end] == sum(often * one for often, one in minutes)
    for part in parts:
        if part.session_min is not None and part.time_min is not None:
            around = [pair for pair in (part.warm_up_min, part.cool_down_min) if pair is not None]
            assert part.session_min[1] == part.time_min[1] + sum(high for _, high in around)
            assert part.time_min[1] <= found.dose.minutes.high.value
    assert totals.training_days[0] == max(part.frequency[0] for part in own)
    assert totals.training_days[0] <= totals.training_days[1] <= (days or 7)


def test_a_total_that_does_not_add_up_is_no_answer() -> None:
    """The code checks its own arithmetic; a wrong product never leaves the service."""
    aerobic = component(prescribe(build_case(age=40.0)), "aerobic")
    wrong = replace(aerobic, volume=replace(aerobic.volume, minutes_per_week=(1, 2)))
    with pytest.raises(AssertionError):
        add_up([wrong], 8, None)


def test_strength_work_says_its_tempo() -> None:
    """Two to three seconds each way, with the work of whoever trains strength."""
    resistance = component(prescribe(build_case(age=40.0)), "resistance")
    assert "2-3 s up and 2-3 s down" in resistance.type


def test_rationed_minutes_take_no_warm_up_on_top() -> None:
    """With post-exertional malaise ten minutes of warm-up would exceed the whole session."""
    aerobic = component(prescribe(build_case(("postcovid_pem",), age=35.0)), "aerobic")
    assert (aerobic.warm_up_min, aerobic.cool_down_min) == (None, None)
    assert aerobic.session_min == aerobic.time_min
    [why] = [r for r in aerobic.reasons if r.part == "warm_up_min"]
    assert why.by == ("postcovid_pem",)


@pytest.mark.parametrize(
    ("name", "words"),
    [("postcovid_pem", "No weekly goal, for"), ("albp", "No weekly goal is stated, for")],
)
def test_a_week_without_a_goal_says_whether_one_is_forbidden_or_only_not_stated(
    name: str, words: str
) -> None:
    [why] = [
        reason
        for reason in component(prescribe(build_case((name,), age=40.0)), "aerobic").reasons
        if reason.part == "volume"
    ]
    assert (why.by, why.message.startswith(words)) == ((name,), True)


def test_exercise_in_water_stays_inside_the_dose_and_counts_as_aerobic() -> None:
    """30 to 45 min, 2 to 3 times, RPE 11 to 13, as far as the plan allows."""
    found = prescribe(
        build_case(("fibromyalgia",), **FIT), Preferences(likes=("water",)), phase="target"
    )
    water, aerobic = component(found, "aquatic"), component(found, "aerobic")
    assert (water.frequency, water.time_min) == ((2, 3), (30, 30))
    assert water.intensity.rpe_6_20 == (11, 13)
    assert water.intensity.hr_bpm is None
    assert water.volume.minutes_per_week is None
    assert found.plan.totals.minutes_per_week == aerobic.volume.minutes_per_week_with_warm_up
    assert any(found.scene.catalogue.get(e.id).setting == ("water",) for e in water.exercises)
    assert "suitability" in {reason.part for reason in water.reasons}


def test_water_is_told_as_suitable_while_there_is_no_pool() -> None:
    case = build_case(("fibromyalgia",), age=46.0)
    assert omitted(prescribe(case), "aquatic").kind == "no_place"
    equipped = prescribe(case, Preferences(equipment=("Swimming pool",)))
    asked = prescribe(case, Preferences(asked=("aquatic",)))
    for found in (equipped, asked):
        assert "aquatic" in shown(found)
    at_home = prescribe(case, Preferences(likes=("water",), setting="home"))
    assert omitted(at_home, "aquatic").kind == "no_place"


def test_an_open_wound_closes_the_water_and_says_which_rule(service: Service) -> None:
    found = decide_for(service, ("knee_osteoarthritis",), {"setting": "aquatic"}, open_wound=True)
    why = omitted(found, "aquatic")
    assert (why.kind, why.by) == ("closed", ("contraindications.aquatic.wound-or-infection",))


def test_a_tag_that_takes_all_water_away_leaves_none_of_it() -> None:
    found = prescribe(
        build_case(("fibromyalgia",), age=46.0),
        Preferences(likes=("water",)),
        rule_tags={"AV_AQUATIC": ("some.rule",)},
    )
    why = omitted(found, "aquatic")
    assert (why.kind, "some.rule" in why.by) == ("no_option", True)


def test_what_a_profile_excludes_is_not_shown_even_when_it_is_wished() -> None:
    excluding = [
        (name, kind)
        for name in NAMES
        for kind in ("aquatic", "mind_body")
        if (said := getattr(profiles().profiles[name], kind)) and said.suitable == "no"
    ]
    assert excluding
    for name, kind in excluding:
        word = {"aquatic": "water", "mind_body": "tai chi"}[kind]
        found = prescribe(build_case((name,), age=50.0), Preferences(likes=(word,)))
        why = omitted(found, kind)
        assert (why.kind, why.by) == ("excluded", (name,))


def test_mind_body_exercise_is_a_part_of_its_own_where_profiles_rank_it_or_it_is_named() -> None:
    ranked = prescribe(build_case(("depression",), age=40.0))
    named = prescribe(build_case(age=40.0), Preferences(likes=("Tai chi",)))
    for found in (ranked, named):
        part = component(found, "mind_body")
        assert part.exercises
        assert part.intensity.guide
    assert "Depression" in component(ranked, "mind_body").reasons[0].message
    assert "named" in component(named, "mind_body").reasons[0].message
    assert omitted(prescribe(build_case(age=40.0)), "mind_body").kind == "not_asked"


@pytest.mark.parametrize("name", ["stroke", "cognitive", "parkinson"])
def test_a_second_task_is_trained_where_the_profile_lists_it(name: str) -> None:
    found = prescribe(build_case((name,), age=70.0), Preferences(setting="clinic"))
    assert component(found, "dual_task").exercises[0].id[0] == "D"


def test_what_a_short_home_session_has_no_room_for_is_told() -> None:
    found = prescribe(build_case(("parkinson",), age=70.0), Preferences(setting="home"))
    assert {o.kind for o in found.plan.omitted if "at most 6" in o.message} == {"session_full"}
    assert found.plan.totals.exercises == 6


def test_an_optional_kind_without_a_movement_at_hand_is_left_out_and_told() -> None:
    """In the pool no tai chi can be done; a component without any exercise says nothing."""
    found = prescribe(build_case(("depression",), age=40.0), Preferences(setting="aquatic"))
    assert "mind_body" not in shown(found)
    assert omitted(found, "mind_body").kind == "no_option"


def test_every_movement_of_the_catalogue_that_a_tag_removes_is_listed_with_what_remains() -> None:
    tags = {"AV_FLOOR": ("rule.floor",)}
    found = prescribe(build_case(("osteoporosis",), age=67.0), rule_tags=tags)
    removed = catalogue().removed_by(tuple(found.scene.tags))
    avoided = {a.id: a for a in found.plan.avoided}
    assert avoided.keys() == removed.keys()
    assert len(avoided) > 40
    assert {id_: set(a.tags) for id_, a in avoided.items()} == {
        id_: set(own) for id_, own in removed.items()
    }
    sit_up = avoided["R42"]
    assert sit_up.by == ("osteoporosis", "rule.floor")
    assert sit_up.instead or sit_up.message
    kinds = {kind.tag: kind for kind in found.plan.avoid_tags}
    assert kinds.keys() == found.scene.tags.keys()
    assert (kinds["AV_FLOOR"].by, kinds["AV_FLOOR"].removes) == (("rule.floor",), 32)
    assert all(kind.why for kind in kinds.values())


def test_what_is_avoided_stands_in_the_component_that_it_belongs_to_as_well() -> None:
    """An EHR that shows one component shows beside it what is not to be done there."""
    found = prescribe(build_case(("osteoporosis",), age=67.0), rule_tags={"AV_FLOOR": ("rule.x",)})
    plan_wide = {each.id: each for each in found.plan.avoided}
    for shown_one in found.plan.components:
        for each in shown_one.avoided:
            whole = plan_wide[each.id]
            assert each.by == ", ".join(whole.by)
            assert each.instead == (whole.message or ", ".join(whole.instead))
    told = {
        shown_one.modality: {catalogue().movements[each.id].modality for each in shown_one.avoided}
        for shown_one in found.plan.components
    }
    assert told["resistance"] == {"resistance", "isometric", "impact"}
    here = [each.id for shown_one in found.plan.components for each in shown_one.avoided]
    assert len(here) == len(set(here))
    assert {catalogue().movements[id_].modality for id_ in plan_wide.keys() - set(here)} <= {
        "aquatic",
        "mind_body",
        "dual_task",
        "breath",
        "graded_exposure",
    }


def test_each_exercise_says_for_whom_it_is_and_why_it_and_no_other() -> None:
    found = prescribe(build_case(("pad",), **FIT), Preferences(setting="clinic"))
    walking = component(found, "aerobic").exercises[0]
    assert walking.id == "A27"
    assert walking.reason == (
        "Covers endurance, for: General adult; Peripheral artery disease. Its programme asks for "
        "it: Peripheral artery disease."
    )
    for tags, words in (
        ({}, "need another place or other equipment"),
        ({"AV_SUPINE": ("some.rule",)}, "safe with the limits of this case"),
    ):
        adult = prescribe(build_case(age=40.0), phase="target", rule_tags=tags)
        hinge = next(e for e in component(adult, "resistance").exercises if e.pattern == "hinge")
        assert words in hinge.reason
    reasons = [e.reason for c in found.plan.components for e in c.exercises]
    assert len(set(reasons)) == len(reasons)


def test_steps_of_an_exercise_skip_what_tags_remove() -> None:
    """Brisk walking is out, so from slow walking the next harder step is the moderate one."""
    found = prescribe(build_case(("balance_falls",), age=70.0))
    for part in found.plan.components:
        for exercise in part.exercises:
            steps = {exercise.regression, exercise.progression} - {None}
            assert not steps & found.scene.removed.keys()
