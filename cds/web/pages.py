"""The pages: the form, what it decided, and errors in words."""

import json
from collections.abc import Sequence
from datetime import timedelta

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, NotFound

from cds.errors import AuditError, CdsError, IntakeError, LoadError, Refusal
from cds.http.parts import EXTENSION, Parts
from cds.http.pipeline import Door
from cds.http.problems import problem_of_error, problem_of_status
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.observability import error_chain, frames, log
from cds.routes.exchange import who
from cds.routes.registering import on
from cds.schemas.decision_request import DecisionRequest, read_decision_request
from cds.web.answering import answering, answers
from cds.web.handouts import handouts
from cds.web.layout import Layout, as_words, intersects, load_layout, unit_words
from cds.web.own_words import keep_words, kept_words
from cds.web.result import (
    arranged,
    duration,
    named,
    own_sources,
    plain,
    span,
    threshold_words,
    value_words,
    words,
)
from cds.web.submission import Typed, body_of, errors_of, typed

_LAYOUT = "exercise_cds_form"
_NAMES = "exercise_cds_names"
_FORM_HOURS = 8
_FORM_BYTES = 200_000

pages = Blueprint(
    "pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/assets",
)
csrf = CSRFProtect()
_FILTERS = (
    *(as_words, duration, intersects, own_sources, plain, span, threshold_words, unit_words),
    *(value_words, words),
)


def register_pages(app: Flask, parts: Parts) -> None:
    """Adds the pages to the application.

    Raises: LoadError when the form's layout names something unknown.
    """
    problems = Problems()
    layout = load_layout(ROOT, parts.service, problems)
    if layout is None or problems.found:
        raise LoadError(problems.found)
    names = parts.service.names()
    app.extensions.update({_LAYOUT: layout, _NAMES: names})
    app.config.update(
        SECRET_KEY=parts.form_key,
        SESSION_COOKIE_NAME="cds_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=parts.settings.secure_cookies,
        WTF_CSRF_CHECK_DEFAULT=False,  # the JSON interface has no cookies to be misused
        WTF_CSRF_TIME_LIMIT=int(timedelta(hours=_FORM_HOURS).total_seconds()),
        WTF_CSRF_SSL_STRICT=False,  # needs the Referer header, which we forbid
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    Bootstrap5(app)
    csrf.init_app(app)
    app.jinja_env.filters.update(
        {filter.__name__: filter for filter in _FILTERS},
        named=lambda code: named(code, names),
    )
    app.jinja_env.globals["intended_use"] = parts.service.intended_use.sentences
    app.register_blueprint(pages)
    app.register_blueprint(handouts)
    app.register_blueprint(answering)


@on(pages, "GET", "/")
def show_form() -> Response:
    """The empty form."""
    return _form({}, ())


@on(pages, "POST", "/")
def submit_form() -> Response:
    """Decides on what was typed; on an error the form comes back as it was filled in."""
    request.max_content_length = request.max_form_memory_size = _FORM_BYTES
    values: Typed = request.form.to_dict(flat=False)
    try:
        csrf.protect()
        body, refusals = body_of(values, _layout())
        asked = _read(body, refusals)
        door = Door(json.dumps(body).encode(), g.now, who=who())
        answer = _parts().pipeline.decide(asked, door)
    except IntakeError as error:
        return _form(values, error.refusals, 422)
    except (AuditError, CSRFError) as error:
        found = problem_of_error(error) if isinstance(error, AuditError) else problem_of_status(403)
        g.problem = found.kind
        response = _form(values, [Refusal("", found.detail)], found.status)
        response.headers.update(found.headers)
        return response
    g.sequence = answer.receipt.sequence
    response = make_response(redirect(f"/decisions/{answer.receipt.id}", 303))
    keep_words(response, answer, _parts())
    return response


@on(pages, "GET", "/decisions/<id>")
def show_decision(id: str) -> Response:
    """A decision with its reasons."""
    words = kept_words(id, request.cookies, _parts())
    answer = _parts().pipeline.read(id, words=words)
    if answer is None:
        raise NotFound
    arrangement = arranged(answer.members, current_app.extensions[_NAMES])
    asked = answers(_parts(), id)
    return make_response(render_template("decision.html", **arrangement, **asked))


def show_http_error(error: HTTPException) -> Response:
    """A failure that the framework found, in words."""
    return _failed(error.code or 500, problem_of_status(error.code or 500).detail)


def show_error(error: CdsError) -> Response:
    """A failure of the service, in words."""
    problem = problem_of_error(error)
    g.problem = problem.kind
    if problem.status >= 500:
        log().error(
            "failed", request_id=g.request_id, error=error_chain(error), frames=frames(error)
        )
    return _failed(problem.status, problem.detail)


def _read(body: dict[str, object], refusals: Sequence[Refusal]) -> DecisionRequest:
    """The request, or every refusal of the form and of the request together."""
    try:
        asked = read_decision_request(body, _parts().service.terms, g.now.date())
    except IntakeError as error:
        raise IntakeError([*refusals, *error.refusals]) from None
    if refusals:
        raise IntakeError(refusals)
    return asked


def _form(values: Typed, refusals: Sequence[Refusal], status: int = 200) -> Response:
    errors = errors_of(refusals, _layout())
    page = render_template(
        "form.html",
        layout=_layout(),
        values=values,
        typed=lambda name: typed(values, name),
        ticked=lambda kind: set(values.get(kind, ())),
        errors=errors,
        by_anchor={error.anchor: error for error in reversed(errors)},
        today=g.now.date().isoformat(),
    )
    return make_response(page, status)


def _failed(status: int, detail: str) -> Response:
    page = render_template("error.html", status=status, detail=detail, request_id=g.request_id)
    return make_response(page, status)


def _parts() -> Parts:
    found: Parts = current_app.extensions[EXTENSION]
    return found


def _layout() -> Layout:
    found: Layout = current_app.extensions[_LAYOUT]
    return found


for _blueprint in (pages, handouts, answering):
    _blueprint.register_error_handler(HTTPException, show_http_error)
    _blueprint.register_error_handler(CdsError, show_error)
