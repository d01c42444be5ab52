"""Reads and checks bounds.csv: what each profile allows in each phase."""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from cds.errors import Location
from cds.knowledge.documents import Problems
from cds.knowledge.schema import suggest
from cds.knowledge.table_rows import Row, parse_code, parse_flag, parse_number, read_rows
from cds.model.profile import HIIT, IMPACTS, Bounds, Range

FILE = "knowledge/profiles/bounds.csv"
PHASES = ("start", "target")
_RANGES = MappingProxyType(
    {
        "hrr_percent": "hrr",
        "rpe_6_20": "rpe",
        "days": "days",
        "minutes": "minutes",
        "rt_days": "rt_days",
        "rt_percent": "rt_percent",
        "rt_sets": "rt_sets",
        "rt_reps": "rt_reps",
    }
)
_REGIONS = ("whole_body", "upper_body", "trunk", "involved_shoulder")
COLUMNS = (
    *("profile", "phase", "hrr_low", "hrr_high", "rpe_low", "rpe_high", "days_low", "days_high"),
    *("minutes_low", "minutes_high", "weekly_low", "weekly_high", "rt_days_low", "rt_days_high"),
    *("rt_percent_low", "rt_percent_high", "rt_sets_low", "rt_sets_high"),
    *("rt_reps_low", "rt_reps_high", "impact", "hiit", "supervision", "hr_usable"),
    *("avoid_tags", "rt_scope", "protective"),
)


class BoundsTable(Struct, frozen=True):
    """The bounds by profile and phase, and the first row of each profile."""

    bounds: Mapping[tuple[str, str], Bounds]
    places: Mapping[str, Location]


def load_bounds(root: Path, tags: Collection[str], problems: Problems) -> BoundsTable:
    """Every sound row; a profile without both phases is a problem at its row."""
    found: dict[tuple[str, str], Bounds] = {}
    places: dict[str, Location] = {}
    for row in read_rows(root / FILE, root, COLUMNS, problems):
        bounds = _bounds(row, tags, problems)
        if bounds is None:
            continue
        key = (bounds.profile, bounds.phase)
        if key in found:
            problems.add(
                f"The {bounds.phase} row of '{bounds.profile}' stands twice. Keep one.",
                row.location,
            )
        found[key] = bounds
        places.setdefault(bounds.profile, row.location)
    for profile, place in places.items():
        if any((profile, phase) not in found for phase in PHASES):
            problems.add(f"'{profile}' lacks its start or its target row. Add it.", place)
    return BoundsTable(MappingProxyType(found), MappingProxyType(places))


def _bounds(row: Row, tags: Collection[str], problems: Problems) -> Bounds | None:
    before = len(problems.found)
    ranges: dict[str, Any] = {
        name: _range(row, column, problems) for name, column in _RANGES.items()
    }
    stated = bool(row["weekly_low"] or row["weekly_high"])
    weekly = _range(row, "weekly", problems) if stated else None
    supervision = parse_number(row, "supervision", problems)
    for tag in row.items("avoid_tags"):
        if tag not in tags:
            problems.add(
                f"'{tag}' is not an avoid tag, so nothing would be left out.{suggest(tag, tags)}",
                row.location,
            )
    values: dict[str, Any] = {
        "profile": row["profile"],
        "phase": parse_code(row, "phase", PHASES, problems),
        "impact": parse_code(row, "impact", IMPACTS, problems),
        "hiit": parse_code(row, "hiit", HIIT, problems),
        "rt_scope": parse_code(row, "rt_scope", _REGIONS, problems),
        "heart_rate_usable": parse_flag(row, "hr_usable", problems),
        "protective": parse_flag(row, "protective", problems),
        "avoid_tags": frozenset(row.items("avoid_tags")),
        "supervision": int(supervision or 0),
    }
    if len(problems.found) > before:
        return None
    return Bounds(weekly=weekly, **ranges, **values)


def _range(row: Row, column: str, problems: Problems) -> Range | None:
    low = parse_number(row, f"{column}_low", problems)
    high = parse_number(row, f"{column}_high", problems)
    if low is None or high is None:
        return None
    if low > high:
        problems.add(
            f"The lower bound of '{column}' is above the upper one, so nothing fits between. "
            "Correct one of them.",
            row.location,
        )
    return Range(low, high)
