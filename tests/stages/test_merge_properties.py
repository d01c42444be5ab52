"""Merging only narrows: properties P1 to P6 over all profiles and random subsets of them."""

from hypothesis import given
from hypothesis import strategies as st

from cds.model.case import Case
from cds.model.dose import MergedDose, Span
from cds.model.profile import HIIT, IMPACTS
from cds.stages.active_profiles import active_profiles, unprofiled
from cds.stages.merge import merge_bounds
from cds.stages.phase_dose import merge_dose
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


def test_p5_a_condition_without_a_profile_gives_no_numbers_but_a_reason() -> None:
    """The only profile would be the age profile, and the caller sees what has none."""
    case = build_case(("aortic_stenosis",), age=50.0)
    assert [u.condition for u in unprofiled(case, profiles())] == ["condition.aortic_stenosis"]
    assert [use.profile for use in active_profiles(case, profiles())] == ["gen_adult"]
    assert merge_dose((), "start", profiles()) is None


def test_p6_an_empty_pattern_is_left_to_a_clinician() -> None:
    """Every push is taken away, so the plan says so and by which rule, and takes nothing else."""
    tags = {"AV_STERNAL": ("some.rule",)}
    plan = prescribe(build_case(age=40.0), rule_tags=tags).plan
    assert [(e.pattern, e.by) for e in plan.no_safe_option] == [("push", ("some.rule",))]
    assert "clinician" in plan.no_safe_option[0].message


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
