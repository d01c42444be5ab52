"""Feedback to decisions: given, read again, exported, and counted by rule."""

from flask import Blueprint, Response, g, request

from cds.feedback.export import as_csv, export_rows, note_export
from cds.feedback.recording import record_feedback
from cds.http.feedback import analytics_view, event_view, export_view, feedback_view
from cds.http.query import allow_parameters, read_choice, read_days
from cds.routes.exchange import door, found, json_response, parts, submitted, who
from cds.routes.registering import on
from cds.schemas.feedback_body import read_feedback

feedback = Blueprint("feedback", __name__)


@on(feedback, "POST", "/v1/decisions/<id>/feedback")
def give_feedback(id: str) -> Response:
    """Records what a person answered to a decision or a part of it."""
    body, value = submitted()
    key = door(body).key_hash
    event = record_feedback(parts().desk, read_feedback(id, value), g.now, key, who())
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


@on(feedback, "GET", "/v1/feedback")
def export_feedback() -> Response:
    """All feedback of `?from=` to `?to=` as a table, in JSON or `?format=csv`."""
    given = request.args.to_dict(flat=False)
    allow_parameters(given, ("from", "to", "format"))
    period = read_days(given, ("from", "to"))
    media = read_choice(given, "format", ("json", "csv"), "json")
    at, terms = parts(), parts().desk.terms
    note_export(at.store, who(), g.now)
    rows = export_rows(at.store, terms, *period)
    if media == "json":
        return json_response(export_view(rows, terms))
    response = Response(as_csv(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="feedback.csv"'
    return response


@on(feedback, "GET", "/v1/analytics/rules")
def read_analytics() -> Response:
    """Every rule in use or ever heard of: fires, feedback, and what asks for a look."""
    allow_parameters(request.args.to_dict(flat=False), ())
    at = parts()
    return json_response(analytics_view(at.counts, at.store, at.service))
