"""What codes and names mean: conditions, medication classes and procedures of this service."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from cds.knowledge.code_tables import CodeEntry, CodeSystem, CodeTable, plain_text
from cds.knowledge.medication_names import NOT_READ, MedicationNames, MedicationReading
from cds.knowledge.schema import suggest


class ImpliedFact(Struct, frozen=True):
    """A condition that says the same as a fact of the vocabulary.

    `ever` holds also when the condition is over.
    """

    condition: str
    fact: str
    ever: bool


class ShownCondition(Struct, frozen=True):
    """A condition that nobody is without who has the fact: a number, or a flag that is present."""

    fact: str
    condition: str


class ValueSets(Struct, frozen=True):
    """Ids of one kind with their labels, the codes and the exact names that stand for them.

    `marks` holds the mark of each name that was added by hand, under the name and its id.
    """

    labels: Mapping[str, str]
    codes: CodeTable
    texts: Mapping[str, frozenset[str]]
    marks: Mapping[tuple[str, str], str] = field(default_factory=dict)


class Relations(Struct, frozen=True):
    """What follows from having, or having had, a condition."""

    past_counts_as_present: frozenset[str]
    broader: Mapping[str, tuple[str, ...]]
    leaves_behind: Mapping[str, tuple[str, ...]]
    after_procedure: Mapping[str, tuple[str, ...]]
    implied_facts: tuple[ImpliedFact, ...]
    shown_conditions: tuple[ShownCondition, ...]


class Reading(Struct, frozen=True):
    """How records are read beside their codes.

    `lowest_of_codes` are facts of which the lowest site counts, `unit_in_question` LOINC codes
    whose question names the unit; `no_effect` conditions, by plain name, on which nothing here
    depends; `allergies` facts by the plain name of what is not borne; `ignored_types` FHIR
    resources that say nothing about health; `notes` what is said of one that becomes no fact.
    """

    lowest_of_codes: frozenset[str]
    unit_in_question: frozenset[str]
    no_effect: Mapping[str, str]
    allergies: Mapping[str, str]
    ignored_types: frozenset[str]
    notes: Mapping[str, str]


class Terminology(Struct, frozen=True):
    """Looks codes and names up; every lookup of something unknown answers with nothing."""

    systems: Mapping[str, CodeSystem]
    condition_sets: ValueSets
    medication_sets: ValueSets
    procedure_sets: ValueSets
    medication_names: MedicationNames
    relations: Relations
    observation_codes: CodeTable
    family_codes: CodeTable
    reading: Reading

    @property
    def conditions(self) -> Mapping[str, str]:
        """Condition ids with their labels."""
        return self.condition_sets.labels

    @property
    def medications(self) -> Mapping[str, str]:
        """Medication class ids with their labels."""
        return self.medication_sets.labels

    @property
    def procedures(self) -> Mapping[str, str]:
        """Procedure ids with their labels."""
        return self.procedure_sets.labels

    def system(self, address: str | None) -> CodeSystem | None:
        """The code system of this address, whichever of its forms is used."""
        return self.systems.get(plain_address(address)) if address else None

    def is_known_system(self, address: str | None) -> bool:
        """Whether the address names a code system that this service reads."""
        return self.system(address) is not None

    def canonical(self, address: str | None) -> str | None:
        """The usual address of the code system, or the one given when it is not known."""
        known = self.system(address)
        return known.uri if known else address

    def condition_entries(self, system: str | None, code: str) -> tuple[CodeEntry, ...]:
        """Every row of the condition value sets that the code matches."""
        return self.condition_sets.codes.find(self.system(system), code)

    def conditions_of(self, system: str | None, code: str) -> Mapping[str, bool]:
        """The conditions that the code stands for, and whether it says that they are past.

        One that counts as present even then is not.
        """
        past: dict[str, bool] = {}
        for entry in self.condition_entries(system, code):
            counts = entry.id in self.relations.past_counts_as_present
            past[entry.id] = past.get(entry.id, not counts) and entry.history
        return past

    def condition_ids(self, system: str | None, code: str) -> frozenset[str]:
        """The conditions that the code stands for."""
        return frozenset(self.conditions_of(system, code))

    def condition_ids_by_text(self, text: str) -> frozenset[str]:
        """The conditions that have exactly this name."""
        return self.condition_sets.texts.get(plain_text(text), frozenset())

    def condition_without_effect(self, names: Iterable[str]) -> str | None:
        """Why nothing here depends on the condition of these names; None when something may."""
        told = (self.reading.no_effect.get(plain_text(name)) for name in names)
        return next((why for why in told if why), None)

    def is_past(self, system: str | None, code: str, id_: str) -> bool:
        """Whether the code says that this condition is past and no longer counts as present."""
        return self.conditions_of(system, code).get(id_, False)

    def is_of_family(self, system: str | None, code: str) -> bool:
        """Whether the code tells of the family and not of the patient."""
        return bool(self.family_codes.find(self.system(system), code))

    def procedure_ids(self, system: str | None, code: str) -> frozenset[str]:
        """The procedures that the code stands for."""
        rows = self.procedure_sets.codes.find(self.system(system), code)
        return frozenset(row.id for row in rows)

    def procedure_ids_by_text(self, text: str) -> frozenset[str]:
        """The procedures that have exactly this name."""
        return self.procedure_sets.texts.get(plain_text(text), frozenset())

    def read_medication_code(self, system: str | None, code: str) -> MedicationReading:
        """The classes of the code; a local product of a systemic class is left out of them."""
        rows = self.medication_sets.codes.find(self.system(system), code)
        if not rows:
            return NOT_READ
        names = self.medication_names
        local = names.local(frozenset(r.id for r in rows if r.local_route))
        found = local.classes | {r.id for r in rows if not r.local_route}
        # A product may hold an ingredient that has a name here and no code.
        for display in {r.display for r in rows if not r.prefix}:
            found |= names.read(display).classes
        return MedicationReading(found, known=True, note=None if found else local.note)

    def medication_note(self, key: str) -> str:
        """A sentence about a medicine that is listed and not counted."""
        return self.medication_names.notes[key]

    def read_medication_name(self, text: str) -> MedicationReading:
        """The classes of every ingredient, brand or class that the text names as whole words."""
        return self.medication_names.read(text)

    def suggest(self, id_: str) -> str:
        """' Did you mean …?' when a known id is close, else nothing."""
        return suggest(id_, (*self.conditions, *self.medications, *self.procedures))


def plain_address(address: str) -> str:
    """The address of a code system as it is compared."""
    return address.strip().rstrip("/").casefold()
