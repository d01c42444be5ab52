"""create_app(): the HTTP service, its routes and its error handlers."""

import uuid

from flask import Flask, Response, g, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException

from cds.errors import CdsError
from cds.hooks.routes import hooks
from cds.http.body import refuse_broken_body
from cds.http.fhir_answers import MEDIA_TYPE as FHIR
from cds.http.headers import SECURITY_HEADERS
from cds.http.outcome import FHIR_PATHS, outcome_of
from cds.http.parts import EXTENSION, Parts
from cds.http.problems import MEDIA_TYPE, Problem, problem_of_error, problem_of_status
from cds.kept import Kept
from cds.observability import Stopwatch, error_chain, frames, log
from cds.routes.admission import register_admission
from cds.routes.audit import audit
from cds.routes.client_keys import client_keys
from cds.routes.cors import allow_origin
from cds.routes.decisions import decisions
from cds.routes.exchange import json_response, parts
from cds.routes.feedback import feedback
from cds.routes.fhir import fhir
from cds.routes.knowledge import knowledge
from cds.routes.operation import operation
from cds.routes.registering import LateRule
from cds.routes.replays import replays
from cds.trust.roles import Principal
from cds.web.launching import launching
from cds.web.pages import register_pages
from cds.web.sign_in import sign_in


def create_app(of: Parts, kept: Kept | None = None) -> Flask:
    """The service over its parts: the interface and the pages for people.

    `kept` may hold what the pages would otherwise read and check.
    """
    app = Flask("cds", static_folder=None, static_url_path="/static")
    app.config.update(TRAP_HTTP_EXCEPTIONS=False, PROPAGATE_EXCEPTIONS=False)
    app.url_map.strict_slashes = False
    app.url_rule_class = LateRule
    app.extensions[EXTENSION] = of
    app.before_request(_begin)
    app.after_request(_finish)
    app.after_request(allow_origin)
    register_admission(app, of)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(CdsError, _on_cds_error)
    app.register_error_handler(ParseException, lambda _: _on_cds_error(refuse_broken_body()))
    app.register_error_handler(Exception, _on_surprise)
    shown = (audit, client_keys, decisions, feedback, fhir, hooks, knowledge, operation, replays)
    for blueprint in shown:
        app.register_blueprint(blueprint)
    register_pages(app, of, kept)
    app.register_blueprint(sign_in)
    app.register_blueprint(launching)
    return app


def _begin() -> None:
    g.request_id = str(uuid.uuid4())
    g.now = parts().clock()
    g.watch = Stopwatch()


def _finish(response: Response) -> Response:
    response.headers.update(SECURITY_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-Id"] = g.request_id
    if parts().settings.secure_cookies:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    principal: Principal | None = g.get("principal")
    log().info(
        "request",
        request_id=g.request_id,
        method=request.method if request.url_rule else "-",
        route=request.url_rule.rule if request.url_rule else "-",
        status=response.status_code,
        duration_ms=g.watch.milliseconds(),
        problem=g.get("problem"),
        sequence=g.get("sequence"),
        who=principal.id if principal else None,
    )
    return response


def _problem(problem: Problem) -> Response:
    g.problem = problem.kind
    if request.path.startswith(FHIR_PATHS):
        told, media_type = outcome_of(problem, g.request_id), FHIR
    else:
        told, media_type = problem.as_json(g.request_id), MEDIA_TYPE
    response = json_response(told, problem.status, media_type)
    response.headers.update(problem.headers)
    return response


def _on_http_error(error: HTTPException) -> Response:
    allow = [(n, v) for n, v in error.get_headers(request.environ) if n == "Allow"]
    return _problem(problem_of_status(error.code or 500, allow))


def _on_cds_error(error: CdsError) -> Response:
    problem = problem_of_error(error)
    if problem.status >= 500:
        log().error(
            "failed", request_id=g.request_id, error=error_chain(error), frames=frames(error)
        )
    return _problem(problem)


def _on_surprise(error: Exception) -> Response:
    log().error("surprise", request_id=g.request_id, error=error_chain(error), frames=frames(error))
    return _problem(problem_of_status(500))
