"""Answers to the questions of a card, sent with the next call: no record holds what was asked."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from cds.errors import IntakeError, Refusal
from cds.json_walk import pointer_step
from cds.model.intake import Intake
from cds.schemas.decision_request import read_decision_request
from cds.schemas.request_terms import RequestTerms

#: The member of `extension` that holds them, shaped like the body of `POST /v1/decisions`.
ANSWERS = "org.exercise-cds.answers"
_PLACE = f"/extension/{ANSWERS}"
_MEMBERS = ("facts", "conditions_reviewed", "medications_reviewed")
_TWICE = "The record says this too. Send it once, so that nobody has to guess which holds."


def with_answers(
    intake: Intake, answers: Mapping[str, Any] | None, terms: RequestTerms, today: date
) -> Intake:
    """The intake of a record with what was answered beside it.

    Raises: IntakeError when an answer cannot be read, or is to what the record says.
    """
    if answers is None:
        return intake
    refusals = [
        Refusal(f"{_PLACE}{pointer_step('', name)}", "Only answers to questions are taken here.")
        for name in answers
        if name not in _MEMBERS
    ]
    if refusals:
        raise IntakeError(refusals)
    try:
        told = read_decision_request(dict(answers), terms, today).intake
    except IntakeError as error:
        placed = (replace(r, pointer=_PLACE + r.pointer) for r in error.refusals)
        raise IntakeError(tuple(placed)) from None
    held = {fact.name for fact in intake.facts}
    twice = [Refusal(_PLACE + f.pointer, _TWICE) for f in told.facts if f.name in held]
    if twice:
        raise IntakeError(twice)
    return replace(
        intake,
        facts=(*intake.facts, *told.facts),
        conditions_reviewed=told.conditions_reviewed,
        medications_reviewed=told.medications_reviewed,
    )
