"""The names that a request may use, gathered from the knowledge once at start."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from cds.knowledge.base import Knowledge
from cds.knowledge.contradictions import Contradiction
from cds.knowledge.fact import FactDefinition
from cds.knowledge.medication_names import MedicationReading


class Lookup(Protocol):
    """What the terminology answers: which of our ids a code or a name stands for."""

    def condition_ids(self, system: str | None, code: str) -> frozenset[str]:
        """The conditions that the code stands for."""

    def condition_ids_by_text(self, text: str) -> frozenset[str]:
        """The conditions that have exactly this name."""

    def condition_without_effect(self, names: Iterable[str]) -> str | None:
        """Why nothing here depends on the condition of these names."""

    def is_past(self, system: str | None, code: str, id_: str) -> bool:
        """Whether the code says that this condition is past."""

    def read_medication_code(self, system: str | None, code: str) -> MedicationReading:
        """The medication classes of the code."""

    def read_medication_name(self, text: str) -> MedicationReading:
        """The classes that the name names, and whether all of it was understood."""

    def medication_note(self, key: str) -> str:
        """A sentence about a medicine that is listed and not counted."""

    def procedure_ids(self, system: str | None, code: str) -> frozenset[str]:
        """The procedures that the code stands for."""

    def procedure_ids_by_text(self, text: str) -> frozenset[str]:
        """The procedures that have exactly this name."""


class RequestTerms(Struct, frozen=True):
    """Every closed list that a request is checked against.

    `exercises` are ids and everyday words, `meant_by` finds the movements of either.
    """

    vocabulary: Mapping[str, FactDefinition]
    terminology: Lookup
    conditions: frozenset[str]
    medications: frozenset[str]
    procedures: frozenset[str]
    modalities: frozenset[str]
    exercises: frozenset[str]
    meant_by: Callable[[str], tuple[str, ...]]
    policies: Mapping[str, tuple[str, ...]]
    contradictions: tuple[Contradiction, ...] = ()


def terms_of(knowledge: Knowledge, contradictions: tuple[Contradiction, ...]) -> RequestTerms:
    """The closed lists of this knowledge."""
    return RequestTerms(
        vocabulary=knowledge.vocabulary,
        terminology=knowledge.terminology,
        conditions=frozenset(knowledge.members["condition"]),
        medications=frozenset(knowledge.members["medication"]),
        procedures=frozenset(knowledge.members["procedure"]),
        modalities=frozenset(knowledge.names.modalities),
        exercises=frozenset({*knowledge.catalogue.movements, *_words(knowledge)}),
        meant_by=knowledge.catalogue.meant_by,
        policies={
            policy.id: tuple(option.code for option in policy.options)
            for policy in knowledge.policies.values()
        },
        contradictions=contradictions,
    )


def _words(knowledge: Knowledge) -> Iterable[str]:
    selection = knowledge.catalogue.selection
    return () if selection is None else (word.replace("_", " ") for word in selection.words)
