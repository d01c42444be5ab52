"""The form as it is laid out: sections and fields from YAML, wording from the vocabulary."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import fields

from cds.errors import Location
from cds.http.service import DecisionService
from cds.knowledge.documents import Problems, line_of
from cds.knowledge.fact import FactDefinition
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, load_documents, suggest

PATTERN = "knowledge/form.yaml"
_WORDS = {
    "Cel": "°C",
    "[degF]": "°F",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "mm[Hg]": "mmHg",
    "a": "years",
    "d/wk": "days a week",
    "mo": "months",
    "/min": "per minute",
    "{NRS}": "of 10",
    "{count}": "times",
    "{score}": "points",
    "wk": "weeks",
    "{T-score}": "",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the form."""

    fact: FactDefinition
    units: tuple[str, ...]

    @property
    def unit_words(self) -> Mapping[str, str]:
        """Each unit of the field as people write it."""
        return {unit: unit_words(unit) for unit in self.units}

    @property
    def choices(self) -> Mapping[str, str]:
        """The values of a code as people read them; "unknown" is what leaving it open means."""
        values = [value for value in self.fact.values if value != "unknown"]
        return {value: value.replace("_", " ") for value in values}


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that belong together; a dated one asks once for the day of its values."""

    id: str
    legend: str
    help: str
    dated: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list that can be ticked."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole form."""

    sections: tuple[Section, ...]
    common: Mapping[str, tuple[Choice, ...]]
    others: Mapping[str, tuple[Choice, ...]]
    procedures: tuple[Choice, ...]
    modalities: tuple[Choice, ...]
    intensities: tuple[str, ...]
    settings: tuple[str, ...]


class _FieldSchema(KnowledgeSchema):
    fact = Text(required=True)
    units = fields.List(Text())


class _SectionSchema(KnowledgeSchema):
    id = Text(required=True)
    legend = Text(required=True)
    help = Text()
    dated = fields.Boolean(truthy={True}, falsy={False})
    facts = fields.List(fields.Nested(_FieldSchema), required=True)


class _FormSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    sections = fields.List(fields.Nested(_SectionSchema), required=True)
    common_conditions = fields.List(Text(), required=True)
    common_medications = fields.List(Text(), required=True)


def load_layout(root: Path, service: DecisionService, problems: Problems) -> Layout | None:
    """The layout of the form; a fact, unit or id that does not exist is a problem."""
    for name, document, loaded in load_documents(root, PATTERN, _FormSchema(), problems):
        place = Location(name, line_of(document, ("sections",)))
        return _layout(loaded, service, _Known(problems, place))
    return None


@dataclass(frozen=True, slots=True)
class _Known:
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
    sections = tuple(_section(entry, vocabulary, known) for entry in loaded["sections"])
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
    return Layout(
        sections=sections,
        common=common,
        others=others,
        procedures=_sorted(Choice(e["id"], e["label"]) for e in lists["procedures"]),
        modalities=tuple(Choice(m, names[m]) for m in sorted(service.terms.modalities)),
        intensities=vocabulary["desired_intensity"].values,
        settings=vocabulary["setting"].values,
    )


def _sorted(choices: Any) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: choice.label.lower()))


def _section(
    entry: Mapping[str, Any], vocabulary: Mapping[str, FactDefinition], known: _Known
) -> Section:
    asked = [field for field in entry["facts"] if known.check(field["fact"], vocabulary)]
    return Section(
        entry["id"],
        entry["legend"],
        entry.get("help", ""),
        entry.get("dated", False),
        tuple(_field(field, vocabulary[field["fact"]], known) for field in asked),
    )


def _field(entry: Mapping[str, Any], fact: FactDefinition, known: _Known) -> Field:
    units: Sequence[str] = entry.get("units") or ([fact.unit] if fact.unit else [])
    return Field(fact, tuple(unit for unit in units if known.check(unit, fact.accepted_units)))


def unit_words(unit: str | None) -> str:
    """The unit as people write it."""
    return _WORDS.get(unit or "", unit or "")


def as_words(codes: Sequence[str]) -> Mapping[str, str]:
    """Each code as people read it."""
    return {code: code.replace("_", " ") for code in codes}


def intersects(chosen: Collection[str], choices: Sequence[Choice]) -> bool:
    """Whether one of the choices was chosen."""
    return any(choice.id in chosen for choice in choices)
