"""The ceiling combiner: minimum of the limits, inward, never wider upwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.formulas.ceiling import (
    UpperLimit,
    ZoneRequest,
    ZoneStatus,
    combine_ceilings,
    combine_downward,
    derive_limit,
    derive_limits,
    untested_zone,
)
from cds.formulas.heart_rate import target_by_maximum
from cds.model.formula import IntensityKnowledge

REST = 60.0
RATES = st.floats(min_value=40, max_value=220, allow_nan=False)


def test_lowest_limit_wins_and_is_named(intensity: IntensityKnowledge) -> None:
    limits = [UpperLimit(140, "icd"), UpperLimit(118.9, "ischaemia"), UpperLimit(118, "marfan")]
    zone = combine_ceilings(ZoneRequest(95, 140, REST), limits, intensity.ceiling)
    assert (zone.lower, zone.upper) == (95, 118)
    assert zone.limited_by == ("ischaemia", "marfan")
    assert zone.status is ZoneStatus.OK


def test_bounds_are_rounded_inward(intensity: IntensityKnowledge) -> None:
    zone = combine_ceilings(ZoneRequest(91.6, 107.8, REST), [], intensity.ceiling)
    assert (zone.lower, zone.upper) == (92, 107)


def test_limit_that_excludes_itself_allows_one_less(intensity: IntensityKnowledge) -> None:
    limit = derive_limit(intensity.ceiling.limits["CARD-MARFAN-HR-BB"])
    zone = combine_ceilings(ZoneRequest(80, 130, REST), [limit], intensity.ceiling)
    assert zone.upper == 99


def test_narrow_zone_is_widened_downwards(intensity: IntensityKnowledge) -> None:
    limits = [UpperLimit(118, "icd")]
    zone = combine_ceilings(ZoneRequest(112, 140, REST), limits, intensity.ceiling)
    assert (zone.lower, zone.upper, zone.status) == (108, 118, ZoneStatus.WIDENED)


def test_zone_of_ten_is_wide_enough(intensity: IntensityKnowledge) -> None:
    zone = combine_ceilings(ZoneRequest(108, 118, REST), [], intensity.ceiling)
    assert (zone.lower, zone.upper, zone.status) == (108, 118, ZoneStatus.OK)


def test_hiit_zone_is_never_widened(intensity: IntensityKnowledge) -> None:
    request = ZoneRequest(136, 152, REST, is_hiit=True)
    zone = combine_ceilings(request, [UpperLimit(140, "icd")], intensity.ceiling)
    assert (zone.lower, zone.upper, zone.status) == (136, 140, ZoneStatus.OK)


def test_lower_end_above_the_ceiling_is_no_safe_zone(intensity: IntensityKnowledge) -> None:
    zone = combine_ceilings(ZoneRequest(141, 160, REST), [UpperLimit(140, "x")], intensity.ceiling)
    assert zone.status is ZoneStatus.NO_SAFE_HR_ZONE
    assert (zone.lower, zone.upper, zone.ceiling, zone.at_rest) == (None, None, 140, False)


@pytest.mark.parametrize(("limit", "at_rest"), [(70, True), (71, False)])
def test_ceiling_near_rest_leaves_no_zone(
    intensity: IntensityKnowledge, limit: float, at_rest: bool
) -> None:
    zone = combine_ceilings(ZoneRequest(62, 100, REST), [UpperLimit(limit, "x")], intensity.ceiling)
    assert zone.at_rest is at_rest


def test_unknown_resting_rate_is_asked_for(intensity: IntensityKnowledge) -> None:
    zone = combine_ceilings(ZoneRequest(100, 120, None), [], intensity.ceiling)
    assert zone.missing == ("hr_rest",)


def test_next_lower_category_is_tried(intensity: IntensityKnowledge) -> None:
    zones = [
        ZoneRequest(130, 150, REST, category="vigorous"),
        ZoneRequest(108, 129, REST, category="moderate"),
        ZoneRequest(96, 107, REST, category="light"),
    ]
    zone = combine_downward(zones, [UpperLimit(120, "icd")], intensity.ceiling)
    assert (zone.category, zone.lower, zone.upper) == ("moderate", 108, 120)


def test_no_category_left_is_no_safe_zone(intensity: IntensityKnowledge) -> None:
    zones = [ZoneRequest(130, 150, REST), ZoneRequest(96, 129, REST)]
    zone = combine_downward(zones, [UpperLimit(90, "icd")], intensity.ceiling)
    assert zone.status is ZoneStatus.NO_SAFE_HR_ZONE


def test_nothing_asked_for_is_an_error(intensity: IntensityKnowledge) -> None:
    with pytest.raises(ValueError, match="No zone was asked for"):
        combine_downward([], [], intensity.ceiling)


def test_limit_without_its_fact_is_an_error_and_not_a_guess(intensity: IntensityKnowledge) -> None:
    with pytest.raises(ValueError, match="icd_lowest_detection_rate"):
        derive_limit(intensity.ceiling.limits["CARD-ICD-HR10"])


@pytest.mark.parametrize(("conservative", "expected"), [(False, 160), (True, 150)])
def test_site_may_choose_the_wider_icd_margin(
    intensity: IntensityKnowledge, conservative: bool, expected: float
) -> None:
    kind = intensity.ceiling.limits["CARD-ICD-HR10"]
    assert expected == derive_limit(kind, 170, conservative).value


def test_limits_of_several_rules_start_from_their_facts(intensity: IntensityKnowledge) -> None:
    facts = {"ischemic_threshold_hr": 128.0, "hr_rest": 70.0}
    ids = ["CARD-ISCH-HR", "CARD-NOTEST-HR"]
    limits = derive_limits(intensity.ceiling.limits, facts, ids)
    assert {118.0, 100.0} == {limit.value for limit in limits}


def test_untested_zone_needs_a_rule_with_a_lower_end(intensity: IntensityKnowledge) -> None:
    with pytest.raises(ValueError, match="no lower end"):
        untested_zone(intensity.ceiling.limits["CARD-MI-EARLY"], 70)


@pytest.mark.parametrize(
    ("peak", "limit", "expected"),
    [(175, 200, (149, 166)), (160, 140, (136, 140)), (170, 140, (None, None))],
)
def test_hiit_target_is_85_to_95_per_cent_of_the_peak(
    intensity: IntensityKnowledge,
    peak: float,
    limit: float,
    expected: tuple[int | None, int | None],
) -> None:
    exact = target_by_maximum(peak, (85, 95))
    request = ZoneRequest(exact.low, exact.high, REST, is_hiit=True)
    zone = combine_ceilings(request, [UpperLimit(limit, "icd")], intensity.ceiling)
    assert expected == (zone.lower, zone.upper)


@given(lower=RATES, upper=RATES, limits=st.lists(RATES, max_size=4), hiit=st.booleans())
def test_no_zone_exceeds_any_limit(
    intensity: IntensityKnowledge, lower: float, upper: float, limits: list[float], hiit: bool
) -> None:
    """Whatever the limits, the upper end stays at or below every one of them."""
    named = [UpperLimit(value, f"l{i}") for i, value in enumerate(limits)]
    zone = combine_ceilings(ZoneRequest(lower, upper, REST, hiit), named, intensity.ceiling)
    if zone.upper is None or zone.lower is None:
        assert zone.status is ZoneStatus.NO_SAFE_HR_ZONE
    else:
        assert zone.lower <= zone.upper <= min([upper, *limits]) + 1e-6
        assert zone.lower > REST or zone.lower >= lower - 1e-6
        assert not hiit or zone.lower >= lower - 1e-6


@given(limits=st.lists(RATES, min_size=1, max_size=5), extra=RATES, data=st.data())
def test_another_limit_never_loosens_and_order_never_matters(
    intensity: IntensityKnowledge, limits: list[float], extra: float, data: st.DataObject
) -> None:
    named = [UpperLimit(value, f"l{i}") for i, value in enumerate(limits)]
    request = ZoneRequest(100, 180, REST)
    before = combine_ceilings(request, named, intensity.ceiling)
    shuffled = data.draw(st.permutations(named))
    assert before == combine_ceilings(request, shuffled, intensity.ceiling)
    after = combine_ceilings(request, [*named, UpperLimit(extra, "extra")], intensity.ceiling)
    assert after.ceiling <= before.ceiling
