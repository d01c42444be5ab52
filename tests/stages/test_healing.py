"""Stages of healing: weeks, milestone and surgeon together open the next one."""

from datetime import timedelta
from itertools import pairwise, product
from types import MappingProxyType

import pytest

from cds.model.case import Case, Fact, FactValue
from cds.model.healing import Gate, HeldStage
from cds.stages.active_profiles import active_profiles
from cds.stages.healing import held_stages
from tests.stages.prescribing import TODAY, build_case, catalogue, prescribe, profiles

STAGED = sorted(name for name, profile in profiles().profiles.items() if profile.stages)
MET = {"healing_stage": 9.0, "surgeon_clearance": True}


def held(*conditions: str, **facts: FactValue) -> tuple[HeldStage, ...]:
    case = build_case(conditions, age=58.0, **facts)
    return held_stages(case, active_profiles(case, profiles()), profiles())


@pytest.mark.parametrize(
    ("weeks", "stage"),
    [
        (0.0, "immobilised"),
        (1.9, "immobilised"),
        (2.0, "passive"),
        (5.9, "passive"),
        (6.0, "active"),
        (11.9, "active"),
        (12.0, "strengthening"),
        (20.0, "advanced"),
        (60.0, "advanced"),
    ],
)
def test_with_every_milestone_met_the_weeks_decide(weeks: float, stage: str) -> None:
    (found,) = held("rcr", weeks_post_op=weeks, **MET)
    assert found.stage.id == stage


@pytest.mark.parametrize(
    ("facts", "waits", "asks"),
    [
        ({**MET}, (Gate.WEEKS,), ("weeks_post_op",)),
        ({"weeks_post_op": 1.0, **MET}, (Gate.WEEKS,), ()),
        ({"weeks_post_op": 8.0, "surgeon_clearance": True}, (Gate.MILESTONE,), ("healing_stage",)),
        ({"weeks_post_op": 8.0, "healing_stage": 2.0}, (Gate.SURGEON,), ("surgeon_clearance",)),
        (
            {"weeks_post_op": 8.0},
            (Gate.MILESTONE, Gate.SURGEON),
            ("healing_stage", "surgeon_clearance"),
        ),
        ({"weeks_post_op": 8.0, **MET, "surgeon_clearance": False}, (Gate.SURGEON,), ()),
        ({"weeks_post_op": 8.0, **MET, "healing_stage": 1.0}, (Gate.MILESTONE,), ()),
        ({}, (Gate.WEEKS, Gate.MILESTONE, Gate.SURGEON), ("weeks_post_op",)),
    ],
)
def test_whatever_is_not_known_keeps_the_first_stage_and_is_asked_for(
    facts: dict[str, FactValue], waits: tuple[Gate, ...], asks: tuple[str, ...]
) -> None:
    """Only what would open the next stage is asked for."""
    (found,) = held("rcr", **facts)
    assert (found.stage.id, found.waits_for, found.asks) == ("immobilised", waits, asks)


def test_a_reported_stage_goes_no_further_than_was_reported() -> None:
    (found,) = held("rcr", weeks_post_op=30.0, healing_stage=3.0, surgeon_clearance=True)
    assert (found.stage.id, found.number) == ("active", 3)
    assert found.following is not None
    assert found.following.id == "strengthening"


def test_the_date_of_the_operation_tells_the_weeks() -> None:
    at = TODAY - timedelta(days=21)
    facts = {
        "procedure.rotator_cuff_repair": Fact("procedure.rotator_cuff_repair", True, at=at),
        **{name: Fact(name, value) for name, value in MET.items()},
    }
    case = Case(TODAY, MappingProxyType(facts))
    (found,) = held_stages(case, active_profiles(case, profiles()), profiles())
    assert (found.stage.id, found.weeks) == ("passive", 3.0)


def test_with_two_healing_tissues_a_reported_stage_counts_for_neither() -> None:
    """Nobody can tell which of them it is about."""
    found = held("rcr", "achilles", weeks_post_op=30.0, **MET)
    assert [one.number for one in found] == [1, 1]


def test_a_tendon_goes_by_its_milestone_without_weeks() -> None:
    assert [one.stage.id for one in held("achilles", healing_stage=2.0)] == ["energy_storage"]
    assert [one.asks for one in held("achilles")] == [("healing_stage",)]


