"""How hard: what a heart-rate ceiling leaves of the zone, of the reserve and of exertion."""

from typing import Any

import pytest

from cds.model.answer import Decision
from cds.model.intensity import LimitedBy
from cds.service import Service
from cds.stages.intensity_bands import Ends, narrow
from cds.stages.limits import SetLimit
from tests.stages.deciding import UNKNOWN, decide_for

ISCHEMIA = "cardiac.ischemia.below-threshold"
# A tested peak of 170 and a resting rate of 64: a reserve of 106 beats/min; cleared for vigorous
# effort, as a threshold shows a known disease.
TESTED = {
    "hr_peak_measured": 170,
    "hr_peak_on_current_drugs": True,
    "hr_rest": 64,
    "desired_intensity": "vigorous",
    "months_since_clearance": 2,
    "symptoms_changed": False,
}


def shown(decision: Decision) -> tuple[Any, ...]:
    aerobic = decision.intensity.aerobic
    return aerobic.category, aerobic.hrr_percent, aerobic.hr_bpm, aerobic.rpe_6_20


def setters(decision: Decision, attribute: str) -> list[tuple[float | str, str]]:
    limited = decision.intensity.limited_by
    return [(entry.value, entry.by) for entry in limited if entry.attribute == attribute]


@pytest.mark.parametrize(
    ("threshold", "ceiling", "expected"),
    [
        (170, 160, ("vigorous", (40.0, 89.0), (107, 158), (12.0, 17.0))),
        (140, 130, ("vigorous", (40.0, 62.0), (107, 130), (12.0, 17.0))),
        (130, 120, ("moderate", (40.0, 52.0), (107, 120), (12.0, 13.0))),
        (117, 107, ("moderate", (40.0, 40.0), (97, 107), (12.0, 13.0))),
        (116, 106, ("light", (30.0, 39.0), (95, 105), (9.0, 11.0))),
        (104, 94, ("very_light", (0.0, 29.0), (64, 94), (6.0, 8.0))),
        (85, 75, ("very_light", (0.0, 29.0), (64, 75), (6.0, 8.0))),
        (84, 74, ("light", None, None, (9.0, 11.0))),
    ],
)
def test_an_ischemic_threshold_cuts_the_zone_then_lowers_the_category(
    threshold: float, ceiling: int, expected: tuple[Any, ...], service: Service
) -> None:
    """The last row has no room above rest: only the fallback exertion of 9 to 11 remains."""
    found = decide_for(service, ischemic_threshold_hr=threshold, **TESTED)
    assert (expected, ceiling) == (shown(found), found.intensity.aerobic.hr_ceiling_bpm)


def test_a_ceiling_above_the_zone_cuts_nothing(service: Service) -> None:
    found = decide_for(service, ischemic_threshold_hr=170, **TESTED)
    assert setters(found, "hr_bpm.high") == [(158, "gen_adult")]
    assert setters(found, "hr_ceiling_bpm") == [(160, ISCHEMIA)]


@pytest.mark.parametrize("threshold", [140, 116, 115, 104])
def test_whatever_a_ceiling_lowers_names_the_ceiling(threshold: float, service: Service) -> None:
    found = decide_for(service, ischemic_threshold_hr=threshold, **TESTED)
    aerobic = found.intensity.aerobic
    assert aerobic.hrr_percent is not None
    assert aerobic.hr_bpm is not None
    assert aerobic.rpe_6_20 is not None
    assert setters(found, "hrr_percent.high") == [(aerobic.hrr_percent[1], ISCHEMIA)]
    assert setters(found, "rpe_6_20.high") == [(aerobic.rpe_6_20[1], ISCHEMIA)]
    assert setters(found, "hr_bpm.high") == [(aerobic.hr_bpm[1], ISCHEMIA)]


def test_without_a_safe_zone_the_ceiling_takes_the_reserve_away(service: Service) -> None:
    found = decide_for(service, ischemic_threshold_hr=84, **TESTED)
    assert found.intensity.hr_method == "rpe_only"
    by_ischemia = [limit for limit in found.intensity.limited_by if limit.by == ISCHEMIA]
    assert by_ischemia == [
        LimitedBy("hrr_percent.high", "none", ISCHEMIA),
        LimitedBy("rpe_6_20.high", 11.0, ISCHEMIA),
        LimitedBy("rpe_6_20.low", 9.0, ISCHEMIA),
        LimitedBy("hr_ceiling_bpm", 74, ISCHEMIA),
    ]


def test_without_a_tested_maximum_the_ceiling_still_lowers_exertion(service: Service) -> None:
    """115/min is 49 % of the reserve up to the lowest predicted maximum of 166.4/min."""
    found = decide_for(service, ischemic_threshold_hr=125)
    assert shown(found) == ("moderate", (40.0, 49.0), None, (12.0, 13.0))
    assert (found.intensity.hr_method, found.intensity.missing) == (
        "rpe_only",
        ("hr_peak_measured",),
    )


