"""Feedback to decisions: given, and read again."""

from flask import Blueprint, Response, g, request

from cds.feedback.recording import record_feedback
from cds.http.feedback import event_view, feedback_view
from cds.http.pipeline import Door
from cds.http.query import allow_parameters
from cds.routes.exchange import found, json_response, parts, submitted
from cds.routes.registering import on
from cds.schemas.feedback_body import read_feedback

feedback = Blueprint("feedback", __name__)


@on(feedback, "POST", "/v1/decisions/<id>/feedback")
def give_feedback(id: str) -> Response:
    """Records what a person answered to a decision or a part of it."""
    body, value = submitted()
    door = Door(body, g.now, request.headers.get("Idempotency-Key"))
    event = record_feedback(parts().desk, read_feedback(id, value), door.now, door.key_hash)
    g.sequence = event.receipt.sequence
    response = json_response(event_view(event, parts().desk.terms), 201)
    response.headers["Location"] = f"/v1/decisions/{id}/feedback"
    return response


@on(feedback, "GET", "/v1/decisions/<id>/feedback")
def read_feedback_of(id: str) -> Response:
    """Every event of a decision, and the outcome that counts."""
    allow_parameters(request.args.to_dict(flat=False), ())
    at = parts()
    return json_response(found(feedback_view(at.store, id, at.desk.terms)))
