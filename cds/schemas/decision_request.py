"""The body of a request for a decision → an intake, or every refusal with its pointer."""

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from marshmallow import ValidationError
from msgspec import Struct
from msgspec.structs import replace

from cds.errors import IntakeError, Refusal
from cds.json_walk import pointer_step
from cds.knowledge.contradictions import contradictions_in
from cds.knowledge.schema import suggest
from cds.model.intake import Intake
from cds.schemas.decision_body import DecisionBody
from cds.schemas.fact_reader import FactReader
from cds.schemas.list_reader import Lists, read_lists
from cds.schemas.request_terms import RequestTerms
from cds.schemas.strict_fields import faults_of

# A visit may be planned ahead; a date further off is a typing error.
_MOST_MEANT = 8
_NAME_ONE = "Use an id that GET /v1/exercises lists, or more of the name."
_AHEAD = timedelta(days=366)
_BODY = DecisionBody()


class DecisionRequest(Struct, frozen=True):
    """What is to be decided, and for which day."""

    intake: Intake
    evaluation_date: date


def read_decision_request(body: Any, terms: RequestTerms, today: date) -> DecisionRequest:
    """The request that the body makes.

    Raises: IntakeError with every fault of the body, not only the first.
    """
    if not isinstance(body, dict):
        raise IntakeError([Refusal("", "The body must be a JSON object.")])
    loaded, refusals = _load(body)
    evaluation_date = loaded.get("evaluation_date") or today
    refusals += check_evaluation_date(evaluation_date, today, "/evaluation_date")
    facts, fact_refusals = FactReader(terms.vocabulary, evaluation_date).read(
        loaded.get("facts", {})
    )
    lists = read_lists(loaded, terms, evaluation_date)
    refusals += fact_refusals + lists.refusals
    refusals += _refuse_names(loaded, terms)
    intake = _intake(loaded, lists)
    intake = replace(intake, facts=tuple(facts))
    refusals += contradictions_in(intake, terms.contradictions)
    if refusals:
        raise IntakeError(_once(refusals))
    return DecisionRequest(intake, evaluation_date)


def check_evaluation_date(day: date, today: date, pointer: str) -> list[Refusal]:
    """A refusal when the day is too far ahead to be meant."""
    if day <= today + _AHEAD:
        return []
    return [Refusal(pointer, "This day lies more than a year ahead. Correct the year.")]


def _load(body: Mapping[str, Any]) -> tuple[dict[str, Any], list[Refusal]]:
    """The loaded body without its faulty parts, and the faults."""
    try:
        return dict(_BODY.load(body)), []
    except ValidationError as error:
        refusals = [Refusal(pointer, text) for pointer, text in faults_of(error, _BODY)]
        valid: Any = error.valid_data or {}
        # A part with a fault is not read further: indexes in it would no longer fit.
        return {k: v for k, v in valid.items() if k not in error.messages_dict}, refusals


def _intake(loaded: Mapping[str, Any], lists: Lists) -> Intake:
    return Intake(
        subject_id=(loaded.get("subject") or {}).get("id"),
        conditions=tuple(lists.conditions),
        conditions_reviewed=bool(loaded.get("conditions_reviewed")),
        medications=tuple(lists.medications),
        medications_reviewed=bool(loaded.get("medications_reviewed")),
        procedures=tuple(lists.procedures),
        unmapped=tuple(lists.unmapped),
        request=loaded.get("request", {}),
        preferences=loaded.get("preferences", {}),
        policy=loaded.get("policy", {}),
    )


def _refuse_names(loaded: Mapping[str, Any], terms: RequestTerms) -> list[Refusal]:
    request = loaded.get("request", {})
    refusals: list[Refusal] = []
    for index, asked in enumerate(request.get("modalities", ())):
        refusals += _refuse_name(f"/request/modalities/{index}", asked, terms.modalities)
    for index, asked in enumerate(request.get("exercises", ())):
        refusals += _refuse_exercise(f"/request/exercises/{index}", asked, terms)
    for name, fact in (("intensity", "desired_intensity"), ("setting", "setting")):
        if name in request:
            values = terms.vocabulary[fact].values
            refusals += _refuse_name(f"/request/{name}", request[name], values)
    for name, option in loaded.get("policy", {}).items():
        refusals += _refuse_policy(name, option, terms.policies)
    return refusals


def _refuse_name(pointer: str, asked: str, known: Collection[str]) -> list[Refusal]:
    if asked in known:
        return []
    allowed = f" Use one of: {', '.join(sorted(known))}." if len(known) <= 20 else ""
    return [Refusal(pointer, f"This name is not known here.{suggest(asked, known)}{allowed}")]


def _refuse_exercise(pointer: str, asked: str, terms: RequestTerms) -> list[Refusal]:
    """An id of the catalogue, an everyday word, or enough of a name to mean a few movements."""
    meant = terms.meant_by(asked)
    if len(meant) > _MOST_MEANT:
        return [Refusal(pointer, f"This may mean {len(meant)} movements. {_NAME_ONE}")]
    if meant:
        return []
    near = suggest(asked, terms.exercises)
    return [Refusal(pointer, f"No movement is known by this name.{near} {_NAME_ONE}")]


def _refuse_policy(
    name: str, option: Any, policies: Mapping[str, tuple[str, ...]]
) -> list[Refusal]:
    pointer = pointer_step("/policy", name)
    if name not in policies:
        return [Refusal(pointer, f"This policy is not known here.{suggest(name, policies)}")]
    if not isinstance(option, str) or option not in policies[name]:
        return [Refusal(pointer, f"Use one of: {', '.join(policies[name])}.")]
    return []


def _once(refusals: list[Refusal]) -> list[Refusal]:
    """Each refusal once, in the order of the places."""
    return sorted(set(refusals), key=lambda refusal: (_natural(refusal.pointer), refusal.detail))


def _natural(pointer: str) -> list[tuple[int, str]]:
    return [
        (int(step), "") if re.fullmatch(r"\d{1,6}", step) else (-1, step)
        for step in pointer.split("/")
    ]
