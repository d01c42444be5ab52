"""A check-in: a short form about the plan of a decision, the answer, and the course so far."""

import json
from collections.abc import Sequence
from datetime import date

from flask import Response, g, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound

from cds.errors import AuditError, IntakeError, Refusal
from cds.feedback.events import decision_of
from cds.http.check_ins import check_ins_of
from cds.http.pipeline import FOLLOW_UP, Door
from cds.routes.exchange import parts, who
from cds.routes.registering import on
from cds.schemas.follow_up_request import FollowUpRequest, read_follow_up_request
from cds.web.course import Course, course_of
from cds.web.form_pages import known_at, posted, refused
from cds.web.own_words import without_marks
from cds.web.prefill import typed_of
from cds.web.result import answered
from cds.web.site import csrf, layout, names, pages
from cds.web.speaking import switch_to
from cds.web.submission import Typed, body_of, errors_of, once, typed


@on(pages, "GET", "/decisions/<id>/check-in")
def show_check_in(id: str) -> Response:
    """The form of a check-in: empty, or as one was told whose id is given (`?from=`)."""
    return _form(id, _told_at(request.args.get("from", ""), id))


@on(pages, "POST", "/decisions/<id>/check-in")
def submit_check_in(id: str) -> Response:
    """Answers what was typed; on an error the form comes back as it was filled in."""
    values = posted()
    switch_to(typed(values, "lang"))
    if typed(values, "lang"):
        return _form(id, values)  # in another language, not yet to be checked
    known_at(id)
    try:
        csrf.protect()
        asked, body = _read(id, values)
        door = Door(body, g.now, once(values, id), who(), g.request_id)
        answer = parts().pipeline.follow_up(asked, door)
    except (IntakeError, AuditError, CSRFError) as error:
        return refused(error, lambda said, status: _form(id, values, said, status))
    g.sequence = answer.receipt.sequence
    return make_response(redirect(f"/follow-ups/{answer.receipt.id}", 303))


@on(pages, "GET", "/follow-ups/<id>")
def show_follow_up(id: str) -> Response:
    """The answer to a check-in with its reasons, and the course that it belongs to."""
    answer = parts().pipeline.read(id, FOLLOW_UP)
    if answer is None:
        raise NotFound
    told = json.loads(without_marks(answer.text))
    course = course_from(told["decision"]) if told["decision"] else None
    return make_response(
        render_template("follow_up.html", **answered(told, names()), course=course)
    )


def course_from(decision: str) -> Course | None:
    """The check-ins that go on from a decision, drawn; None before the first.

    Raises: AuditError.
    """
    entry = decision_of(parts().store, decision)
    found = check_ins_of(parts().store, entry) if entry else ()
    return course_of(found) if found else None


def _form(id: str, values: Typed, refusals: Sequence[Refusal] = (), status: int = 200) -> Response:
    asks = layout().of_check_in
    errors = errors_of(refusals, asks)
    page = render_template(
        "check_in.html",
        id=id,
        sections=asks.sections,
        typed=lambda name: typed(values, name),
        matters=asks.mattering({**known_at(id), **values}),
        errors=errors,
        by_anchor={error.anchor: error for error in reversed(errors)},
        today=g.now.date().isoformat(),
    )
    return make_response(page, status)


def _told_at(check_in: str, decision: str) -> Typed:
    """What one check-in of the decision told, as it was typed; nothing when there is none.

    What it took over from the decision has a day, and what was typed here has none.
    """
    entry = decision_of(parts().store, decision) if check_in else None
    found = check_ins_of(parts().store, entry) if entry else ()
    for one in (one for one in found if one.id == check_in):
        typed_then = typed_of(parts().service.recall(one.input), date.fromisoformat(one.day))
        asked = {f"fact.{name}" for name in layout().of_check_in.fields}
        told = {name for name in asked & typed_then.keys() if f"at.{name}" not in typed_then}
        units = {name.replace("fact.", "unit.", 1) for name in told}
        kept = told | units | {"evaluation_date"}
        return {name: texts for name, texts in typed_then.items() if name in kept}
    return {}


def _read(id: str, values: Typed) -> tuple[FollowUpRequest, bytes]:
    """The check-in and the body that tells it, or every refusal of the form and of it together.

    Raises: IntakeError.
    """
    filled, refusals = body_of(values, layout().of_check_in)
    told = {name: value for name, value in filled.items() if name in ("facts", "evaluation_date")}
    body = {"decision": id, **told}
    try:
        asked = read_follow_up_request(body, parts().service.terms, g.now.date())
    except IntakeError as error:
        raise IntakeError([*refusals, *error.refusals]) from None
    if refusals:
        raise IntakeError(refusals)
    return asked, json.dumps(body).encode()