@pytest.mark.parametrize("name", STAGED)
def test_silence_never_leads_to_a_later_stage(name: str) -> None:
    """For every week and stage: leaving any of the facts out keeps the stage or goes back."""
    weeks_fact = "weeks_since_cabg" if name == "cabg" else "weeks_post_op"
    for weeks, reached, agrees in product((0.0, 5.0, 13.0, 40.0), (1.0, 2.0, 9.0), (True, False)):
        facts: dict[str, FactValue] = {
            weeks_fact: weeks,
            "healing_stage": reached,
            "surgeon_clearance": agrees,
        }
        (known,) = held(name, **facts)
        for left_out in facts:
            (silent,) = held(name, **{k: v for k, v in facts.items() if k != left_out})
            assert silent.number <= known.number


@pytest.mark.parametrize("name", STAGED)
def test_a_later_stage_forbids_no_movement_that_an_earlier_one_allowed(name: str) -> None:
    for now, following in pairwise(profiles().profiles[name].stages):
        removed = set(catalogue().removed_by(now.avoid_tags))
        assert removed >= set(catalogue().removed_by(following.avoid_tags))


def test_what_a_stage_does_not_allow_yet_is_left_out_of_the_plan() -> None:
    early = prescribe(build_case(("rcr",), age=58.0, weeks_post_op=1.0))
    late = prescribe(build_case(("rcr",), age=58.0, weeks_post_op=13.0, **MET))
    tags = {tag.value for tag in early.dose.avoid_tags}
    assert {"AV_SHOULDER_ACTIVE", "AV_SHOULDER_RESISTED", "AV_OVERHEAD"} <= tags
    assert {tag.value for tag in late.dose.avoid_tags} == {"AV_OVERHEAD"}
    assert "R32" in early.scene.unsafe
    assert "R32" not in late.scene.unsafe


def test_an_early_stage_holds_somebody_fit_at_the_start() -> None:
    facts = {"age": 58.0, "regular_exercise": True, "weeks_post_op": 8.0}
    assert prescribe(build_case(("tka",), **facts)).plan.phase == "start"
    assert prescribe(build_case(("tka",), **facts, **MET)).plan.phase == "target"


def test_a_region_that_opens_begins_with_the_least_of_the_target() -> None:
    """The start row blocks the shoulder; from the strengthening stage on it works, lightly."""
    facts = {"age": 58.0, "regular_exercise": False, "weeks_post_op": 13.0}
    closed = prescribe(build_case(("rcr",), **facts)).dose.resistance
    assert [region.value for region in closed.blocked_regions] == ["involved_shoulder"]
    opened = prescribe(build_case(("rcr",), **facts, **MET)).dose.resistance
    assert opened.blocked_regions == ()
    assert (opened.percent.high.value, opened.sets.high.value) == (30, 1)


def test_the_plan_names_the_stage_and_what_opens_the_next_one() -> None:
    (stage,) = prescribe(build_case(("rcr",), age=58.0, weeks_post_op=3.0, **MET)).plan.stages
    assert (stage.id, stage.number, stage.weeks) == ("passive", 2, 3.0)
    assert stage.following is not None
    assert (stage.following.name, stage.following.from_week) == ("Active range", 6.0)
    assert stage.following.waits_for == ("weeks",)


def test_the_last_stage_leads_nowhere() -> None:
    (stage,) = prescribe(build_case(("rcr",), age=58.0, weeks_post_op=21.0, **MET)).plan.stages
    assert stage.following is None


@pytest.mark.parametrize(
    ("conditions", "facts", "expected"),
    [
        (("achilles",), {}, (5, ("achilles",))),
        (("achilles", "patellar_tend"), {}, (3, ("patellar_tend",))),
        (("tka",), {"weeks_post_op": 2.0}, (3, ("tka",))),
        (("tka", "vertebral_fracture"), {}, (3, ("vert_fracture", "tka"))),
        (("tka",), {"weeks_post_op": 8.0, **MET}, None),
    ],
)
def test_the_least_pain_that_a_profile_or_stage_accepts_is_told(
    conditions: tuple[str, ...],
    facts: dict[str, FactValue],
    expected: tuple[int, tuple[str, ...]] | None,
) -> None:
    ceiling = prescribe(build_case(conditions, age=58.0, **facts)).plan.pain_ceiling
    assert (ceiling and (ceiling.value, ceiling.profiles)) == expected
