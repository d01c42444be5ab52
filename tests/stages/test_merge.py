"""The 26 worked combinations of the clinical reference, figure by figure."""

from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from cds.model.dose import MergedDose
from cds.model.profile import Range
from cds.stages.merge import merge_bounds
from tests.stages.prescribing import DATA, pair, profiles

CASES = yaml.safe_load((DATA / "worked_combinations.yaml").read_text())["cases"]
KNOWN = yaml.safe_load((DATA.parent / "known_disagreements.yaml").read_text())["worked_cases"]
INTENSITIES = {"hrr_lo": "hrr_percent", "rpe_lo": "rpe_6_20", "rt_pct_lo": "rt_percent"}
PHASES = ("start", "target")
OLDER_FROM = 65


def merge(names: list[str], phase: str, ceiling: str | None = None) -> MergedDose:
    table = profiles()
    ceilings = [table.bounds[ceiling, "target"]] if ceiling else []
    return merge_bounds([table.bounds[n, phase] for n in names], ceilings, table.constants)


def figures(dose: MergedDose) -> dict[str, Any]:
    found: dict[str, Any] = {
        "hrr_percent": pair(dose.hrr_percent),
        "rpe_6_20": pair(dose.rpe_6_20),
        "days": pair(dose.days),
        "minutes": pair(dose.minutes),
        "impact": dose.impact.value,
        "hiit": dose.hiit.value,
        "supervision": dose.supervision.value,
        "resistance": resistance(dose),
    }
    if dose.phase == "target":
        found["weekly"] = pair(dose.weekly) if dose.weekly else "none"
        found["reachable"] = dose.reachable
    return found


def resistance(dose: MergedDose) -> dict[str, Any]:
    found = dose.resistance
    if not found.blocked_regions:
        return {
            "days": pair(found.days),
            "percent_1rm": pair(found.percent),
            "sets": pair(found.sets),
            "reps": pair(found.reps),
        }
    return {
        "blocked": found.blocked_regions[0].value,
        "others": {
            "days_at_most": found.days.high.value,
            "percent_1rm_at_most": found.percent.high.value,
            "sets": found.sets.high.value,
            "reps": pair(found.reps),
        },
    }


def flatten(prefix: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    return {
        k: v for key, part in value.items() for k, v in flatten(f"{prefix}.{key}", part).items()
    }


def differences(case: dict[str, Any], ceiling: str | None = None) -> list[dict[str, Any]]:
    found = []
    for phase in PHASES:
        got = flatten(f"{case['id']}.{phase}", figures(merge(case["profiles"], phase, ceiling)))
        expected = flatten(f"{case['id']}.{phase}", case[phase])
        assert expected.keys() == got.keys()
        found += [
            {"id": key, "expected": expected[key], "got": got[key]}
            for key in expected
            if expected[key] != got[key]
        ]
    return found


def known(case: dict[str, Any]) -> list[dict[str, Any]]:
    mine = [entry for entry in KNOWN if entry["id"].startswith(case["id"] + ".")]
    return [{key: entry[key] for key in ("id", "expected", "got")} for entry in mine]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_combination_gives_its_figures(case: dict[str, Any]) -> None:
    """Anything that differs is listed in known_disagreements.yaml, to the figure."""
    assert differences(case) == known(case)


@pytest.mark.parametrize(
    "case", [c for c in CASES if "older_adult" not in c["profiles"]], ids=lambda case: case["id"]
)
def test_the_age_ceiling_changes_no_worked_combination(case: dict[str, Any]) -> None:
    """ADR 0003: the age profile caps without touching what was worked out from the conditions."""
    ceiling = "older_adult" if case["age"] >= OLDER_FROM else "gen_adult"
    assert differences(case, ceiling) == known(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_combination_unites_the_avoid_tags(case: dict[str, Any]) -> None:
    tags = merge(case["profiles"], "target").tags
    assert sorted(tags) == case["avoid_tags"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_combination_flags_what_is_too_little(case: dict[str, Any]) -> None:
    expected = set()
    for flag in case["sub_therapeutic"]:
        profile, _, attribute = flag.partition(":")
        expected.add((profile, INTENSITIES[attribute]))
    got = {
        (sub.profile, sub.attribute)
        for phase in PHASES
        for sub in merge(case["profiles"], phase).sub_therapeutic
    }
    assert got == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_heart_rate_is_usable_only_when_every_profile_says_so(case: dict[str, Any]) -> None:
    """MM01 is nominal because of a drug, which the medication rules say, not the profiles."""
    drug = case["id"] == "MM01"
    usable = merge(case["profiles"], "target").heart_rate_usable.value
    assert (usable and not drug) == case["heart_rate_usable"]


def test_nothing_fits_so_the_lower_bound_follows_the_upper_one() -> None:
    """Osteoporosis asks for 65 % of 1RM, acute back pain allows 60: ten below that remain."""
    gap = merge(["osteoporosis", "ra", "albp"], "target")
    assert pair(gap.resistance.percent) == [50, 60]
    assert gap.resistance.percent.low.by == gap.resistance.percent.high.by == ("albp",)


def test_a_ceiling_below_everything_asked_leaves_one_point() -> None:
    table = profiles()
    row = table.bounds["parkinson", "target"]
    ceiling = replace(row, profile="ceiling", hrr_percent=Range(10, 30))
    assert pair(merge_bounds([row], [ceiling], table.constants).hrr_percent) == [30, 30]


def test_days_that_do_not_overlap_leave_the_upper_bound() -> None:
    """Obesity asks for 5 days, Parkinson disease allows 4."""
    assert pair(merge(["obesity", "parkinson"], "target").days) == [4, 4]


def test_without_a_profile_there_is_nothing_to_merge() -> None:
    with pytest.raises(ValueError, match="Refer instead"):
        merge([], "start")
