"""Decisions and check-ins: made, read again, and asked about."""

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound

from cds.http.pipeline import DECISION, FOLLOW_UP, Answer
from cds.http.query import allow_parameters, read_evaluation_date
from cds.http.questions import Questions
from cds.model.decision import as_json
from cds.routes.exchange import (
    door,
    found,
    json_response,
    parts,
    submitted,
    submitted_record,
)
from cds.routes.registering import on
from cds.schemas.decision_request import DecisionRequest, read_decision_request
from cds.schemas.follow_up_request import read_follow_up_request
from cds.web.handouts import language_headers, written_handout

decisions = Blueprint("decisions", __name__)


@on(decisions, "POST", "/v1/decisions")
def create_decision() -> Response:
    """Decides on JSON."""
    body, value = submitted()
    asked = read_decision_request(value, parts().service.terms, g.now.date())
    return _decided(asked, body)


@on(decisions, "POST", "/v1/fhir/decisions")
def create_fhir_decision() -> Response:
    """Decides on a FHIR bundle, for `?evaluation_date=` or today."""
    body, bundle = submitted_record()
    given = request.args.to_dict(flat=False)
    allow_parameters(given, ("evaluation_date",))
    day = read_evaluation_date(given, g.now.date())
    intake = parts().service.read_bundle(bundle, day)
    return _decided(DecisionRequest(intake, day), body)


@on(decisions, "GET", "/v1/decisions/<id>")
def read_decision(id: str) -> Response:
    """The decision as it was recorded."""
    return _recorded(id, DECISION)


@on(decisions, "POST", "/v1/decisions/<id>/why-not")
def why_not(id: str) -> Response:
    """Why something is not allowed."""
    return json_response(found(_questions().why_not(id, submitted()[1])))


@on(decisions, "POST", "/v1/decisions/<id>/what-if")
def what_if(id: str) -> Response:
    """What other facts would change, or what it takes to reach a goal."""
    return json_response(found(_questions().what_if(id, submitted()[1])))


@on(decisions, "GET", "/v1/decisions/<id>/explanation")
def read_explanation(id: str) -> Response:
    """The decision for a clinician, a patient or an auditor."""
    given = request.args.to_dict(flat=False)
    allow_parameters(given, ("audience",))
    return json_response(found(_questions().explanation(id, given)))


@on(decisions, "GET", "/v1/decisions/<id>/handout")
def read_handout(id: str) -> Response:
    """The handout of a decision for the patient, in `?lang=`, as sections and sentences."""
    handout = written_handout(id, ("lang",)).handout
    response = json_response(as_json(handout))
    response.headers.update(language_headers(handout))
    return response


@on(decisions, "POST", "/v1/follow-ups")
def create_follow_up() -> Response:
    """Answers a check-in: progress, hold, regress or stop."""
    body, value = submitted()
    asked = read_follow_up_request(value, parts().service.terms, g.now.date())
    return _created(parts().pipeline.follow_up(asked, door(body)), "follow-ups")


@on(decisions, "GET", "/v1/follow-ups/<id>")
def read_follow_up(id: str) -> Response:
    """The answer to a check-in as it was recorded."""
    return _recorded(id, FOLLOW_UP)


def _questions() -> Questions:
    at = parts()
    return Questions(at.service, at.store, at.pipeline)


def _decided(asked: DecisionRequest, body: bytes) -> Response:
    return _created(parts().pipeline.decide(asked, door(body)), "decisions")


def _created(answer: Answer, kind: str) -> Response:
    response = _answered(answer, 201)
    response.headers["Location"] = f"/v1/{kind}/{answer.receipt.id}"
    g.sequence = answer.receipt.sequence
    return response


def _recorded(id: str, kind: str) -> Response:
    answer = parts().pipeline.read(id, kind)
    if answer is None:
        raise NotFound
    return _answered(answer)


def _answered(answer: Answer, status: int = 200) -> Response:
    return Response(answer.text, status, mimetype="application/json")
