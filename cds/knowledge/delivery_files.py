"""Reads and checks the tables of delivery: five files that have to be there and sound."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema
from msgspec import Struct

from cds.errors import Location
from cds.knowledge.delivery_schemas import (
    AQUATIC,
    BENEFITS,
    ELEMENTS,
    EQUIPMENT,
    MONITORING,
    SETTINGS,
    SUPERVISION,
)
from cds.knowledge.documents import LocatedDict, Problems, line_of
from cds.knowledge.predicates import make_predicate
from cds.knowledge.schema import load_documents, suggest
from cds.knowledge.water_table import build_aquatic, source_of
from cds.knowledge.water_table import sentence_of as _sentence
from cds.model.delivery_tables import (
    Band,
    DataItem,
    DeliveryTables,
    EquipmentTable,
    Improvised,
    IntervalLevel,
    KitNote,
    Level,
    MonitoringTable,
    Reason,
    SettingRule,
    SupervisionTable,
)

_FILES: Mapping[str, Schema] = {
    "supervision": SUPERVISION,
    "equipment": EQUIPMENT,
    "monitoring": MONITORING,
    "aquatic": AQUATIC,
    "benefits": BENEFITS,
}
_LEVELS = (0, 1, 2, 3)
_Path = tuple[str | int, ...]
_Entry = Mapping[str, Any]


class Names(Struct, frozen=True):
    """What the files may name."""

    facts: Collection[str]
    profiles: Collection[str]
    citations: Collection[str]


def load_delivery(root: Path, known: Names, problems: Problems) -> DeliveryTables | None:
    """The tables under `root`/knowledge/delivery, or None when a problem was noted."""
    before, found = len(problems.found), {}
    for stem, schema in _FILES.items():
        pattern = f"knowledge/delivery/{stem}.yaml"
        for name, document, loaded in load_documents(root, pattern, schema, problems):
            for path, message in _faults(stem, document, loaded, known):
                problems.add(message, Location(name, line_of(document, path)))
            found[stem] = loaded
    if len(problems.found) > before:
        return None
    return DeliveryTables(
        supervision=_supervision(found["supervision"]),
        equipment=_equipment(found["equipment"]),
        monitoring=_monitoring(found["monitoring"]),
        aquatic=build_aquatic(found["aquatic"]),
        benefits=tuple(_reason(entry) for entry in found["benefits"]["benefits"]),
        benefit_limits=tuple(_sentence(entry) for entry in found["benefits"]["limits"]),
    )


def _faults(
    stem: str, document: LocatedDict, loaded: _Entry, known: Names
) -> Iterator[tuple[_Path, str]]:
    yield from _names(document, (), known)
    if stem == "supervision":
        yield from _gaps(loaded)


def _names(entry: Any, path: _Path, known: Names) -> Iterator[tuple[_Path, str]]:
    """Citations, profiles and facts that do not exist, wherever they are named."""
    if isinstance(entry, Mapping):
        for key, value in entry.items():
            among = _AMONG.get(key)
            if among is None:
                yield from _names(value, (*path, key), known)
                continue
            what, names = among, getattr(known, f"{among}s")
            for name in value if isinstance(value, list) else (value,):
                if name not in names:
                    yield (*path, key), _unknown(what, name, names)
    elif isinstance(entry, list):
        for index, value in enumerate(entry):
            yield from _names(value, (*path, index), known)


_AMONG = {
    "citation": "citation",
    "profiles": "profile",
    "without_condition": "profile",
    "fact": "fact",
    "grip_fact": "fact",
}


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    return f"There is no {what} '{name}'. It would never count.{suggest(name, known)}"


def _gaps(loaded: _Entry) -> Iterator[tuple[_Path, str]]:
    """Levels, settings and elements that the service needs, each once and in order."""
    if tuple(entry["level"] for entry in loaded["levels"]) != _LEVELS:
        yield ("levels",), "The levels are 0, 1, 2 and 3, each once and in this order."
    if tuple(entry["setting"] for entry in loaded["settings"]) != SETTINGS:
        yield ("settings",), f"The settings are {', '.join(SETTINGS)}, each once, in this order."
    if set(loaded["elements"]) != set(ELEMENTS):
        yield ("elements",), f"The elements are {' and '.join(ELEMENTS)}. Add what is missing."


def _supervision(loaded: _Entry) -> SupervisionTable:
    return SupervisionTable(
        levels=tuple(
            Level(e["level"], e["name"], e["how"], source_of(e)) for e in loaded["levels"]
        ),
        hiit=tuple(IntervalLevel(e["level"], _sentence(e)) for e in loaded["hiit"]),
        settings=tuple(SettingRule(**entry) for entry in loaded["settings"]),
        elements={name: make_predicate(entry) for name, entry in loaded["elements"].items()},
    )


def _equipment(loaded: _Entry) -> EquipmentTable:
    improvised = loaded["improvised"]
    return EquipmentTable(
        minimum=tuple(loaded["minimum"]),
        minimum_source=source_of(loaded["minimum_source"]),
        improvised=Improvised(
            improvised["grip_fact"],
            _sentence({**improvised, "text": improvised["allowed"], "profiles": ()}),
            _sentence({**improvised, "text": improvised["not_yet"]}),
        ),
        notes=tuple(KitNote(_sentence(e), frozenset(e["needs"])) for e in loaded["notes"]),
    )


def _monitoring(loaded: _Entry) -> MonitoringTable:
    bands = tuple(
        Band(
            e["band"],
            e["from_level"],
            tuple(e["data"]),
            _sentence({**e, "text": e["contact"], "profiles": ()}),
        )
        for e in loaded["bands"]
    )
    return MonitoringTable(
        bands=bands,
        boosters=_sentence(loaded["boosters"]),
        boosters_in=loaded["boosters"]["band"],
        data=tuple(DataItem(e["from_level"], _sentence(e)) for e in loaded["data"]),
        alerts=tuple(_sentence(entry) for entry in loaded["alerts"]),
        no_data=tuple((entry["days"], _sentence(entry)) for entry in loaded["no_data"]),
        not_emergency=_sentence(loaded["not_emergency"]),
    )


def _reason(entry: _Entry) -> Reason:
    return Reason(
        id=entry["id"],
        benefit=entry["benefit"],
        use=entry["use"],
        certainty=entry["certainty"],
        fear=entry["fear"],
        sources=tuple(source_of(source) for source in entry["sources"]),
    )
