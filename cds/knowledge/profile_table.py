"""Reads and checks the FITT-VP profiles: bounds, texts, constants, and what brings a profile."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import Schema

from cds.errors import Location
from cds.knowledge.documents import Problems, read_document
from cds.knowledge.profile_schemas import (
    BOUNDS_FILE,
    CONSTANTS_FILE,
    MAPPING_FILE,
    PROFILES_FILE,
)
from cds.knowledge.schema import check_document, suggest
from cds.knowledge.table_rows import Row, parse_code, parse_flag, parse_number, read_rows
from cds.model.profile import (
    HIIT,
    IMPACTS,
    Advice,
    AgeRule,
    Bounds,
    Cited,
    FactRule,
    Mapped,
    OutcomeMeasure,
    Profile,
    Range,
    Relief,
)

FOLDER = "knowledge/profiles"
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


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """Everything that is known about profiles."""

    bounds: Mapping[tuple[str, str], Bounds]
    bounds_source: Cited
    bounds_marks: Mapping[str, str]
    profiles: Mapping[str, Profile]
    constants: Mapping[str, Range]
    conditions: Mapping[str, Mapped]
    procedures: Mapping[str, Mapped]
    facts: tuple[FactRule, ...]
    supersedes: Mapping[str, tuple[str, ...]]
    relieved: tuple[Relief, ...]
    age: AgeRule


def load_profiles(root: Path, tags: Collection[str], problems: Problems) -> ProfileTable | None:
    """The profiles under `root`/knowledge/profiles, or None when a file cannot be read at all."""
    files = {
        name: _read(root, name, schema, problems)
        for name, schema in (
            ("bounds.yaml", BOUNDS_FILE),
            ("constants.yaml", CONSTANTS_FILE),
            ("profiles.yaml", PROFILES_FILE),
            ("condition_profiles.yaml", MAPPING_FILE),
        )
    }
    bounds = _load_bounds(root, tags, problems)
    about, constants, texts, mapping = files.values()
    if about is None or constants is None or texts is None or mapping is None:
        return None
    table = ProfileTable(
        bounds=MappingProxyType(bounds),
        bounds_source=Cited(**about["source"]),
        bounds_marks=MappingProxyType(dict(about["marks"])),
        profiles=MappingProxyType({p["id"]: _profile(p) for p in texts["profiles"]}),
        constants=MappingProxyType({c["id"]: _constant(c) for c in constants["constants"]}),
        conditions=_mapped(mapping["conditions"]),
        procedures=_mapped(mapping["procedures"]),
        facts=tuple(_fact_rule(rule) for rule in mapping["facts"]),
        supersedes=MappingProxyType({k: tuple(v) for k, v in mapping["supersedes"].items()}),
        relieved=tuple(Relief(**relief) for relief in mapping["relieved"]),
        age=AgeRule(**{key: value for key, value in mapping["age"].items() if key != "unit"}),
    )
    _check_references(table, problems)
    return table


def _read(root: Path, name: str, schema: Schema, problems: Problems) -> Mapping[str, Any] | None:
    path = root / FOLDER / name
    document = read_document(path, root, problems)
    if document is None:
        return None
    return check_document(path.relative_to(root).as_posix(), document, schema, problems)


def _load_bounds(
    root: Path, tags: Collection[str], problems: Problems
) -> dict[tuple[str, str], Bounds]:
    found: dict[tuple[str, str], Bounds] = {}
    for row in read_rows(root / FOLDER / "bounds.csv", root, COLUMNS, problems):
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
    return found


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


def _constant(entry: Mapping[str, Any]) -> Range:
    """A constant with one end only is that number."""
    return Range(entry.get("low", entry.get("high")), entry.get("high", entry.get("low")))


def _profile(entry: Mapping[str, Any]) -> Profile:
    values = dict(entry)
    values["weight"] = int(entry["weight"])
    for key in ("priority_modalities", "monitoring", "exercises", "start_exercises"):
        values[key] = tuple(entry.get(key, ()))
    values["outcome_measures"] = tuple(
        OutcomeMeasure(o["name"], o.get("important_change"), o["mark"])
        for o in entry.get("outcome_measures", ())
    )
    for key in ("flexibility", "balance"):
        advice = entry.get(key)
        values[key] = advice and Advice(
            Range(advice["days_low"], advice["days_high"]), advice["dose"], advice["mark"]
        )
    impacts = entry.get("impacts_per_session")
    values["impacts_per_session"] = impacts and impacts["value"]
    values["evidence"] = tuple(Cited(**cited) for cited in entry.get("evidence", ()))
    return Profile(**values)


def _mapped(entries: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapped]:
    found = {}
    for name, entry in entries.items():
        kind = next(kind for kind in ("profile", "neutral", "none") if kind in entry)
        extras = {key: entry.get(key) for key in ("within_weeks", "weeks_fact", "later")}
        found[name] = Mapped(kind, entry[kind], **extras)
    return MappingProxyType(found)


def _fact_rule(entry: Mapping[str, Any]) -> FactRule:
    return FactRule(entry["profile"], entry["fact"], entry.get("at_least"), entry.get("at_most"))


def _check_references(table: ProfileTable, problems: Problems) -> None:
    bounded = {profile for profile, _ in table.bounds}
    for profile in sorted(bounded ^ table.profiles.keys()):
        problems.add(
            f"'{profile}' has bounds without an entry in profiles.yaml, or the other way round. "
            "Add the missing one.",
            Location(f"{FOLDER}/profiles.yaml", 1),
        )
    for profile in sorted(bounded):
        if any((profile, phase) not in table.bounds for phase in PHASES):
            problems.add(
                f"'{profile}' lacks its start or its target row. Add it.",
                Location(f"{FOLDER}/bounds.csv", 1),
            )
    for named in sorted(set(_named(table)) - bounded):
        problems.add(
            f"'{named}' is not a profile, so the condition would get no dose."
            f"{suggest(named, bounded)}",
            Location(f"{FOLDER}/condition_profiles.yaml", 1),
        )


def _named(table: ProfileTable) -> Iterator[str]:
    for mapped in (*table.conditions.values(), *table.procedures.values()):
        if mapped.kind == "profile":
            yield mapped.value
        if mapped.later is not None:
            yield mapped.later
    for rule in table.facts:
        yield rule.profile
    for winner, losers in table.supersedes.items():
        yield from (winner, *losers)
    for relief in table.relieved:
        yield from (relief.profile, relief.to)
    yield from (table.age.adult_profile, table.age.older_profile)
