"""Reads and checks the FITT-VP profiles: bounds, texts, constants, and what brings a profile."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import Schema

from cds.errors import Location
from cds.knowledge.documents import Problems
from cds.knowledge.profile_bounds import load_bounds
from cds.knowledge.profile_schemas import BOUNDS_FILE, CONSTANTS_FILE, MAPPING_FILE
from cds.knowledge.profile_table import ProfileTable
from cds.knowledge.profile_texts import Known, load_texts
from cds.knowledge.schema import check_document, suggest
from cds.knowledge.yaml_reader import read_document
from cds.model.profile import (
    AgeRule,
    Cited,
    FactRule,
    Mapped,
    Range,
    Relief,
)

FOLDER = "knowledge/profiles"


def load_profiles(root: Path, known: Known, problems: Problems) -> ProfileTable | None:
    """The profiles under `root`/knowledge/profiles, or None when a file cannot be read at all."""
    files = {
        name: _read(root, name, schema, problems)
        for name, schema in (
            ("bounds.yaml", BOUNDS_FILE),
            ("constants.yaml", CONSTANTS_FILE),
            ("condition_profiles.yaml", MAPPING_FILE),
        )
    }
    rows = load_bounds(root, known.tags, problems)
    texts = load_texts(root, rows.places, known, problems)
    about, constants, mapping = files.values()
    if about is None or constants is None or mapping is None:
        return None
    table = ProfileTable(
        bounds=rows.bounds,
        bounds_source=Cited(**about["source"]),
        bounds_marks=MappingProxyType(dict(about["marks"])),
        profiles=texts,
        constants=MappingProxyType({c["id"]: _constant(c) for c in constants["constants"]}),
        conditions=_mapped(mapping["conditions"]),
        procedures=_mapped(mapping["procedures"]),
        facts=tuple(_fact_rule(rule) for rule in mapping["facts"]),
        first_doses=tuple(_fact_rule(rule) for rule in mapping["first_doses"]),
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


def _constant(entry: Mapping[str, Any]) -> Range:
    """A constant with one end only is that number."""
    return Range(entry.get("low", entry.get("high")), entry.get("high", entry.get("low")))


def _mapped(entries: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapped]:
    found = {}
    for name, entry in entries.items():
        kind = next(kind for kind in ("profile", "neutral", "none") if kind in entry)
        extras = {key: entry.get(key) for key in ("within_weeks", "weeks_fact", "later")}
        found[name] = Mapped(kind, entry[kind], **extras, not_of=tuple(entry.get("not_of", ())))
    return MappingProxyType(found)


def _fact_rule(entry: Mapping[str, Any]) -> FactRule:
    bounds = entry.get("at_least"), entry.get("at_most")
    return FactRule(entry["profile"], entry["fact"], *bounds, tuple(entry.get("one_of", ())))


def _check_references(table: ProfileTable, problems: Problems) -> None:
    bounded = {profile for profile, _ in table.bounds}
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
        yield from mapped.not_of
    for rule in (*table.facts, *table.first_doses):
        yield rule.profile
    for winner, losers in table.supersedes.items():
        yield from (winner, *losers)
    for relief in table.relieved:
        yield from (relief.profile, relief.to)
    yield from (table.age.adult_profile, table.age.older_profile)
