"""Why a record was read as it was: for each thing read, the resource and the code or name."""

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from cds.fhir.bundle import Resource, open_bundle
from cds.fhir.context import Context
from cds.fhir.elements import Coding, Concept, Node, Refusals
from cds.fhir.intake import read_bundle
from cds.fhir.matches import (
    Match,
    condition_matches,
    medication_matches,
    of_row,
    procedure_matches,
)
from cds.fhir.medications import medication_concepts
from cds.fhir.questionnaires import codes_of_question, question_codes
from cds.knowledge.code_tables import plain_text
from cds.knowledge.terminology import Relations, Terminology
from cds.knowledge.value_set_schemas import BY_HAND
from cds.knowledge.vocabulary import Vocabulary
from cds.model.intake import (
    Intake,
    RejectedFact,
    SubmittedFact,
    SubmittedValue,
    Unmapped,
)


class Origin(Struct, frozen=True):
    """One thing that was read, and what in the record says so.

    `kind` is condition, medication, procedure or fact; `follows_from` are the ids from which it
    follows where nothing in the record names it itself; `value` and `unit` are those of a fact.
    """

    kind: str
    id: str
    label: str
    status: str
    source: str | None
    pointer: str
    note: str | None = None
    matches: tuple[Match, ...] = ()
    follows_from: tuple[str, ...] = ()
    value: SubmittedValue = None
    unit: str | None = None
    at: date | None = None


class Origins(Struct, frozen=True):
    """Everything that was read with its origin, and what was not read or not used."""

    read: tuple[Origin, ...]
    not_read: tuple[Unmapped, ...]
    not_used: tuple[RejectedFact, ...]


def trace_bundle(
    bundle: object,
    *,
    evaluation_date: date,
    vocabulary: Vocabulary,
    terminology: Terminology,
) -> Origins:
    """What the Bundle was read as on that day, and why.

    Raises: IntakeError as `read_bundle` does.
    """
    intake = read_bundle(
        bundle,
        evaluation_date=evaluation_date,
        vocabulary=vocabulary,
        terminology=terminology,
    )
    document: Mapping[str, object] = bundle if isinstance(bundle, Mapping) else {}
    opened = open_bundle(document, Refusals())
    tracing = _Tracing(
        Context(opened, evaluation_date, vocabulary, terminology),
        Node(document, Refusals()),
        intake,
    )
    return Origins(tuple(tracing.all()), intake.unmapped, intake.rejected)


class _Tracing(Struct, frozen=True):
    """The record, and what it was read as."""

    context: Context
    root: Node
    intake: Intake

    def all(self) -> Iterator[Origin]:
        """The conditions first, then medication classes, procedures and facts."""
        yield from self._conditions()
        yield from self._medications()
        yield from self._procedures()
        yield from (self._fact(fact) for fact in self.intake.facts)

    def _conditions(self) -> Iterator[Origin]:
        labels = self.context.terminology.conditions
        for item in self.intake.conditions:
            concept = self._node(item.pointer).as_concept()
            found = tuple(condition_matches(concept, item.id, self.context))
            yield Origin(
                *("condition", item.id, labels[item.id], item.status.value),
                *(item.source, item.pointer, item.note, found),
                follows_from=() if found else self._leading(item.id, item.source),
            )

    def _medications(self) -> Iterator[Origin]:
        labels = self.context.terminology.medications
        for item in self.intake.medications:
            yield Origin(
                *("medication", item.id, labels[item.id], item.status.value),
                *(item.source, item.pointer, item.note),
                tuple(
                    match
                    for concept in medication_concepts(self._resource(item.pointer), self.context)
                    for match in medication_matches(concept, item.id, self.context)
                ),
            )

    def _procedures(self) -> Iterator[Origin]:
        labels = self.context.terminology.procedures
        for item in self.intake.procedures:
            concept = self._node(item.pointer).as_concept()
            yield Origin(
                *("procedure", item.id, labels[item.id], "done", item.source, item.pointer),
                matches=tuple(procedure_matches(concept, item.id, self.context)),
                at=item.at,
            )

    def _fact(self, fact: SubmittedFact) -> Origin:
        label = self.context.vocabulary[fact.name].label
        found = tuple(self._fact_matches(fact))
        implied = self.context.terminology.relations.implied_facts
        origin = Origin(
            *("fact", fact.name, label, "stated", fact.source, fact.pointer),
            matches=found,
            value=fact.value,
            unit=fact.unit,
            at=fact.at,
        )
        if found:
            return origin
        ids = {c.id for c in self.intake.conditions if c.source == fact.source}
        named = sorted(i.condition for i in implied if i.fact == fact.name and i.condition in ids)
        return replace(origin, follows_from=tuple(f"condition.{id_}" for id_ in named))

    def _fact_matches(self, fact: SubmittedFact) -> Iterator[Match]:
        if fact.pointer.startswith(self.context.bundle.patient.node.pointer + "/"):
            element = fact.pointer.rpartition("/")[2]
            yield Match("element", None, None, f"Patient.{element}", None, fact.name)
            return
        node, terminology = self._node(fact.pointer), self.context.terminology
        concept = node.as_concept() if fact.pointer.endswith("/code") else node.concept("code")
        for coding in (*concept.codings, *self._question(node)):
            known, code = self.context.fact_of(coding), coding.code or ""
            for row in terminology.observation_codes.find(terminology.system(coding.system), code):
                if known is not None and known.name == fact.name:
                    yield replace(of_row(row, code), value_set=fact.name)
        yield from self._allergy(concept, fact.name)

    def _question(self, item: Node) -> tuple[Coding, ...]:
        """The codes of the question of a questionnaire's item; none of anything else."""
        link = item.text("linkId")
        held = (
            resource
            for resource in self.context.bundle.resources
            if link and item.pointer.startswith(f"{resource.node.pointer}/")
        )
        found = next(held, None)
        return codes_of_question(link or "", question_codes(found, self.context)) if found else ()

    def _allergy(self, concept: Concept, name: str) -> Iterator[Match]:
        known = self.context.terminology.reading.allergies
        for text in concept.names():
            if known.get(plain_text(text)) == name:
                yield Match("name", None, text, text, None, name, BY_HAND, "allergies.csv")

    def _leading(self, id_: str, source: str | None) -> tuple[str, ...]:
        """The ids of the same resource from which this condition follows."""
        relations: Relations = self.context.terminology.relations
        conditions = {c.id for c in self.intake.conditions if c.source == source}
        procedures = {p.id for p in self.intake.procedures if p.source == source}
        leading = [
            f"condition.{other}"
            for table in (relations.broader, relations.leaves_behind)
            for other, also in table.items()
            if other in conditions and id_ in also
        ]
        leading += [
            f"procedure.{other}"
            for other, also in relations.after_procedure.items()
            if other in procedures and id_ in also
        ]
        return tuple(sorted(leading))

    def _node(self, pointer: str) -> Node:
        """The object at that place; what was read from there is an object."""
        found: object = self.root.value
        for step in pointer.split("/")[1:]:
            if isinstance(found, list):
                found = found[int(step)]
            elif isinstance(found, Mapping):
                found = found.get(step)
        value = found if isinstance(found, Mapping) else {}
        return Node(value, self.root.refusals, self.root, pointer[1:])

    def _resource(self, pointer: str) -> Resource:
        return next(r for r in self.context.bundle.resources if r.node.pointer == pointer)
