"""The worked combinations of tests/data are those of the reference, to every printed figure."""

import re
from typing import Any

import pytest
import yaml

from tests.stages.prescribing import DATA, NO_SHARED, SHARED

FILE = SHARED / "clinical" / "prescription" / "conflicts.md"
CASES = {
    case["id"]: case
    for case in yaml.safe_load((DATA / "worked_combinations.yaml").read_text())["cases"]
}
SECTIONS = (
    re.split(r"\n### (?=MM\d\d: )", FILE.read_text(encoding="utf-8").split("\n## 5.")[0])[1:]
    if FILE.is_file()
    else []
)
COLUMNS = ("start", "target")
NUMBER = r"(\d+)"
RANGE = rf"{NUMBER}-{NUMBER}"
OTHERS = (
    rf"none for (\w+); other regions {NUMBER} d/wk, <={NUMBER}% 1RM, {NUMBER} x {RANGE}, "
    "no breath-hold"
)
LOAD = rf"{RANGE} d/wk, {RANGE}% 1RM, {RANGE} x {RANGE}"
TIME = rf"{RANGE} d x {RANGE} min"
WEEKLY = rf"; weekly (?:goal {RANGE}|(no quota)) \(reachable max {NUMBER}\)"

pytestmark = pytest.mark.skipif(not SECTIONS, reason=NO_SHARED)


def numbers(pattern: str, text: str) -> list[int]:
    found = re.fullmatch(pattern, text)
    assert found, f"{text!r} is not {pattern}"
    return [int(group) for group in found.groups()]


def cells(section: str, title: str) -> list[str]:
    [row] = re.findall(rf"^\| {title}[^|]*\|(.*)\|$", section, re.MULTILINE)
    return [cell.strip() for cell in row.split("|")]


def resistance(text: str) -> dict[str, Any]:
    blocked = re.fullmatch(OTHERS, text)
    if blocked:
        region, *rest = blocked.groups()
        days, percent, sets, low, high = map(int, rest)
        others = {
            "days_at_most": days,
            "percent_1rm_at_most": percent,
            "sets": sets,
            "reps": [low, high],
        }
        return {"blocked": region, "others": others}
    found = numbers(LOAD, text)
    keys = ("days", "percent_1rm", "sets", "reps")
    return {key: found[2 * n : 2 * n + 2] for n, key in enumerate(keys)}


def printed(section: str) -> dict[str, dict[str, Any]]:
    """The two columns of the table of one case, in the words of the data file."""
    times = cells(section, "Frequency x time")
    found = {}
    for n, phase in enumerate(COLUMNS):
        time, _, weekly = times[n].partition(";")
        days = numbers(TIME, time)
        impact, hiit, supervision = cells(section, "Impact / HIIT / supervision")[n].split(" / ")
        found[phase] = {
            "hrr_percent": numbers(f"{RANGE}%", cells(section, "HRR")[n]),
            "rpe_6_20": numbers(RANGE, cells(section, "RPE")[n]),
            "days": days[:2],
            "minutes": days[2:],
            "resistance": resistance(cells(section, "Resistance")[n]),
            "impact": impact,
            "hiit": {"cond": "conditional"}.get(hiit, hiit),
            "supervision": int(supervision),
        }
        if weekly:
            low, high, no_quota, reachable = re.fullmatch(WEEKLY, f";{weekly}").groups()  # type: ignore[union-attr]
            found[phase]["weekly"] = "none" if no_quota else [int(low), int(high)]
            found[phase]["reachable"] = int(reachable)
    return found


def test_there_are_all_26() -> None:
    assert [section[:4] for section in SECTIONS] == sorted(CASES)
    assert len(CASES) == 26


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section[:4])
def test_a_worked_combination_is_written_down_as_printed(section: str) -> None:
    case = CASES[section[:4]]
    assert {phase: case[phase] for phase in COLUMNS} == printed(section)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section[:4])
def test_its_conditions_tags_and_flags_are_written_down_as_printed(section: str) -> None:
    case = CASES[section[:4]]
    [conditions] = re.findall(r"Conditions `([^`]*)`", section)
    [tags] = re.findall(r"Union tags: (.*)\.?$", section, re.MULTILINE)
    [flags] = re.findall(r"Sub-therapeutic flags:\*\* (.*)$", section, re.MULTILINE)
    assert case["profiles"] == conditions.split(", ")
    assert case["avoid_tags"] == re.findall(r"AV_\w+", tags)
    assert case["sub_therapeutic"] == ([] if flags == "none" else flags.split(", "))
    assert case["heart_rate_usable"] == ("HRR (usable)" in section)
