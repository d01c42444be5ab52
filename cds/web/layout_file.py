"""Reads the layout of the form: sections and fields from YAML, wording from the vocabulary."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marshmallow import fields
from msgspec import Struct

from cds.errors import Location
from cds.http.service import DecisionService
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import FactDefinition, FactType
from cds.knowledge.schema import (
    SIGN_OFF,
    KnowledgeSchema,
    Text,
    choice,
    load_documents,
    suggest,
)
from cds.web.layout import Choice, Cue, Field, Layout, Section

PATTERN = "knowledge/form.yaml"
LISTS = ("conditions", "medications", "procedures")
_TRUTHS = ("true", "false")


class _FieldSchema(KnowledgeSchema):
    fact = Text(required=True)
    units = fields.List(Text())
    when = fields.List(Text(), load_default=list)


class _ExampleSchema(KnowledgeSchema):
    id = Text(required=True)
    title = Text(required=True)


class _SectionSchema(KnowledgeSchema):
    id = Text(required=True)
    legend = Text(required=True)
    help = Text()
    dated = fields.Boolean(truthy={True}, falsy={False})
    holds = choice(*LISTS, "request")
    facts = fields.List(fields.Nested(_FieldSchema), load_default=list)


class _FormSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    sections = fields.List(fields.Nested(_SectionSchema), required=True)
    check_in = fields.List(fields.Nested(_SectionSchema), required=True)
    common_conditions = fields.List(Text(), required=True)
    common_medications = fields.List(Text(), required=True)
    examples = fields.List(fields.Nested(_ExampleSchema), required=True)


def load_layout(root: Path, service: DecisionService, problems: Problems) -> Layout | None:
    """The layout of the form; a fact, unit or id that does not exist is a problem."""
    for name, document, loaded in load_documents(root, PATTERN, _FormSchema(), problems):
        place = Location(name, line_of(document, ("sections",)))
        return _layout(loaded, service, _Known(problems, place))
    return None


class _Known(Struct, frozen=True):
    """Notes what the form names and nothing defines."""

    problems: Problems
    place: Location

    def check(self, name: str, known: Any) -> bool:
        if name in known:
            return True
        self.problems.add(
            f"The form names '{name}', which is not known.{suggest(name, known)}", self.place
        )
        return False


def _layout(loaded: Mapping[str, Any], service: DecisionService, known: _Known) -> Layout:
    lists = service.conditions()
    vocabulary, names = service.terms.vocabulary, service.names()
    found = {
        "conditions": [e for e in lists["conditions"] if e["has_codes"]],
        "medications": lists["medications"],
    }
    common, others = {}, {}
    for kind, entries in found.items():
        labels = {entry["id"]: entry["label"] for entry in entries}
        first = [id_ for id_ in loaded[f"common_{kind}"] if known.check(id_, labels)]
        common[kind] = tuple(Choice(id_, labels[id_]) for id_ in first)
        others[kind] = _sorted(
            Choice(id_, label) for id_, label in labels.items() if id_ not in first
        )
    ids = {entry["id"]: kind for kind in LISTS for entry in lists[kind]}
    cues = _Cues(vocabulary, {**ids, **dict.fromkeys(LISTS)}, known)
    return Layout(
        sections=tuple(_section(entry, cues) for entry in loaded["sections"]),
        check_in=tuple(_section(entry, cues) for entry in loaded["check_in"]),
        vocabulary=vocabulary,
        common=common,
        others=others,
        procedures=_sorted(Choice(e["id"], e["label"]) for e in lists["procedures"]),
        modalities=tuple(Choice(m, names[m]) for m in sorted(service.terms.modalities)),
        intensities=vocabulary["desired_intensity"].values,
        settings=vocabulary["setting"].values,
        examples=tuple(Choice(e["id"], e["title"]) for e in loaded["examples"]),
        reasons=tuple(Choice(*reason) for reason in service.feedback.reasons.items()),
    )


class _Cues(Struct, frozen=True):
    """Reads what makes a question matter: `ids` gives the list of each entry, None for a list."""

    vocabulary: Mapping[str, FactDefinition]
    ids: Mapping[str, str | None]
    known: _Known

    def read(self, text: str) -> Cue:
        name, _, value = text.partition("=")
        if not self.known.check(name, {**self.ids, **self.vocabulary}):
            return Cue(name)
        if name in self.ids:
            kind = self.ids[name]
            return Cue(name) if kind is None else Cue(kind, name)
        fact = self.vocabulary[name]
        if value:
            self.known.check(value, _TRUTHS if fact.type is FactType.FLAG else fact.values)
        return Cue(f"fact.{name}", value)


def _sorted(choices: Any) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: choice.label.lower()))


def _section(entry: Mapping[str, Any], cues: _Cues) -> Section:
    asked = [f for f in entry["facts"] if cues.known.check(f["fact"], cues.vocabulary)]
    return Section(
        entry["id"],
        entry["legend"],
        entry.get("help", ""),
        entry.get("dated", False),
        tuple(_field(field, cues) for field in asked),
        entry.get("holds", ""),
    )


def _field(entry: Mapping[str, Any], cues: _Cues) -> Field:
    fact = cues.vocabulary[entry["fact"]]
    units: Sequence[str] = entry.get("units") or ([fact.unit] if fact.unit else [])
    return Field(
        fact,
        tuple(unit for unit in units if cues.known.check(unit, fact.accepted_units)),
        tuple(cues.read(text) for text in entry["when"]),
    )
