"""Facts of one record that cannot both be true: reported, and neither is used."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from cds.knowledge.contradictions import Contradiction, contradictions_in
from cds.knowledge.fact import FactDefinition
from cds.model.intake import Intake, RejectedFact, SubmittedFact


def without_contradicted(
    intake: Intake, rows: Sequence[Contradiction], vocabulary: Mapping[str, FactDefinition]
) -> Intake:
    """The intake without the facts that contradict each other or a list of the record.

    Who sends JSON is asked to correct it; a record cannot be asked. What is listed stays: to have
    an illness or a medicine is the cautious reading.
    """
    in_one_unit = tuple(_canonical(fact, vocabulary[fact.name]) for fact in intake.facts)
    found = contradictions_in(replace(intake, facts=in_one_unit), rows)
    reasons = {refusal.pointer: refusal.detail for refusal in found}
    return replace(
        intake,
        facts=tuple(fact for fact in intake.facts if fact.pointer not in reasons),
        rejected=(
            *intake.rejected,
            *(
                RejectedFact(fact.name, reasons[fact.pointer], fact.source)
                for fact in intake.facts
                if fact.pointer in reasons
            ),
        ),
    )


def _canonical(fact: SubmittedFact, definition: FactDefinition) -> SubmittedFact:
    if isinstance(fact.value, bool) or not isinstance(fact.value, float) or fact.unit is None:
        return fact
    return replace(fact, value=definition.to_canonical(fact.value, fact.unit))
