"""What every reader of a resource needs to know, and how their answers are joined."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from msgspec import Struct

from cds.fhir.bundle import Bundle, Resource
from cds.fhir.dates import Moment
from cds.fhir.elements import Coding, Concept
from cds.knowledge.fact import FactDefinition
from cds.knowledge.terminology import Terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.model.intake import Intake, RejectedFact, Unmapped

_T = TypeVar("_T")
FUTURE = "It is dated after the evaluation date."
NAMELESS = "It has no code and no name."
FAMILY = "It is about the family, not the patient."
MODIFIED = "It carries a modifier that is not known here and may mean the opposite."
MODIFIED_PRESENT = "it carries a modifier that is not known here; taken as present"
# As many as a request in JSON may name.
_MOST_GOALS = 200
_KINDS = {"MedicationRequest": "medication", "MedicationStatement": "medication"}


class Context(Struct, frozen=True):
    """The Bundle, the day, and what codes mean."""

    bundle: Bundle
    today: date
    vocabulary: Vocabulary
    terminology: Terminology

    def is_future(self, moment: Moment | None) -> bool:
        """Whether it can only have been after the evaluation date."""
        return moment is not None and moment.first > self.today

    def fact_of(self, coding: Coding) -> FactDefinition | None:
        """The fact that the coding carries."""
        system = self.terminology.canonical(coding.system)
        if system is None or coding.code is None:
            return None
        return self.vocabulary.by_code(system, coding.code)


def unmapped(
    concept: Concept,
    resource: Resource,
    note: str | None = None,
    *,
    may_matter: bool = True,
    past: bool = False,
) -> tuple[Unmapped, ...]:
    """The concept as it came, for the list of what was not understood."""
    kind = _KINDS.get(resource.type, resource.type.casefold())
    coded = [c for c in concept.codings if c.code or c.display] or [Coding(None, None, None)]
    return tuple(
        Unmapped(
            *(c.system, c.code, c.display or concept.text, resource.source, kind, note),
            may_matter=may_matter,
            past=past,
        )
        for c in coded
    )


def unmapped_text(
    text: str, resource: Resource, note: str, *, may_matter: bool = True
) -> tuple[Unmapped, ...]:
    """Something that stands in the resource as text only."""
    return unmapped(Concept(text=text), resource, note, may_matter=may_matter)


def rejected(names: Iterable[str], reason: str, resource: Resource) -> Intake:
    """An intake that only says what was not used, and why."""
    return Intake(rejected=tuple(RejectedFact(n, reason, resource.source) for n in sorted(names)))


def join_intakes(parts: Iterable[Intake]) -> Intake:
    """The parts as one; what is repeated word for word stands once."""
    joined = tuple(parts)
    seen: dict[tuple[str | None, ...], Unmapped] = {}
    for item in (item for part in joined for item in part.unmapped):
        key = (item.kind, item.system, item.code, None if item.code else item.text)
        if key not in seen or (seen[key].past and not item.past):
            seen[key] = item
    return Intake(
        facts=_once(fact for part in joined for fact in part.facts),
        conditions=_once(item for part in joined for item in part.conditions),
        medications=_once(item for part in joined for item in part.medications),
        procedures=_once(item for part in joined for item in part.procedures),
        unmapped=tuple(seen.values()),
        preferences=_wishes(joined),
        rejected=_once(item for part in joined for item in part.rejected),
    )


def _wishes(parts: Iterable[Intake]) -> Mapping[str, object]:
    """The goals that the person has, each once."""
    named = [part.preferences.get("goals") for part in parts]
    goals = _once(goal for found in named if isinstance(found, list) for goal in found)
    return {"goals": list(goals[:_MOST_GOALS])} if goals else {}


def _once(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(items))
