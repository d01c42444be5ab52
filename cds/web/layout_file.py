"""Lays out the form: sections and fields as its file names them, wording from the vocabulary."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from cds.errors import Location
from cds.http.service import DecisionService
from cds.knowledge.documents import Problems
from cds.knowledge.fact import FactDefinition, FactType
from cds.knowledge.schema import suggest
from cds.web.layout import Choice, Cue, Field, Layout, Section

LISTS = ("conditions", "medications", "procedures")
_TRUTHS = ("true", "false")
#: What the file says, as JSON, and where it does.
Form = tuple[str, Location]


def load_layout(root: Path, service: DecisionService, problems: Problems) -> Layout | None:
    """The layout of the form; a fact, unit or id that does not exist is a problem."""
    from cds.web.form_file import read_form  # a service that was kept reads no files

    form = read_form(root, problems)
    return None if form is None else lay_out(form, service, problems)


def lay_out(form: Form, service: DecisionService, problems: Problems) -> Layout:
    """The layout of a form that was read; the same is a problem."""
    text, place = form
    return _layout(json.loads(text), service, _Known(problems, place))


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
    kinds = {**ids, **dict.fromkeys(LISTS)}
    cues = _Cues(vocabulary, kinds, frozenset({*kinds, *vocabulary}), known)
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
    """Reads what makes a question matter: `ids` gives the list of each entry, None for a list.

    `names` are all that one may name.
    """

    vocabulary: Mapping[str, FactDefinition]
    ids: Mapping[str, str | None]
    names: Collection[str]
    known: _Known

    def read(self, text: str) -> Cue:
        name, _, value = text.partition("=")
        if not self.known.check(name, self.names):
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
