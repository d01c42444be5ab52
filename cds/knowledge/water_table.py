"""Builds the table of exercise in water from its loaded file."""

from collections.abc import Mapping
from typing import Any

from cds.model.delivery_tables import AquaticTable, Depth, Pair, Sentence, Warmth
from cds.model.measure import Source

_Entry = Mapping[str, Any]


def source_of(entry: _Entry) -> Source:
    """The source that an entry names."""
    return Source(entry["citation"], entry["locator"], entry["mark"], entry.get("page"))


def sentence_of(entry: _Entry) -> Sentence:
    """The sentence of an entry, with its source and for whom it is meant."""
    return Sentence(entry["text"], source_of(entry), frozenset(entry["profiles"]))


def build_aquatic(loaded: _Entry) -> AquaticTable:
    """The table; its shape and names were checked before."""
    dose = loaded["dose"]
    return AquaticTable(
        indications=_sentences(loaded["indications"]),
        temperatures=tuple(_warmth(entry) for entry in loaded["temperatures"]),
        chronic=_warmth(loaded["chronic"]),
        vigorous=_warmth(loaded["vigorous"]),
        without_condition=frozenset(loaded["without_condition"]),
        together=tuple(_together(entry) for entry in loaded["together"]),
        order=tuple(loaded["order"]),
        immersion={entry["depth"]: entry["percent"] for entry in loaded["immersion"]},
        immersion_source=source_of(loaded["immersion_source"]),
        depths=tuple(Depth(entry["depth"], sentence_of(entry)) for entry in loaded["depths"]),
        swim_fact=loaded["swimming"]["fact"],
        swimming=Depth(loaded["swimming"]["depth"], sentence_of(loaded["swimming"])),
        minutes=_pair(dose["minutes"]),
        days=_pair(dose["days"]),
        rpe_6_20=_pair(dose["rpe_6_20"]),
        dose_source=source_of(dose),
        notes=_sentences(loaded["notes"]),
    )


def _sentences(entries: list[_Entry]) -> tuple[Sentence, ...]:
    return tuple(sentence_of(entry) for entry in entries)


def _warmth(entry: _Entry) -> Warmth:
    """The locator is what the source says, so it is told as it stands."""
    return Warmth(
        id=entry["id"],
        low=entry["low"],
        high=entry["high"],
        sentence=sentence_of({**entry, "text": entry["locator"]}),
        preferred_high=entry.get("preferred_high"),
        other=sentence_of(entry["other"]) if "other" in entry else None,
    )


def _together(entry: _Entry) -> Warmth:
    return Warmth("together", entry["low"], entry["high"], sentence_of(entry))


def _pair(ends: list[float]) -> Pair:
    return ends[0], ends[1]
