"""The form as it is laid out: sections, questions, and what makes a question matter."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cds.knowledge.fact import FactDefinition

_SYMBOLS = {
    "Cel": "°C",
    "[degF]": "°F",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "mm[Hg]": "mmHg",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
    "{count}": "",
    "{T-score}": "",
}
#: Units that are spoken, and so are translated.
SPOKEN = {
    "a": "years",
    "d/wk": "days a week",
    "mo": "months",
    "/min": "per minute",
    "{NRS}": "of 10",
    "{CR10}": "of 10",
    "{score}": "points",
    "wk": "weeks",
    "min": "minutes",
    "d": "days",
}
_OWN_WAY = ("desired_intensity",)  # asked in the section on goals


class Cue(Struct, frozen=True):
    """A value of the form that makes a question matter; without one, any value does."""

    name: str
    value: str = ""

    def given(self, values: Mapping[str, Sequence[str]]) -> bool:
        """Whether the form was filled in so."""
        found = values.get(self.name, ())
        return self.value in found if self.value else any(text.strip() for text in found)


class Field(Struct, frozen=True):
    """One question of the form."""

    fact: FactDefinition
    units: tuple[str, ...]
    when: tuple[Cue, ...] = ()

    def unit_words(self, chosen: str = "") -> Mapping[str, str]:
        """Each unit of the field as people write it; one that was chosen elsewhere among them."""
        also = (chosen,) if chosen in self.fact.accepted_units else ()
        return {unit: unit_words(unit) for unit in dict.fromkeys((*self.units, *also))}

    @property
    def cues(self) -> str:
        """What makes it matter, as the script of the page reads it."""
        return ";".join(f"{cue.name}={cue.value}" for cue in self.when)

    def matters(self, values: Mapping[str, Sequence[str]]) -> bool:
        """Whether it is asked of the person who is filled in so far."""
        return not self.when or any(cue.given(values) for cue in self.when)

    @property
    def choices(self) -> Mapping[str, str]:
        """The values of a code as people read them; "unknown" is what leaving it open means."""
        values = [value for value in self.fact.values if value != "unknown"]
        return {value: value.replace("_", " ") for value in values}


class Section(Struct, frozen=True):
    """Questions that belong together; a dated one asks once for the day of its values.

    `holds` names what is ticked or asked in it beside the facts.
    """

    id: str
    legend: str
    help: str = ""
    dated: bool = False
    fields: tuple[Field, ...] = ()
    holds: str = ""

    def asks(self, fact: str) -> bool:
        """Whether one of its questions is about the fact."""
        return any(field.fact.name == fact for field in self.fields)

    @property
    def always(self) -> tuple[Field, ...]:
        """The questions for everybody."""
        return tuple(field for field in self.fields if not field.when)

    @property
    def sometimes(self) -> tuple[Field, ...]:
        """The questions that matter only for some people."""
        return tuple(field for field in self.fields if field.when)


class Choice(Struct, frozen=True):
    """One entry of a list that can be ticked."""

    id: str
    label: str


class Layout(Struct, frozen=True):
    """The whole form; `examples` are requests that fill it in, `check_in` is asked afterwards.

    `reasons` are those of an override.
    """

    sections: tuple[Section, ...]
    check_in: tuple[Section, ...]
    vocabulary: Mapping[str, FactDefinition]
    common: Mapping[str, tuple[Choice, ...]]
    others: Mapping[str, tuple[Choice, ...]]
    procedures: tuple[Choice, ...]
    modalities: tuple[Choice, ...]
    intensities: tuple[str, ...]
    settings: tuple[str, ...]
    examples: tuple[Choice, ...]
    reasons: tuple[Choice, ...]

    @property
    def fields(self) -> Mapping[str, Field]:
        """Every question of the form by its fact."""
        return {field.fact.name: field for section in self.sections for field in section.fields}

    @property
    def of_check_in(self) -> "Layout":
        """The form of a check-in: the same with its sections alone."""
        return replace(self, sections=self.check_in)

    def place(self, fact: str) -> str:
        """Where the form asks for a fact: at its field, or at the list that it is about."""
        kinds = {f"{name.removesuffix('s')}.": name for name in (*self.common, "procedures")}
        for prefix, kind in kinds.items():
            if fact.startswith(prefix) or fact == f"{kind}_reviewed":
                return kind
        return f"fact.{fact}"

    def mattering(self, values: Mapping[str, Sequence[str]]) -> frozenset[str]:
        """The facts asked only of some people that matter here, or were answered."""
        fields = (field for field in self.fields.values() if field.when)
        return frozenset(
            field.fact.name
            for field in fields
            if field.matters(values) or any(values.get(f"fact.{field.fact.name}", ()))
        )

    def more(self, values: Mapping[str, Sequence[str]]) -> tuple[Field, ...]:
        """Facts that were given or called for and that no section asks."""
        names = (name.removeprefix("fact.") for name in values if name.startswith("fact."))
        asked = self.fields
        return tuple(
            Field(fact, (fact.unit,) if fact.unit else ())
            for name in names
            if name not in asked and name not in _OWN_WAY and "." not in name
            if (fact := self.vocabulary.get(name)) and (fact.submittable or not fact.derived)
        )


def unit_words(unit: str | None) -> str:
    """The unit as people write it."""
    return SPOKEN.get(unit or "") or _SYMBOLS.get(unit or "", unit or "")


def as_words(codes: Sequence[str]) -> Mapping[str, str]:
    """Each code as people read it."""
    return {code: code.replace("_", " ") for code in codes}


def intersects(chosen: Collection[str], choices: Sequence[Choice]) -> bool:
    """Whether one of the choices was chosen."""
    return any(choice.id in chosen for choice in choices)
