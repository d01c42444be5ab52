"""Reads `knowledge/hooks.yaml`: the services of CDS Hooks, what they ask for, and their cards."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import fields, validate
from msgspec import Struct

from cds.errors import Location
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.hook_words import fault_of_summary, faults_of_words
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.names import Names
from cds.knowledge.schema import (
    SIGN_OFF,
    Flag,
    KnowledgeSchema,
    Text,
    choice,
    load_documents,
    suggest,
)
from cds.model.decision import Disposition
from cds.model.hooks import (
    Activity,
    CardTopic,
    CodeWithWords,
    HookService,
    HookTables,
    OrderWords,
    Override,
    PrefetchKey,
)
from cds.model.measure import Source
from cds.model.profile import Range

PATTERN = "knowledge/hooks.yaml"
HOOKS = ("patient-view", "order-select", "order-sign", "encounter-discharge")
ABOUT = ("verdict", "conflict", "gaps", "referrals", "plan", "limits", "questions")
_INDICATORS = ("info", "warning", "critical")
_TEMPLATE = re.compile(
    r"[A-Z][A-Za-z]+(?:/\{\{context\.patientId\}\}|\?patient=\{\{context\.patientId\}\}[^{}\s]*)"
)
_FILLED = validate.Length(min=1, error="This list is empty. Name at least one.")
_Path = tuple[str | int, ...]
Entry = Mapping[str, Any]


def _texts(**kwargs: Any) -> "fields.List[Any]":
    return fields.List(Text(), **kwargs)


def _count(least: int, most: int) -> fields.Integer:
    within = validate.Range(min=least, max=most)
    return fields.Integer(strict=True, required=True, validate=within)


def _words() -> fields.Dict:
    return fields.Dict(keys=Text(), values=Text(), required=True)


class _CardsSchema(KnowledgeSchema):
    at_most, listed = _count(1, 10), _count(1, 20)
    # CDS Hooks 2.0.1: fewer than 140.
    summary_characters = _count(40, 139)


class _ActivitySchema(KnowledgeSchema):
    days = Text(required=True)
    minutes = Text(required=True)
    week = Text(required=True)
    least = Text(required=True)


class _PrefetchSchema(KnowledgeSchema):
    name = Text(required=True)
    label = Text(required=True)
    template = Text(
        required=True,
        validate=validate.Regexp(
            _TEMPLATE, error="Write a read or a search for the patient of the context alone."
        ),
    )
    required = Flag(required=True)
    also = _texts(load_default=())


class _ServiceSchema(KnowledgeSchema):
    id = Text(required=True, validate=validate.Regexp(r"[a-z][a-z0-9-]*\Z"))
    hook = choice(*HOOKS, required=True)
    title = Text(required=True)
    description = Text(required=True)
    topics = _texts(required=True, validate=_FILLED)


class _TopicSchema(KnowledgeSchema):
    code = Text(required=True)
    number = _count(1, 15)
    display = Text(required=True)
    about = choice(*ABOUT, required=True)
    dispositions = fields.List(
        choice(*(disposition.value for disposition in Disposition)),
        required=True,
        validate=_FILLED,
    )
    indicator = choice(*_INDICATORS, required=True)
    indicators = fields.Dict(keys=Text(), values=choice(*_INDICATORS), load_default=dict)
    summary = Text(required=True)
    permits = Flag(load_default=False)
    urgencies = _texts(load_default=())
    teams = _texts(load_default=())


class _CodeSchema(KnowledgeSchema):
    system = Text(required=True)
    code = Text(required=True)
    display = Text(required=True)


class _OverrideSchema(_CodeSchema):
    reason = Text(required=True)


class _OrdersSchema(KnowledgeSchema):
    source = fields.Nested(SourceSchema(), required=True)
    codes = fields.List(fields.Nested(_CodeSchema()), required=True, validate=_FILLED)
    phrases = _texts(required=True)
    modalities = _words()
    exercises = _words()
    intensities = _words()
    negators = _texts(required=True)


class _Schema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    source = fields.Nested(SourceSchema(), required=True)
    cards = fields.Nested(_CardsSchema(), required=True)
    label = Text(required=True)
    topic_system = Text(required=True)
    quiet_facts = _texts(required=True)
    activity = fields.Nested(_ActivitySchema(), required=True)
    prefetch = fields.List(fields.Nested(_PrefetchSchema()), required=True, validate=_FILLED)
    launch = fields.List(fields.Nested(_PrefetchSchema()), load_default=list)
    services = fields.List(fields.Nested(_ServiceSchema()), required=True, validate=_FILLED)
    topics = fields.List(fields.Nested(_TopicSchema()), required=True, validate=_FILLED)
    overrides = fields.List(fields.Nested(_OverrideSchema()), required=True)
    other_override = Text(required=True)
    orders = fields.Nested(_OrdersSchema(), required=True)
    words = _words()


class Known(Struct, frozen=True):
    """What the file may name; `meant_by` finds the movements of a word."""

    facts: Collection[str]
    constants: Mapping[str, Range]
    names: Names
    citations: Collection[str]
    reasons: Collection[str]
    meant_by: Callable[[str], tuple[str, ...]]


def load_hooks(root: Path, known: Known, problems: Problems) -> HookTables | None:
    """The tables of `root`/knowledge/hooks.yaml, or None with every fault noted at its line.

    What it names is looked up only in knowledge that was sound so far.
    """
    sound = not problems.found
    for name, document, loaded in load_documents(root, PATTERN, _Schema(), problems):
        for path, message in _faults(loaded, known) if sound else ():
            problems.add(message, Location(name, line_of(document, path)))
        return _tables(loaded, known)
    return None


def _faults(loaded: Entry, known: Known) -> Iterator[tuple[_Path, str]]:
    yield from _twice(loaded, "prefetch", "name")
    yield from _twice(loaded, "launch", "name")
    yield from _twice(loaded, "services", "id")
    yield from _twice(loaded, "topics", "code")
    yield from _twice(loaded, "topics", "number")
    codes = [topic["code"] for topic in loaded["topics"]]
    for index, service in enumerate(loaded["services"]):
        yield from _unknown(service["topics"], codes, ("services", index, "topics"), "topic")
    for index, topic in enumerate(loaded["topics"]):
        teams = known.names.teams
        yield from _unknown(topic["teams"], teams, ("topics", index, "teams"), "team")
        if fault := fault_of_summary(topic["summary"]):
            yield ("topics", index, "summary"), fault
        indicated: _Path = ("topics", index, "indicators")
        yield from _unknown(topic["indicators"], topic["dispositions"], indicated, "disposition")
    yield from _unknown(loaded["quiet_facts"], known.facts, ("quiet_facts",), "fact")
    activity = loaded["activity"]
    for key in ("days", "minutes", "week"):
        yield from _unknown([activity[key]], known.facts, ("activity", key), "fact")
    yield from _unknown([activity["least"]], known.constants, ("activity", "least"), "constant")
    for index, entry in enumerate(loaded["overrides"]):
        path: _Path = ("overrides", index, "reason")
        yield from _unknown([entry["reason"]], known.reasons, path, "reason")
    yield from _unknown([loaded["other_override"]], known.reasons, ("other_override",), "reason")
    for word, told in faults_of_words(loaded["words"]):
        yield ("words", word) if word else ("words",), told
    yield from _order_faults(loaded["orders"], known)
    for cited in ((), ("orders",)):
        source = (loaded["orders"] if cited else loaded)["source"]
        place: _Path = (*cited, "source", "citation")
        yield from _unknown([source["citation"]], known.citations, place, "citation")


def _order_faults(orders: Entry, known: Known) -> Iterator[tuple[_Path, str]]:
    modalities = orders["modalities"].values()
    path: _Path = ("orders", "modalities")
    yield from _unknown(modalities, known.names.modalities, path, "modality")
    for word, meant in orders["exercises"].items():
        if not known.meant_by(meant):
            place: _Path = ("orders", "exercises", word)
            yield place, f"No movement is meant by '{meant}'. Nothing would be checked. Name one."


def _twice(loaded: Entry, of: str, key: str) -> Iterator[tuple[_Path, str]]:
    seen: set[object] = set()
    for index, entry in enumerate(loaded[of]):
        if entry[key] in seen:
            yield (of, index, key), f"'{entry[key]}' stands twice. Only one can be meant. Keep one."
        seen.add(entry[key])


def _unknown(
    named: Collection[str], known: Collection[str], path: _Path, kind: str
) -> Iterator[tuple[_Path, str]]:
    for name in named:
        if name not in known:
            yield path, f"There is no {kind} '{name}'.{suggest(name, known)}"


def _tables(loaded: Entry, known: Known) -> HookTables:
    orders, activity = loaded["orders"], loaded["activity"]
    least = known.constants.get(activity["least"])
    return HookTables(
        at_most=loaded["cards"]["at_most"],
        listed=loaded["cards"]["listed"],
        summary_characters=loaded["cards"]["summary_characters"],
        label=loaded["label"],
        topic_system=loaded["topic_system"],
        quiet_facts=tuple(loaded["quiet_facts"]),
        activity=Activity(**{**activity, "least": least.low if least else 0}),
        prefetch=tuple(PrefetchKey(**_frozen(entry)) for entry in loaded["prefetch"]),
        launch=tuple(PrefetchKey(**_frozen(entry)) for entry in loaded["launch"]),
        services=tuple(HookService(**_frozen(entry)) for entry in loaded["services"]),
        topics=tuple(CardTopic(**_frozen(entry)) for entry in loaded["topics"]),
        overrides=tuple(Override(**entry) for entry in loaded["overrides"]),
        other_override=loaded["other_override"],
        orders=OrderWords(
            source=Source(**orders["source"]),
            codes=tuple(CodeWithWords(**entry) for entry in orders["codes"]),
            **{key: _freeze(orders[key]) for key in orders if key not in ("source", "codes")},
        ),
        words=MappingProxyType(loaded["words"]),
        teams=known.names.teams,
    )


def _frozen(entry: Entry) -> dict[str, Any]:
    return {key: _freeze(value) for key, value in entry.items()}


def _freeze(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return MappingProxyType(value) if isinstance(value, dict) else value
