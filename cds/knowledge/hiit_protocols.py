"""The interval protocols, the rows that choose one, and the sentences that go with them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Number,
    Text,
    choice,
    load_documents,
    suggest,
)
from cds.knowledge.vocabulary import Vocabulary
from cds.model.measure import Source
from cds.model.protocol import (
    DoseRule,
    FactTest,
    HiitTables,
    Pair,
    Protocol,
    ProtocolChoice,
    Steps,
)

PATTERN = "knowledge/hiit/protocols.yaml"
_NOTES = ("HIIT-HR-LAG", "HIIT-BB", "HIIT-LOWIMP")
_REASONS = ("no_room", "ceiling_unchecked")
_Path = tuple[str | int, ...]


class _PairSchema(KnowledgeSchema):
    low = Number(required=True)
    high = Number(required=True)

    @validates_schema
    def check_order(self, data: Any, **_: Any) -> None:
        """Refuse a range that is upside down."""
        if data["low"] > data["high"]:
            raise ValidationError("The low end is above the high end. Swap them.", "low")


class _StepsSchema(KnowledgeSchema):
    work_s = Number(required=True, validate=validate.Range(min=1))
    rest_s = Number(required=True, validate=validate.Range(min=0))
    intervals = fields.Integer(strict=True, required=True, validate=validate.Range(min=1))


def _sources() -> "fields.List[Any]":
    return fields.List(
        fields.Nested(SourceSchema()), required=True, validate=validate.Length(min=1)
    )


class _ProtocolSchema(KnowledgeSchema):
    id = Text(required=True)
    name = Text(required=True)
    start = fields.Nested(_StepsSchema(), required=True)
    up_to = fields.Nested(_StepsSchema(), load_default=None)
    target_percent = fields.Nested(_PairSchema(), load_default=None)
    target_of = Text(required=True)
    fit_percent = fields.Nested(_PairSchema(), required=True)
    governed_by = choice("heart_rate", "exertion", "dyspnoea", required=True)
    rpe_6_20 = fields.Nested(_PairSchema(), load_default=None)
    recovery = Text(required=True)
    session_min = fields.Nested(_PairSchema(), required=True)
    warm_up_min = Number(required=True)
    cool_down_min = Number(required=True)
    frequency = fields.Nested(_PairSchema(), required=True)
    supervision = Text(required=True)
    supervision_level = fields.Integer(
        strict=True, required=True, validate=validate.Range(min=0, max=3)
    )
    use = Text(required=True)
    leads_to = Text(load_default=None)
    note = Text(load_default=None)
    sources = _sources()


class _TestSchema(KnowledgeSchema):
    fact = Text(required=True)
    at_least = Number(load_default=None)
    less_than = Number(load_default=None)
    equals = Text(load_default=None)


class _ChoiceSchema(KnowledgeSchema):
    protocol = Text(required=True)
    why = Text(required=True)
    any_of = fields.List(fields.Nested(_TestSchema()), load_default=[])
    all_of = fields.List(fields.Nested(_TestSchema()), load_default=[])


class _SentenceSchema(KnowledgeSchema):
    id = Text(required=True)
    text = Text(required=True)
    sources = _sources()


class _Schema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    protocols = fields.List(fields.Nested(_ProtocolSchema()), required=True)
    selection_source = fields.Nested(SourceSchema(), required=True)
    selection = fields.List(
        fields.Nested(_ChoiceSchema()), required=True, validate=validate.Length(min=1)
    )
    progression = fields.List(fields.Nested(_SentenceSchema()), required=True)
    notes = fields.List(fields.Nested(_SentenceSchema()), required=True)
    low_impact_for = fields.List(Text(), required=True)
    short_interval_s = Number(required=True)
    reasons = fields.Dict(keys=choice(*_REASONS), values=Text(), required=True)


def load_hiit_protocols(
    root: Path, vocabulary: Vocabulary, citations: Collection[str], problems: Problems
) -> HiitTables | None:
    """The protocols under `root`, or None when the file is absent or a problem was noted."""
    for name, document, loaded in load_documents(root, PATTERN, _Schema(), problems):
        faults = [*_name_faults(loaded), *_reference_faults(loaded, vocabulary, citations)]
        for path, message in faults:
            problems.add(message, Location(name, line_of(document, path)))
        return None if faults else _build(loaded)
    return None


def _name_faults(loaded: Mapping[str, Any]) -> Iterator[tuple[_Path, str]]:
    """Names that stand twice, that point at nothing, or that the service needs and lacks."""
    ids = [entry["id"] for entry in loaded["protocols"]]
    for index, entry in enumerate(loaded["protocols"]):
        if entry["id"] in ids[:index]:
            yield ("protocols", index), f"'{entry['id']}' stands twice. Keep one."
        if entry["leads_to"] not in (None, *ids):
            yield ("protocols", index, "leads_to"), _unknown("protocol", entry["leads_to"], ids)
    for index, row in enumerate(loaded["selection"]):
        if row["protocol"] not in ids:
            yield ("selection", index, "protocol"), _unknown("protocol", row["protocol"], ids)
    if loaded["selection"][-1]["any_of"] or loaded["selection"][-1]["all_of"]:
        message = "The last row has conditions, so some people get none. End with one without."
        yield ("selection", len(loaded["selection"]) - 1), message
    noted = {entry["id"] for entry in loaded["notes"]}
    for name in (n for n in _NOTES if n not in noted):
        yield ("notes",), f"The note '{name}' is missing. It is said with a protocol. Add it."
    for name in (n for n in _REASONS if n not in loaded["reasons"]):
        yield ("reasons",), f"The reason '{name}' is missing. Add it."


def _reference_faults(
    loaded: Mapping[str, Any], vocabulary: Vocabulary, citations: Collection[str]
) -> Iterator[tuple[_Path, str]]:
    """Citations and facts that do not exist."""
    for part in ("protocols", "progression", "notes"):
        for index, entry in enumerate(loaded[part]):
            for place, source in enumerate(entry["sources"]):
                if source["citation"] not in citations:
                    path: _Path = (part, index, "sources", place)
                    yield path, _unknown("citation", source["citation"], citations)
    if loaded["selection_source"]["citation"] not in citations:
        cited = loaded["selection_source"]["citation"]
        yield ("selection_source",), _unknown("citation", cited, citations)
    for index, row in enumerate(loaded["selection"]):
        for test in (*row["any_of"], *row["all_of"]):
            if test["fact"] not in vocabulary:
                yield ("selection", index), _unknown("fact", test["fact"], vocabulary)
    for index, fact in enumerate(loaded["low_impact_for"]):
        if fact not in vocabulary:
            yield ("low_impact_for", index), _unknown("fact", fact, vocabulary)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    return f"There is no {what} '{name}'. It would never count.{suggest(name, known)}"


def _build(loaded: Mapping[str, Any]) -> HiitTables:
    return HiitTables(
        protocols={entry["id"]: _protocol(entry) for entry in loaded["protocols"]},
        selection=tuple(_choice(row) for row in loaded["selection"]),
        progression=tuple(_sentence(entry) for entry in loaded["progression"]),
        notes={entry["id"]: _sentence(entry) for entry in loaded["notes"]},
        reasons=dict(loaded["reasons"]),
        low_impact_for=tuple(loaded["low_impact_for"]),
        short_interval_s=loaded["short_interval_s"],
    )


def _protocol(entry: Mapping[str, Any]) -> Protocol:
    pairs = ("target_percent", "fit_percent", "rpe_6_20", "session_min", "frequency")
    converted = {name: _pair(entry[name]) for name in pairs}
    steps = {name: Steps(**entry[name]) if entry[name] else None for name in ("start", "up_to")}
    sources = {"sources": _cited(entry["sources"])}
    return Protocol(**{**entry, **converted, **steps, **sources})


def _pair(entry: Mapping[str, float] | None) -> Pair | None:
    return None if entry is None else (entry["low"], entry["high"])


def _choice(row: Mapping[str, Any]) -> ProtocolChoice:
    tests = {name: tuple(FactTest(**test) for test in row[name]) for name in ("any_of", "all_of")}
    return ProtocolChoice(row["protocol"], row["why"], tests["any_of"], tests["all_of"])


def _sentence(entry: Mapping[str, Any]) -> DoseRule:
    return DoseRule(entry["id"], entry["text"], _cited(entry["sources"]))


def _cited(entries: Iterable[Mapping[str, Any]]) -> tuple[Source, ...]:
    return tuple(Source(**entry) for entry in entries)
