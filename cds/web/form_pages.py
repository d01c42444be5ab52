"""The form: empty, filled in from an example or a record, asked what comes next, and sent."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.exceptions import NotFound

from cds.errors import AuditError, IntakeError, Refusal
from cds.feedback.events import decision_of
from cds.http.pipeline import Door
from cds.http.problems import problem_of_error, problem_of_status
from cds.model.decision import Missing
from cds.model.intake import RejectedFact
from cds.routes.exchange import RECORD_LIMITS, json_response, parts, who
from cds.routes.registering import on
from cds.schemas.decision_request import DecisionRequest, read_decision_request
from cds.strict_json import read_json
from cds.web.own_words import keep_words
from cds.web.prefill import typed_of
from cds.web.site import csrf, layout, pages
from cds.web.speaking import switch_to
from cds.web.submission import Typed, body_of, errors_of, once, typed

_FORM_BYTES = 200_000
_ASKED = 3  # more than a few questions at once are not answered
_EXAMPLES = Path(__file__).parent / "examples"


class Origin(Struct, frozen=True):
    """Which parts of a record filled the form in: as a whole, cut off, or not at all."""

    whole: Sequence[str]
    partly: Sequence[str]
    lacking: Sequence[str]


class Filled(Struct, frozen=True):
    """The form as it is shown. `asked` is None when nobody asked what comes next."""

    values: Typed
    refusals: Sequence[Refusal] = ()
    asked: Sequence[Missing] | None = None
    notes: Sequence[RejectedFact] = ()
    origin: Origin | None = None


@on(pages, "GET", "/")
def show_form() -> Response:
    """The empty form."""
    return filled_form(Filled({}))


@on(pages, "GET", "/examples/<name>")
def show_example(name: str) -> Response:
    """The form of an example patient."""
    if name not in {example.id for example in layout().examples}:
        raise NotFound
    body = json.loads((_EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    asked = read_decision_request(body, parts().service.terms, g.now.date())
    return filled_form(Filled(typed_of(asked.intake, asked.evaluation_date)))


@on(pages, "POST", "/bundles")
def fill_in_from_bundle() -> Response:
    """The form as a FHIR bundle fills it in; nothing is decided or recorded."""
    most = parts().settings.max_bundle_bytes
    request.max_content_length = most + _FORM_BYTES
    try:
        csrf.protect()
        sent = request.files.get("bundle")
        bundle = read_json(sent.read() if sent else b"", replace(RECORD_LIMITS, bytes=most))
        intake = parts().service.read_bundle(bundle, g.now.date())
    except (IntakeError, CSRFError) as error:
        return _refused(error, {})
    return filled_form(Filled(typed_of(intake, g.now.date()), notes=intake.rejected))


@on(pages, "POST", "/questions")
def ask_next() -> Response:
    """The form as it is filled in, with the questions whose answers would change most."""
    values = posted()
    switch_to(typed(values, "lang"))
    if not typed(values, "ask"):
        return filled_form(Filled(values))  # in another language, not yet to be checked
    try:
        csrf.protect()
        asked = _read(values)
        found = parts().service.decide(asked.intake, asked.evaluation_date)
    except (IntakeError, CSRFError) as error:
        return _refused(error, values)
    first = found.missing[:_ASKED]
    places = [layout().place(ask.fact) for ask in first]
    called_for = {place: [""] for place in places if place.startswith("fact.")}
    return filled_form(Filled({**called_for, **values}, asked=first))


@on(pages, "POST", "/")
def submit_form() -> Response:
    """Decides on what was typed; on an error the form comes back as it was filled in."""
    values = posted()
    try:
        csrf.protect()
        asked = _read(values)
        body = json.dumps(body_of(values, layout())[0]).encode()
        door = Door(body, g.now, once(values), who(), g.request_id)
        answer = parts().pipeline.decide(asked, door)
    except (IntakeError, AuditError, CSRFError) as error:
        return _refused(error, values)
    g.sequence = answer.receipt.sequence
    response = make_response(redirect(f"/decisions/{answer.receipt.id}", 303))
    keep_words(response, answer, parts())
    return response


@on(pages, "GET", "/terms")
def list_search_words() -> Response:
    """By what names and codes the entries of the lists are found; the same for everybody."""
    response = json_response(parts().service.search_words())
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def filled_form(filled: Filled, status: int = 200) -> Response:
    """The page of the form."""
    errors = errors_of(filled.refusals, layout())
    values = filled.values
    page = render_template(
        "form.html",
        layout=layout(),
        values=values,
        typed=lambda name: typed(values, name),
        ticked=lambda kind: tuple(dict.fromkeys(values.get(kind, ()))),
        more=layout().more(values),
        given={name.removeprefix("fact.") for name in values if typed(values, name)},
        matters=layout().mattering(values),
        asked=filled.asked,
        notes=filled.notes,
        origin=filled.origin,
        errors=errors,
        by_anchor={error.anchor: error for error in reversed(errors)},
        today=g.now.date().isoformat(),
    )
    return make_response(page, status)


def posted() -> Mapping[str, list[str]]:
    """What was typed, bounded."""
    request.max_content_length = request.max_form_memory_size = _FORM_BYTES
    return request.form.to_dict(flat=False)


def known_at(id: str) -> Mapping[str, Sequence[str]]:
    """What the decision was made on, as if it had been typed: some questions hang on it.

    Raises: NotFound, ErasedError, AuditError.
    """
    entry = decision_of(parts().store, id)
    if entry is None:
        raise NotFound
    record: dict[str, Any] = json.loads(parts().store.text_of(entry))
    day = date.fromisoformat(record["evaluation_date"])
    return typed_of(parts().service.recall(record["input"]), day)


def _read(values: Typed) -> DecisionRequest:
    """The request, or every refusal of the form and of the request together.

    Raises: IntakeError.
    """
    body, refusals = body_of(values, layout())
    try:
        asked = read_decision_request(body, parts().service.terms, g.now.date())
    except IntakeError as error:
        raise IntakeError([*refusals, *error.refusals]) from None
    if refusals:
        raise IntakeError(refusals)
    return asked


def _refused(error: IntakeError | AuditError | CSRFError, values: Typed) -> Response:
    return refused(error, lambda said, status: filled_form(Filled(values, said), status))


def refused(
    error: IntakeError | AuditError | CSRFError, show: Callable[[Sequence[Refusal], int], Response]
) -> Response:
    """A form as it was filled in, with what is wrong."""
    if isinstance(error, IntakeError):
        return show(error.refusals, 422)
    found = problem_of_error(error) if isinstance(error, AuditError) else problem_of_status(403)
    g.problem = found.kind
    response = show([Refusal("", found.detail)], found.status)
    response.headers.update(found.headers)
    return response
