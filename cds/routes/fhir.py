"""FHIR R4: decisions as Bundles or by `$apply`, rules as PlanDefinitions, what there is here."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound

from cds.errors import IntakeError, Refusal
from cds.fhir.applying import Applied, at, read_parameters
from cds.fhir.writing.decided import Asked
from cds.hooks.advice import advice
from cds.http.fhir_answers import MEDIA_TYPE
from cds.http.fhir_query import allow_format, read_asked, read_page
from cds.http.pipeline import Answer
from cds.http.query import allow_parameters
from cds.model.intake import Intake
from cds.routes.exchange import door, found, json_response, parts, submitted_record
from cds.routes.registering import on
from cds.schemas.decision_request import DecisionRequest, check_evaluation_date

_NOT_ABOUT = "The decision is about somebody else. Name the person it was made for, or nobody."

Json = Mapping[str, Any]

fhir = Blueprint("fhir", __name__)


@on(fhir, "GET", "/v1/decisions/<id>/fhir")
def read_bundle(id: str) -> Response:
    """A recorded decision as a Bundle; `?subject=`, `encounter` and `practitioner` are written."""
    asked = read_asked(_given())
    answer = parts().pipeline.read(id)
    if answer is None:
        raise NotFound
    if asked.subject is not None and not _is_about(id, asked):
        raise IntakeError([Refusal("?/subject", _NOT_ABOUT)])
    return _answered(parts().service.fhir.bundle(*_advised(answer, asked)))


@on(fhir, "POST", "/fhir/PlanDefinition/exercise-therapy/$apply")
def apply() -> Response:
    """Decides on what the Parameters hold, records it, and answers it as a CarePlan."""
    body, document = submitted_record()
    allow_parameters(_given(), ())
    applied = read_parameters(document)
    day = applied.day or g.now.date()
    refusals = check_evaluation_date(day, g.now.date(), applied.day_pointer)
    if refusals:
        raise IntakeError(refusals)
    decided = DecisionRequest(_intake(applied, day), day)
    answer = parts().pipeline.decide(decided, door(body))
    g.sequence = answer.receipt.sequence
    return _answered(parts().service.fhir.care_plan(*_advised(answer, applied.asked)))


@on(fhir, "GET", "/fhir/metadata")
def metadata() -> Response:
    """What of FHIR there is here."""
    allow_format(_given())
    return _answered(parts().service.fhir.capability())


@on(fhir, "GET", "/fhir/PlanDefinition")
def search_plan_definitions() -> Response:
    """The whole and every rule, page by page."""
    return _answered(parts().service.fhir.plan_definitions(*read_page(_given())))


@on(fhir, "GET", "/fhir/PlanDefinition/<id>")
def read_plan_definition(id: str) -> Response:
    """A rule, or `exercise-therapy`."""
    allow_format(_given())
    return _answered(found(parts().service.fhir.plan_definition(id)))


@on(fhir, "GET", "/fhir/ActivityDefinition")
def search_activity_definitions() -> Response:
    """What a decision may propose, page by page."""
    return _answered(parts().service.fhir.activity_definitions(*read_page(_given())))


@on(fhir, "GET", "/fhir/ActivityDefinition/<id>")
def read_activity_definition(id: str) -> Response:
    """Exercise therapy, or a referral."""
    allow_format(_given())
    return _answered(found(parts().service.fhir.activity_definition(id)))


def _advised(answer: Answer, asked: Asked) -> tuple[Json, Asked, Sequence[Json]]:
    """A recorded decision, who asks about it, and the cards that CDS Hooks shows of it."""
    of, decision = parts(), answer.members
    intake = of.pipeline.input_of(answer.receipt.id)
    return decision, asked, advice(of.service, of.settings.hooks, decision, intake, asked)


def _intake(applied: Applied, day: date) -> Intake:
    """Without data nothing is known of the subject, and the answer says what is needed."""
    if applied.bundle is None:
        return Intake(subject_id=applied.asked.subject_id)
    with at(applied.bundle_pointer):
        return parts().service.read_bundle(applied.bundle, day)


def _is_about(id: str, asked: Asked) -> bool:
    """A client of the JSON interface may have named the person by the whole reference."""
    names = filter(None, (asked.subject, asked.subject_id))
    return parts().pipeline.is_about(id, *names)


def _given() -> Mapping[str, list[str]]:
    return request.args.to_dict(flat=False)


def _answered(resource: Mapping[str, Any]) -> Response:
    return json_response(resource, media_type=MEDIA_TYPE)
