"""Reads and checks what is said about each profile beside its bounds, from one file per topic."""

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from cds.errors import Location
from cds.knowledge.documents import LocatedDict, Problems, line_of
from cds.knowledge.fact import FactDefinition
from cds.knowledge.profile_text_schemas import TEXTS_FILE
from cds.knowledge.schema import load_documents, suggest
from cds.model.profile import Advice, Cited, Profile, Range
from cds.model.profile_text import (
    Change,
    Marked,
    OutcomeMeasure,
    PainCeiling,
    Particular,
    Stage,
    Suitability,
)

PATTERN = "knowledge/profiles/texts/*.yaml"
_SENTENCES = ("focus", "first_dose", "progression_step", "disagreement")
_SENTENCE_LISTS = ("avoid", "monitoring", "education", "certainty")
_KINDS = ("hiit", "aquatic", "mind_body")
_NAME_LISTS = ("priority_modalities", "exercises", "start_exercises")
Entry = Mapping[str, Any]


class Known(Struct, frozen=True):
    """What a profile may name: avoid tags, citations, facts and movements.

    `facts` is None when the vocabulary is broken: then the texts are not blamed for its gaps.
    """

    tags: Collection[str]
    citations: Collection[str]
    facts: Mapping[str, FactDefinition] | None
    movements: Collection[str]


def load_texts(
    root: Path, bounded: Mapping[str, Location], known: Known, problems: Problems
) -> Mapping[str, Profile]:
    """The profile of each row of the bounds: exactly one text for each, or a problem."""
    found: dict[str, tuple[Profile, Location]] = {}
    for name, document, loaded in load_documents(root, PATTERN, TEXTS_FILE, problems):
        for index, entry in enumerate(loaded["profiles"]):
            place = Location(name, line_of(document, ("profiles", index, "id")))
            own = entry["id"]
            if own in found:
                problems.add(
                    f"'{own}' already has its text at {found[own][1]}. One of the two would be "
                    "lost. Keep one.",
                    place,
                )
            if own not in bounded:
                problems.add(
                    f"'{own}' is no profile of bounds.csv, so nobody would read its text."
                    f"{suggest(own, bounded)}",
                    place,
                )
            found.setdefault(own, (_profile(entry), place))
            _check_units(entry, known, place, problems)
            _check_stages(entry, place, problems)
        _check_names(name, document, known, problems)
    for missing in sorted(bounded.keys() - found.keys()):
        problems.add(
            f"'{missing}' has bounds without an entry in profiles/texts. Add the missing one.",
            bounded[missing],
        )
    return MappingProxyType({own: profile for own, (profile, _) in found.items()})


def _check_units(entry: Entry, known: Known, place: Location, problems: Problems) -> None:
    """A change that is compared with a fact has to be in the unit of that fact."""
    for measure in entry.get("outcome_measures", ()):
        fact = (known.facts or {}).get(measure.get("fact"))
        change = measure.get("change")
        if fact is not None and change is not None and fact.unit != change["unit"]:
            problems.add(
                f"The change of '{measure['name']}' is in {change['unit']}, but '{fact.name}' is "
                f"measured in {fact.unit}. Write it in that unit.",
                place,
            )


def _check_stages(entry: Entry, place: Location, problems: Problems) -> None:
    """Each stage but the last leads to the next one, without a gap."""
    for now, following in pairwise(entry.get("stages", ())):
        if now.get("to_week", now["from_week"]) != following["from_week"]:
            problems.add(
                f"The stage '{now['id']}' does not end where '{following['id']}' begins, so a week "
                "would belong to none or to two. Correct one of them.",
                place,
            )
        if "milestone" not in now:
            problems.add(
                f"The stage '{now['id']}' has no milestone, so weeks alone would end it. Add one.",
                place,
            )


def _profile(entry: Entry) -> Profile:
    values = dict(entry)
    values["weight"] = int(entry["weight"])
    for key in _NAME_LISTS:
        values[key] = tuple(entry.get(key, ()))
    for key in _SENTENCES:
        values[key] = Marked(**entry[key]) if key in entry else None
    for key in _SENTENCE_LISTS:
        values[key] = tuple(Marked(**sentence) for sentence in entry.get(key, ()))
    for key in _KINDS:
        values[key] = Suitability(**entry[key]) if key in entry else None
    for key in ("flexibility", "balance"):
        values[key] = _advice(entry[key]) if key in entry else None
    values["particulars"] = tuple(Particular(**said) for said in entry.get("particulars", ()))
    impacts = entry.get("impacts_per_session")
    values["impacts_per_session"] = impacts and impacts["value"]
    values["pain_ceiling"] = _ceiling(entry)
    values["outcome_measures"] = tuple(_outcome(o) for o in entry.get("outcome_measures", ()))
    values["stages"] = tuple(_stage(stage) for stage in entry.get("stages", ()))
    values["evidence"] = tuple(Cited(**cited) for cited in entry.get("evidence", ()))
    return Profile(**values)


def _advice(entry: Entry) -> Advice:
    days = Range(entry["days_low"], entry["days_high"])
    return Advice(days, entry["dose"], entry["mark"], entry.get("citation"))


def _outcome(entry: Entry) -> OutcomeMeasure:
    change = Change(**entry["change"]) if "change" in entry else None
    return OutcomeMeasure(
        entry["name"],
        entry.get("important_change"),
        entry["mark"],
        entry.get("citation"),
        change,
        entry.get("fact"),
    )


def _ceiling(entry: Entry) -> PainCeiling | None:
    return PainCeiling(**entry["pain_ceiling"]) if "pain_ceiling" in entry else None


def _stage(entry: Entry) -> Stage:
    values = dict(entry)
    values["to_week"] = entry.get("to_week")
    values["allowed"] = tuple(entry["allowed"])
    values["not_yet"] = tuple(entry.get("not_yet", ()))
    values["milestone"] = Marked(**entry["milestone"]) if "milestone" in entry else None
    values["avoid_tags"] = frozenset(entry.get("avoid_tags", ()))
    values["pain_ceiling"] = _ceiling(entry)
    return Stage(**values)


def _check_names(name: str, document: LocatedDict, known: Known, problems: Problems) -> None:
    """Every name that points elsewhere has to lead somewhere."""
    kinds = {
        "citation": (known.citations, "a citation, so the sentence would have no source"),
        "fact": (known.facts, "a fact, so nothing would be measured"),
        "exercises": (known.movements, "a movement, so nothing would be offered"),
        "start_exercises": (known.movements, "a movement, so nothing would be offered"),
        "avoid_tags": (known.tags, "an avoid tag, so nothing would be left out"),
    }
    for path, key, value in _named(document, ()):
        names, lost = kinds.get(key, (None, ""))
        if names is not None and value not in names:
            problems.add(
                f"'{value}' is not {lost}.{suggest(value, names)}",
                Location(name, line_of(document, path)),
            )


def _named(
    part: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every text of the document with its place and the last key above it."""
    if isinstance(part, str):
        yield path, next((step for step in reversed(path) if isinstance(step, str)), ""), part
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from _named(value, (*path, key))
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _named(value, (*path, index))
