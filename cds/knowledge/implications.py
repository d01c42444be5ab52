"""Adds to what was submitted what follows from it by definition. Doing it twice changes nothing."""

from collections.abc import Iterable
from operator import attrgetter

from msgspec.structs import replace

from cds.knowledge.terminology import Relations, Terminology
from cds.model.intake import (
    Intake,
    Presence,
    RejectedFact,
    SubmittedCondition,
    SubmittedFact,
)


def complete_intake(intake: Intake, terminology: Terminology) -> Intake:
    """The intake with the conditions and facts that its conditions and procedures imply.

    A fact that was submitted as absent and that a condition contradicts is taken as present,
    the cautious reading, and the contradiction is reported.
    """
    conditions = _with_implied(intake, terminology)
    implied = tuple(_implied_facts(conditions, terminology))
    if not implied:
        return intake if conditions == intake.conditions else replace(intake, conditions=conditions)
    present = {fact.name for fact in implied}
    denied = [f for f in intake.facts if f.name in present and f.value is False]
    kept = tuple(f for f in intake.facts if f not in denied and f not in implied)
    stated = {fact.name for fact in kept if fact.value is not None}
    rejected = tuple(
        RejectedFact(f.name, "A condition of the same record says otherwise.", f.source)
        for f in sorted(denied, key=attrgetter("name"))
    )
    return replace(
        intake,
        conditions=conditions,
        facts=(*kept, *(fact for fact in implied if fact.name not in stated)),
        rejected=(*intake.rejected, *rejected),
    )


def _with_implied(intake: Intake, terminology: Terminology) -> tuple[SubmittedCondition, ...]:
    relations = terminology.relations
    found = [*intake.conditions, *_shown(intake, relations)]
    for procedure in intake.procedures:
        for id_ in relations.after_procedure.get(procedure.id, ()):
            _add(found, SubmittedCondition(id_, source=procedure.source, note="after a procedure"))
    for condition in tuple(found):
        if condition.status is Presence.RESOLVED:
            for id_ in _left_by(condition.id, relations):
                left = replace(
                    condition, id=id_, status=Presence.PRESENT, note="follows from the past"
                )
                _add(found, left)
    for condition in found:  # grows while it is read, so that a chain is followed to its end
        if condition.status is Presence.PRESENT:
            for id_ in relations.broader.get(condition.id, ()):
                _add(found, replace(condition, id=id_, onset=None))
    return tuple(found)


def _shown(intake: Intake, relations: Relations) -> Iterable[SubmittedCondition]:
    """What the facts show, unless something was said of that condition itself."""
    said = {condition.id for condition in intake.conditions}
    shows = {f.name: f for f in intake.facts if f.value is not None and f.value is not False}
    for rule in relations.shown_conditions:
        fact = shows.get(rule.fact)
        if fact is not None and rule.condition not in said:
            said.add(rule.condition)
            note = f"shown by {rule.fact}"
            yield SubmittedCondition(rule.condition, source=fact.source, note=note)


def _left_by(id_: str, relations: Relations) -> tuple[str, ...]:
    """What a condition that is over still counts as."""
    itself = (id_,) if id_ in relations.past_counts_as_present else ()
    return (*itself, *relations.leaves_behind.get(id_, ()))


def _add(found: list[SubmittedCondition], condition: SubmittedCondition) -> None:
    known = any(c.id == condition.id and c.status is Presence.PRESENT for c in found)
    if not known:
        found.append(condition)


def _implied_facts(
    conditions: Iterable[SubmittedCondition], terminology: Terminology
) -> Iterable[SubmittedFact]:
    seen: set[str] = set()
    for rule in terminology.relations.implied_facts:
        for condition in [one for one in conditions if one.id == rule.condition]:
            lasting = condition.status is Presence.PRESENT
            past = condition.status is Presence.RESOLVED and rule.ever
            if (lasting or past) and rule.fact not in seen:
                seen.add(rule.fact)
                yield SubmittedFact(rule.fact, True, source=condition.source)
