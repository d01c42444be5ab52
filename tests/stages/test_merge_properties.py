"""Merging only narrows: properties P1 to P6 over all profiles and random subsets of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.model.case import Case
from cds.model.decision import Disposition
from cds.model.dose import MergedDose, Span
from cds.model.profile import HIIT, IMPACTS
from cds.service import Service
from cds.stages.active_profiles import active_profiles, unprofiled
from cds.stages.merge import merge_bounds
from cds.stages.phase_dose import merge_dose
from tests.stages.deciding import decide_for
from tests.stages.prescribing import build_case, catalogue, prescribe, profiles

NAMES = sorted(profiles().profiles)
PHASES = st.sampled_from(["start", "target"])
SUBSETS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True)


def merge(names: list[str], phase: str) -> MergedDose:
    table = profiles()
    return merge_bounds([table.bounds[name, phase] for name in names], [], table.constants)


def spans(dose: MergedDose) -> dict[str, Span]:
    resistance = dose.resistance
    return {
        "hrr_percent": dose.hrr_percent,
        "rpe_6_20": dose.rpe_6_20,
        "days": dose.days,
        "minutes": dose.minutes,
        "rt_days": resistance.days,
        "rt_percent": resistance.percent,
        "rt_sets": resistance.sets,
        "rt_reps": resistance.reps,
    }


def assert_not_looser(dose: MergedDose, than: MergedDose) -> None:
    before = spans(than)
    raised = {n: s for n, s in spans(dose).items() if s.high.value > before[n].high.value}
    assert raised == {}
    assert IMPACTS.index(dose.impact.value) <= IMPACTS.index(than.impact.value)
    assert HIIT.index(dose.hiit.value) <= HIIT.index(than.hiit.value)
    assert dose.tags >= than.tags
    assert dose.supervision.value >= than.supervision.value
    assert dose.heart_rate_usable.value <= than.heart_rate_usable.value
    kept = {region.value for region in dose.resistance.blocked_regions}
    assert kept >= {region.value for region in than.resistance.blocked_regions}


@given(SUBSETS, PHASES, st.randoms())
def test_p1_the_order_of_conditions_never_matters(names, phase, random) -> None:
    shuffled = list(names)
    random.shuffle(shuffled)
    assert merge(shuffled, phase) == merge(names, phase)


@given(SUBSETS, PHASES)
def test_p2_a_condition_counts_once(names, phase) -> None:
    assert merge([*names, *names], phase) == merge(names, phase)


@pytest.mark.parametrize("phase", ["start", "target"])
@pytest.mark.parametrize("name", NAMES)
def test_p2_a_condition_with_itself_is_the_condition(name: str, phase: str) -> None:
    """combine(a, a) = a: every figure is that of its own row."""
    row, dose = profiles().bounds[name, phase], merge([name, name], phase)
    if row.blocks_resistance:
        assert [region.value for region in dose.resistance.blocked_regions] == [row.rt_scope]
    else:
        load = dose.resistance
        found = (load.days, load.percent, load.sets, load.reps)
        own = (row.rt_days, row.rt_percent, row.rt_sets, row.rt_reps)
        assert tuple(span.range for span in found) == own
    found = (dose.hrr_percent, dose.rpe_6_20, dose.days, dose.minutes)
    own = (row.hrr_percent, row.rpe_6_20, row.days, row.minutes)
    assert tuple(span.range for span in found) == own
    assert (dose.impact.value, dose.hiit.value, dose.tags) == (
        row.impact,
        row.hiit,
        row.avoid_tags,
    )
    assert dose.sub_therapeutic == dose.short_of == ()


@given(SUBSETS, st.sampled_from(NAMES), PHASES)
def test_p3_another_condition_never_loosens(names, other, phase) -> None:
    assert_not_looser(merge([*names, other], phase), merge(names, phase))


@given(SUBSETS, PHASES)
def test_p4_every_value_names_who_set_it(names, phase) -> None:
    """And whoever set an upper bound has exactly that bound in its own row, or a stand-in's."""
    dose = merge(names, phase)
    ends = [end for span in spans(dose).values() for end in (span.low, span.high)]
    ends += [dose.impact, dose.hiit, dose.supervision, dose.heart_rate_usable, *dose.avoid_tags]
    for end in ends:
        assert end.by
        assert set(end.by) <= set(names)
    rows = [profiles().bounds[name, phase] for name in names]
    lowest = min(row.hrr_percent.high for row in rows)
    assert dose.hrr_percent.high.by == tuple(
        sorted(row.profile for row in rows if row.hrr_percent.high == lowest)
    )


ENDS = ("low", "high")
RANGES = (
    *("hrr_percent", "rpe_6_20", "frequency", "time_min", "resistance_days", "percent_1rm"),
    *("sets", "repetitions"),
)


@settings(max_examples=60)
@given(SUBSETS, PHASES)
def test_p4_a_plan_lists_for_each_attribute_who_set_it(names, phase) -> None:
    """Both ends of each range, the goal, the ceilings, the heart rate and each avoid tag."""
    case = build_case(tuple(names), age=50.0)
    found = prescribe(case, phase=phase)
    listed = {(x.attribute, x.value): x.by for x in found.plan.limited_by}
    attributes = {attribute for attribute, _ in listed}
    wanted = {f"{name}.{end}" for name in RANGES for end in ENDS}
    wanted |= {"impact", "hiit", "supervision_level", "heart_rate_usable"}
    if found.dose.weekly is not None:
        wanted |= {"weekly_goal.low", "weekly_goal.high"}
    assert wanted <= attributes
    assert all(listed.values())
    assert {("avoid_tag", tag.value): ", ".join(tag.by) for tag in found.dose.avoid_tags} == {
        key: by for key, by in listed.items() if key[0] == "avoid_tag"
    }
    for name, span in (("sets", found.dose.resistance.sets), ("frequency", found.dose.days)):
        assert listed[f"{name}.high", span.high.value] == ", ".join(span.high.by)


