"""The pages for people: registered together, with their filters, and errors in words."""

from datetime import timedelta
from functools import partial
from weakref import WeakKeyDictionary

from flask import Flask, Response, g, make_response, render_template
from flask_bootstrap import Bootstrap5
from werkzeug.exceptions import HTTPException

from cds.errors import CdsError, LoadError
from cds.http.parts import Parts
from cds.http.problems import problem_of_error, problem_of_status
from cds.http.service import DecisionService
from cds.kept import Kept
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.model.wording import Catalogues
from cds.observability import error_chain, frames, log
from cds.web import check_in_pages, decision_pages, form_pages, question_pages
from cds.web.answering import answering
from cds.web.audit_pages import auditing
from cds.web.compressed import compress_assets
from cds.web.draft_pages import drafting
from cds.web.handouts import handouts
from cds.web.knowledge_pages import shelf
from cds.web.layout import Layout, as_words, unit_words
from cds.web.layout_file import Form, lay_out
from cds.web.reading import (
    duration,
    moment,
    named,
    own_sources,
    plain,
    pretty,
    readable,
    span,
    threshold_words,
    value_words,
    words,
)
from cds.web.result import lead
from cds.web.site import LAYOUT, NAMES, csrf, may, pages
from cds.web.speaking import CATALOGUES, say, speak_in
from cds.web.status_pages import status

__all__ = [
    "check_in_pages",
    "csrf",
    "decision_pages",
    "form_pages",
    "question_pages",
    "register_pages",
]  # views register on import

_SPEAKING = (pages, answering, auditing, status, shelf, drafting)
_BLUEPRINTS = (handouts, *_SPEAKING)
_FORM_HOURS = 8
_READ: WeakKeyDictionary[DecisionService, tuple[Layout, Catalogues]] = WeakKeyDictionary()
_FILTERS = (as_words, duration, moment, own_sources, plain, pretty, span, unit_words, words)


def register_pages(app: Flask, parts: Parts, kept: Kept | None = None) -> None:
    """Adds the pages to the application.

    Raises: LoadError when the form's layout names something unknown, or a translation is missing.
    """
    layout, catalogues = _texts(parts.service, kept)
    names = parts.service.names()
    app.extensions.update({LAYOUT: layout, NAMES: names, CATALOGUES: catalogues})
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
        value_words=_value_words,
        threshold_words=lambda threshold: threshold_words(threshold, say),
        lead=lambda summary: lead(summary, ()),
        named=lambda code: named(code, names),
        readable=lambda text: readable(text, names),
        called=lambda code, kind: names.get(f"{kind.removesuffix('s')}.{code}") or words(code),
    )
    app.jinja_env.globals.update(intended_use=parts.service.intended_use.sentences, may=may)
    app.jinja_env.tests["open_to_me"] = lambda address: may(f"GET {address}")
    compress_assets(app)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)


def _texts(service: DecisionService, kept: Kept | None) -> tuple[Layout, Catalogues]:
    """The form and its languages: read once for all applications over one service."""
    if service not in _READ:
        make = partial(_sound_texts, service)
        form, catalogues = kept.get("pages", make, ("cds.errors",)) if kept else make()
        _READ[service] = lay_out(form, service, Problems()), catalogues
    return _READ[service]


def _sound_texts(service: DecisionService) -> tuple[Form, Catalogues]:
    from cds.web.catalogues import load_catalogues  # what reads and checks files takes long
    from cds.web.form_file import read_form

    problems = Problems()
    form = read_form(ROOT, problems)
    catalogues = load_catalogues(ROOT, lay_out(form, service, problems), problems) if form else {}
    if form is None or problems.found:
        raise LoadError(problems.found)
    return form, catalogues


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


def _value_words(value: str | float | bool | None) -> str:
    """A compared value as words; what is no word of the knowledge in the language of the page."""
    told = value_words(value)
    return say(told) if value is None or isinstance(value, bool) else told


def _failed(status: int, detail: str) -> Response:
    page = render_template("error.html", status=status, detail=detail, request_id=g.request_id)
    return make_response(page, status)


for _blueprint in _SPEAKING:
    speak_in(_blueprint)
for _blueprint in _BLUEPRINTS:
    _blueprint.register_error_handler(HTTPException, show_http_error)
    _blueprint.register_error_handler(CdsError, show_error)