@pytest.mark.parametrize(
    "unknown",
    [
        {"hr_rest": UNKNOWN},
        {"hr_rest": UNKNOWN, "hr_peak_measured": 170, "hr_peak_on_current_drugs": True},
        {"age": UNKNOWN},
        {"hr_rest": UNKNOWN, "age": UNKNOWN},
    ],
)
def test_a_ceiling_that_cannot_be_placed_leaves_the_lowest_exertion(
    unknown: dict[str, Any], service: Service
) -> None:
    """Nobody knows which exertion stays below 95/min when rest or the maximum is unknown."""
    found = decide_for(service, ischemic_threshold_hr=105, **unknown)
    assert shown(found) == ("light", None, None, (9.0, 11.0))
    assert setters(found, "rpe_6_20.high") == [(11.0, ISCHEMIA)]
    assert found.intensity.aerobic.hr_ceiling_bpm == 95


def test_without_a_ceiling_an_unknown_age_takes_the_heart_rate_away_only(service: Service) -> None:
    found = decide_for(service, age=UNKNOWN)
    assert shown(found) == ("vigorous", (40.0, 75.0), None, (12.0, 15.0))
    assert (found.intensity.hr_method, found.intensity.missing) == ("rpe_only", ("age",))


def test_without_a_ceiling_an_unknown_rest_takes_the_heart_rate_away_only(
    service: Service,
) -> None:
    found = decide_for(service, hr_rest=UNKNOWN)
    assert shown(found) == ("vigorous", (40.0, 89.0), None, (12.0, 17.0))
    assert found.intensity.missing == ("hr_rest",)


def test_a_peak_so_near_to_rest_that_no_zone_is_left_leaves_exertion(service: Service) -> None:
    """Between 80 and 90/min there is no zone 10 beats above rest; the profile set the wish."""
    near = {"hr_rest": 80, "hr_peak_measured": 90, "hr_peak_on_current_drugs": True}
    found = decide_for(service, **near)
    assert shown(found) == ("light", None, None, (9.0, 11.0))
    assert setters(found, "rpe_6_20.high") == [(11.0, "gen_adult")]


def test_an_unknown_detection_rate_gives_no_heart_rate_and_at_most_light_work(
    service: Service,
) -> None:
    found = decide_for(service, ("icd",), icd_lowest_detection_rate=UNKNOWN, **TESTED)
    assert found.intensity.aerobic.hr_bpm is None
    assert ("light", "cardiac.icd.detection-rate-unknown") in setters(found, "category")


def cap(code: str) -> SetLimit:
    return SetLimit("category", None, code, "rule.cap", None, "")


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ([], Ends(40.0, 95.0, "profile", "profile")),
        ([cap("near_maximal")], Ends(40.0, 95.0, "profile", "profile")),
        ([cap("vigorous")], Ends(40.0, 89.0, "profile", "rule.cap")),
        ([cap("moderate")], Ends(40.0, 59.0, "profile", "rule.cap")),
        ([cap("light")], Ends(30.0, 39.0, "rule.cap", "rule.cap")),
        (
            [cap("vigorous"), SetLimit("hrr_percent", 70.0, None, "rule.percent", None, "")],
            Ends(40.0, 70.0, "profile", "rule.percent"),
        ),
        (
            [SetLimit("hrr_percent", None, None, "rule.unknown", "lvef", "")],
            Ends(40.0, 95.0, "profile", "profile"),
        ),
    ],
)
def test_a_category_cap_ends_the_range_with_its_band(
    limits: list[SetLimit], expected: Ends, service: Service
) -> None:
    asked = Ends(40.0, 95.0, "profile", "profile")
    tables = service.knowledge.intensity
    assert expected == narrow(asked, "hrr_percent", "percent_hrr", limits, tables)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("vigorous", Ends(60.0, 80.0, "profile", "profile")),
        ("moderate", Ends(60.0, 69.0, "profile", "rule.cap")),
        ("light", Ends(30.0, 49.0, "rule.cap", "rule.cap")),
        ("very_light", Ends(0.0, 29.0, "rule.cap", "rule.cap")),
    ],
)
def test_a_category_cap_ends_the_load_with_its_band(
    code: str, expected: Ends, service: Service
) -> None:
    tables = service.knowledge.intensity
    asked = Ends(60.0, 80.0, "profile", "profile")
    assert expected == narrow(asked, "percent_1rm", "percent_1rm", [cap(code)], tables)


def test_who_may_only_do_light_exercise_is_not_given_heavy_loads(service: Service) -> None:
    """A resting heart rate of 110 leaves light effort on every kind of exercise."""
    resistance = decide_for(service, **{**TESTED, "hr_rest": 110}).intensity.resistance
    assert resistance is not None
    assert resistance.percent_1rm is not None
    assert resistance.percent_1rm[1] == 49


def test_moderate_effort_goes_with_the_loads_of_the_profiles(service: Service) -> None:
    """Profiles lift up to 80 % of the maximum beside moderate effort, so such a cap lowers none."""
    found = decide_for(service, hemoglobin=10.5, **TESTED).intensity
    assert found.resistance is not None
    assert (found.aerobic.category, found.resistance.percent_1rm) == ("moderate", (60, 80))


def test_while_resistance_training_is_out_no_load_is_told(service: Service) -> None:
    """A swollen arm holds the weights; nobody should read how heavy they are."""
    found = decide_for(service, ("lymphoedema",), lymphedema_stable=False, **TESTED).intensity
    assert found.aerobic.category is not None
    assert found.resistance is None
    assert not [entry for entry in found.limited_by if entry.attribute.startswith("percent_1rm")]