@given(SUBSETS, PHASES)
def test_a_wish_that_is_not_met_is_told_and_no_other(names, phase) -> None:
    """For effort and load as sub-therapeutic, for days, minutes and sets as short of it."""
    dose = merge(names, phase)
    told = {(sub.profile, sub.attribute) for sub in (*dose.sub_therapeutic, *dose.short_of)}
    unmet = set()
    for name in names:
        row = profiles().bounds[name, phase]
        for attribute, span in spans(dose).items():
            counts = not (attribute.startswith("rt_") and row.blocks_resistance)
            if attribute != "rt_reps" and counts:
                low = getattr(row, attribute).low
                unmet |= {(name, attribute)} if low > span.high.value else set()
    assert told == unmet


@given(SUBSETS, PHASES)
def test_a_range_is_never_upside_down(names, phase) -> None:
    upside_down = {
        n: s for n, s in spans(merge(names, phase)).items() if s.low.value > s.high.value
    }
    assert upside_down == {}


@given(SUBSETS)
def test_a_weekly_goal_is_within_reach(names) -> None:
    dose = merge(names, "target")
    assert dose.reachable == dose.days.high.value * dose.minutes.high.value
    if dose.weekly is not None:
        assert dose.weekly.low.value <= dose.weekly.high.value <= dose.reachable


UNPROFILED = sorted(n for n, m in profiles().conditions.items() if m.kind == "none")


@given(SUBSETS, st.sampled_from(UNPROFILED))
def test_p5_a_condition_without_a_profile_is_named_whatever_else_holds(names, other) -> None:
    case = build_case((*names, other), age=50.0)
    assert f"condition.{other}" in {u.condition for u in unprofiled(case, profiles())}


@pytest.mark.parametrize("name", UNPROFILED)
def test_p5_a_condition_without_a_profile_gives_no_numbers_but_a_referral(
    name: str, service: Service
) -> None:
    found = decide_for(service, (name,))
    assert found.plan is None
    assert found.intensity.aerobic.hrr_percent is None
    assert found.intensity.resistance is None
    assert found.referrals or found.disposition in (
        Disposition.INSUFFICIENT_DATA,
        Disposition.EMERGENCY,
    )


def test_p5_nothing_that_holds_gives_no_numbers() -> None:
    assert merge_dose((), "start", profiles()) is None


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
    st.lists(st.sampled_from(sorted(catalogue().tags)), max_size=12, unique=True),
    PHASES,
)
def test_p6_an_empty_pattern_is_left_to_a_clinician(names, tags, phase) -> None:
    """Never the nearest movement that is excluded: nothing is taken, and a clinician has to choose.

    It says who took everything away.
    """
    rules = {tag: ("some.rule",) for tag in tags}
    found = prescribe(build_case(tuple(names), age=40.0), phase=phase, rule_tags=rules)
    scene, plan = found.scene, found.plan
    served = {e.pattern for c in plan.components for e in c.exercises}
    empty = {e.pattern for e in plan.no_safe_option}
    assert not served & empty
    for pattern in plan.no_safe_option:
        assert "clinician" in pattern.message
        open_ = {m.id for m in scene.catalogue.serving[pattern.pattern]} - scene.bars.keys()
        assert open_ <= {e.id for c in plan.components for e in c.exercises} | catalogue().seldom


def test_p6_the_plan_says_which_rule_took_everything_away() -> None:
    tags = {"AV_STERNAL": ("some.rule",)}
    plan = prescribe(build_case(age=40.0), rule_tags=tags).plan
    assert [(e.pattern, e.by) for e in plan.no_safe_option] == [("push", ("some.rule",))]


@given(SUBSETS, st.sampled_from(NAMES), st.sampled_from([30.0, 70.0, None]))
def test_another_condition_never_loosens_the_target_of_a_person(names, other, age) -> None:
    """With the age profile in its place: healthy, then with one condition, then with more.

    A profile that takes the place of a wider one of the same condition may ask for other
    repetitions; every limit that protects still holds.
    """
    person = build_case((), age=age)
    some = build_case(tuple(names), age=age)
    more = build_case((*names, other), age=age)
    doses = [target(case) for case in (person, some, more)]
    for wider, narrower in ((doses[0], doses[1]), (doses[1], doses[2])):
        before, after = spans(wider), spans(narrower)
        for name in ("hrr_percent", "rpe_6_20", "days", "minutes", "rt_days", "rt_percent"):
            assert after[name].high.value <= before[name].high.value
        assert IMPACTS.index(narrower.impact.value) <= IMPACTS.index(wider.impact.value)
        assert HIIT.index(narrower.hiit.value) <= HIIT.index(wider.hiit.value)
        assert narrower.supervision.value >= wider.supervision.value
        assert removed(narrower) >= removed(wider)


def target(case: Case) -> MergedDose:
    dose = merge_dose(active_profiles(case, profiles()), "target", profiles())
    assert dose is not None
    return dose


def removed(dose: MergedDose) -> set[str]:
    return set(catalogue().removed_by(dose.tags))
