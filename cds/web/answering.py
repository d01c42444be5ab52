"""What a person answers to a decision."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    request,
)
from msgspec.structs import replace
from werkzeug.exceptions import NotFound

from cds.errors import IntakeError, NoSuchDecisionError
from cds.feedback.recording import record_feedback
from cds.http.feedback import feedback_view
from cds.http.parts import EXTENSION, Parts
from cds.model.feedback import Outcome, Source, TargetType
from cds.routes.exchange import who
from cds.routes.registering import on
from cds.schemas.feedback_body import read_feedback
from cds.web.handouts import show_refusal
from cds.web.site import protect

answering = Blueprint("answering", __name__, template_folder="templates")
_FORM_BYTES = 20_000


@on(answering, "POST", "/decisions/<id>/feedback")
def submit_feedback(id: str) -> Response:
    """Records which button was pressed, and shows the decision again."""
    request.max_content_length = request.max_form_memory_size = _FORM_BYTES
    protect()
    given = replace(read_feedback(id, _body(request.form)), source=Source.FORM)
    try:
        event = record_feedback(_parts().desk, given, g.now, who=who())
    except NoSuchDecisionError:
        raise NotFound from None
    g.sequence = event.receipt.sequence
    return make_response(redirect(f"/decisions/{id}#answer", 303))


def answers(parts: Parts, id: str) -> Mapping[str, Any]:
    """What the page of a decision needs to ask for an answer, and what was answered before.

    Raises: ErasedError, AuditError.
    """
    terms = parts.service.feedback
    told = feedback_view(parts.store, id, terms)
    return {
        "answered": told["final"] if told else (),
        "override_reasons": terms.reasons,
        "comments_kept": parts.pipeline.keep_text,
    }


def _body(form: Mapping[str, str]) -> dict[str, Any]:
    """The feedback as it is told in JSON; a reason is an override."""
    text = {name: form[name] for name in ("user", "location", "comment") if form.get(name)}
    body: dict[str, Any] = {**text, "outcome": form.get("outcome", "")}
    if form.get("reason"):
        body |= {"outcome": Outcome.OVERRIDDEN.value, "reason": form["reason"]}
    if form.get("about"):
        body["target"] = {"type": TargetType.RULE.value, "id": form["about"]}
    return body


def _parts() -> Parts:
    found: Parts = current_app.extensions[EXTENSION]
    return found


answering.register_error_handler(IntakeError, show_refusal)
