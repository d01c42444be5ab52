"""The intake of an earlier record, and what a check-in takes over from it.

What was told then still holds unless it is too old, was told anew, or belongs to one session.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from msgspec.structs import replace

from cds.knowledge.fact import FactDefinition
from cds.model.intake import (
    Intake,
    Presence,
    RejectedFact,
    SubmittedCondition,
    SubmittedFact,
    SubmittedMedication,
    SubmittedProcedure,
    Unmapped,
)

Json = Mapping[str, Any]
T = TypeVar("T")


def recall(recorded: Json) -> Intake:
    """The intake as it was recorded, with all that was asked for then."""
    return replace(
        read_recorded(recorded),
        subject_id=recorded["subject_id"],
        rejected=_each(recorded, "rejected", lambda e: RejectedFact(**e)),
        request=dict(recorded["request"]),
        preferences=dict(recorded["preferences"]),
    )


def read_recorded(recorded: Json) -> Intake:
    """The intake as it was recorded; what was asked for then is not asked for again."""
    return Intake(
        facts=_each(recorded, "facts", lambda e: SubmittedFact(**_dated(e, "at"))),
        conditions=_each(
            recorded, "conditions", lambda e: SubmittedCondition(**_listed(e, "onset"))
        ),
        conditions_reviewed=bool(recorded["conditions_reviewed"]),
        medications=_each(
            recorded, "medications", lambda e: SubmittedMedication(**_listed(e, "at"))
        ),
        medications_reviewed=bool(recorded["medications_reviewed"]),
        procedures=_each(recorded, "procedures", lambda e: SubmittedProcedure(**_dated(e, "at"))),
        unmapped=_each(recorded, "unmapped", lambda e: Unmapped(**e)),
        policy=dict(recorded["policy"]),
    )


def take_over(
    told: Intake,
    earlier: Intake,
    decided_on: date,
    anew: frozenset[str],
    vocabulary: Mapping[str, FactDefinition],
) -> Intake:
    """What was told at the check-in, completed by what was known at the earlier decision.

    A fact without a date was true on the day of that decision, so that it ages from then.
    A list stays reviewed: what came since is told at the check-in.
    """
    said = {fact.name for fact in told.facts}
    kept = tuple(
        replace(fact, at=fact.at or decided_on)
        for fact in earlier.facts
        if fact.name not in said
        and fact.name in vocabulary
        and not anew & {fact.name, vocabulary[fact.name].group}
    )
    return replace(
        told,
        facts=(*told.facts, *kept),
        conditions=_union(told.conditions, earlier.conditions),
        conditions_reviewed=told.conditions_reviewed or earlier.conditions_reviewed,
        medications=_union(told.medications, earlier.medications),
        medications_reviewed=told.medications_reviewed or earlier.medications_reviewed,
        procedures=tuple(dict.fromkeys((*told.procedures, *earlier.procedures))),
        unmapped=tuple(dict.fromkeys((*told.unmapped, *earlier.unmapped))),
        policy={**earlier.policy, **told.policy},
    )


def _each(recorded: Json, name: str, read: Callable[[dict[str, Any]], T]) -> tuple[T, ...]:
    return tuple(read(dict(entry)) for entry in recorded[name])


def _dated(entry: dict[str, Any], name: str) -> dict[str, Any]:
    day = entry[name]
    return {**entry, name: None if day is None else date.fromisoformat(day), "pointer": ""}


def _listed(entry: dict[str, Any], name: str) -> dict[str, Any]:
    return {**_dated(entry, name), "status": Presence(entry["status"])}


def _union(told: Sequence[Any], earlier: Sequence[Any]) -> tuple[Any, ...]:
    """What is told now, and what was told then of other ids."""
    ids = {entry.id for entry in told}
    return (*told, *(entry for entry in earlier if entry.id not in ids))
