"""create_app(): the HTTP service, its routes and its error handlers."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException, NotFound, UnsupportedMediaType

from cds.errors import CdsError, IntakeError, Refusal
from cds.http.body import check_length, is_json, refuse_broken_body
from cds.http.documents import SWAGGER_FILES, docs_page, docs_script, openapi
from cds.http.headers import SECURITY_HEADERS
from cds.http.health import examination, readiness
from cds.http.parts import EXTENSION, Parts
from cds.http.pipeline import DECISION, FOLLOW_UP, Answer, Door
from cds.http.problems import MEDIA_TYPE, Problem, problem_of_error, problem_of_status
from cds.http.query import allow_parameters, read_evaluation_date
from cds.http.questions import Questions
from cds.model.decision import as_json
from cds.observability import Stopwatch, error_chain, frames, log
from cds.schemas.decision_request import DecisionRequest, read_decision_request
from cds.schemas.follow_up_request import read_follow_up_request
from cds.strict_json import JsonLimits, read_json
from cds.web.handouts import language_headers, written_handout
from cds.web.pages import register_pages
from cds.web.routes import on

# Records hold narratives, long lists, and decimals with every digit a computer once printed.
_BUNDLE_LIMITS = JsonLimits(members=2_000, items=20_000, text=1_000_000, digits=60, values=500_000)

api = Blueprint("api", __name__)


def create_app(parts: Parts) -> Flask:
    """The service over its parts: the interface and the pages for people."""
    app = Flask("cds", static_folder=None, static_url_path="/static")
    app.config.update(TRAP_HTTP_EXCEPTIONS=False, PROPAGATE_EXCEPTIONS=False)
    app.url_map.strict_slashes = False
    app.extensions[EXTENSION] = parts
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(CdsError, _on_cds_error)
    app.register_error_handler(ParseException, lambda _: _on_cds_error(refuse_broken_body()))
    app.register_error_handler(Exception, _on_surprise)
    app.register_blueprint(api)
    register_pages(app, parts)
    return app


def parts() -> Parts:
    """The parts of the running application."""
    found: Parts = current_app.extensions[EXTENSION]
    return found


@on(api, "POST", "/v1/decisions")
def create_decision() -> Response:
    """Decides on JSON."""
    body, value = _submitted()
    asked = read_decision_request(value, parts().service.terms, g.now.date())
    return _decided(asked, body)


@on(api, "POST", "/v1/fhir/decisions")
def create_fhir_decision() -> Response:
    """Decides on a FHIR bundle, for `?evaluation_date=` or today."""
    most = parts().settings.max_bundle_bytes
    body = _body(most)
    bundle = read_json(body, replace(_BUNDLE_LIMITS, bytes=most))
    given = request.args.to_dict(flat=False)
    allow_parameters(given, ("evaluation_date",))
    day = read_evaluation_date(given, g.now.date())
    intake = parts().service.read_bundle(bundle, day)
    return _decided(DecisionRequest(intake, day), body)


@on(api, "GET", "/v1/decisions/<id>")
def read_decision(id: str) -> Response:
    """The decision as it was recorded."""
    return _recorded(id, DECISION)


@on(api, "POST", "/v1/decisions/<id>/why-not")
def why_not(id: str) -> Response:
    """Why something is not allowed."""
    return _json(_found(_questions().why_not(id, _submitted()[1])))


@on(api, "POST", "/v1/decisions/<id>/what-if")
def what_if(id: str) -> Response:
    """What other facts would change, or what it takes to reach a goal."""
    return _json(_found(_questions().what_if(id, _submitted()[1])))


@on(api, "GET", "/v1/decisions/<id>/explanation")
def read_explanation(id: str) -> Response:
    """The decision for a clinician, a patient or an auditor."""
    given = request.args.to_dict(flat=False)
    allow_parameters(given, ("audience",))
    return _json(_found(_questions().explanation(id, given)))


@on(api, "GET", "/v1/decisions/<id>/handout")
def read_handout(id: str) -> Response:
    """The handout of a decision for the patient, in `?lang=`, as sections and sentences."""
    handout = written_handout(id, ("lang",)).handout
    response = _json(as_json(handout))
    response.headers.update(language_headers(handout))
    return response


@on(api, "POST", "/v1/follow-ups")
def create_follow_up() -> Response:
    """Answers a check-in: progress, hold, regress or stop."""
    body, value = _submitted()
    asked = read_follow_up_request(value, parts().service.terms, g.now.date())
    return _created(parts().pipeline.follow_up(asked, _door(body)), "follow-ups")


@on(api, "GET", "/v1/follow-ups/<id>")
def read_follow_up(id: str) -> Response:
    """The answer to a check-in as it was recorded."""
    return _recorded(id, FOLLOW_UP)


@on(api, "POST", "/v1/calculators/<name>")
def calculate(name: str) -> Response:
    """One formula."""
    inputs = read_json(_body(parts().settings.max_body_bytes), JsonLimits())
    if not isinstance(inputs, dict):
        raise IntakeError([Refusal("", "The body must be a JSON object.")])
    return _json(_found(parts().service.calculate(name, inputs)))


@on(api, "GET", "/v1/calculators")
def list_calculators() -> Response:
    """Each calculator with the schema of its inputs."""
    return _json({"calculators": parts().service.calculators()})


@on(api, "GET", "/v1/facts")
def list_facts() -> Response:
    """The vocabulary."""
    return _json({"facts": parts().service.facts()})


@on(api, "GET", "/v1/conditions")
def list_conditions() -> Response:
    """Conditions, medication classes and procedures."""
    return _json(parts().service.conditions())


@on(api, "GET", "/v1/rules")
def list_rules() -> Response:
    """Every rule in short."""
    return _json({"rules": parts().service.rules()})


@on(api, "GET", "/v1/rules/<id>")
def read_rule(id: str) -> Response:
    """One rule with its source attributes."""
    return _json(_found(parts().service.rule(id)))


@on(api, "GET", "/v1/exercises")
def list_exercises() -> Response:
    """Movements, filtered."""
    filters = request.args.to_dict(flat=False)
    return _json({"exercises": parts().service.exercises(filters)})


@on(api, "GET", "/v1/evidence/<id>")
def read_evidence(id: str) -> Response:
    """One citation."""
    return _json(_found(parts().service.evidence(id)))


@on(api, "GET", "/v1/audit/verify")
def verify_records() -> Response:
    """Whether the records are what was written."""
    return _json(examination(parts().store))


@on(api, "GET", "/health/live")
def live() -> Response:
    """The process answers."""
    return _json({"status": "alive"})


@on(api, "GET", "/health/ready")
def ready() -> Response:
    """An answer would be right, and kept."""
    at = parts()
    report = readiness(at.service, at.store, at.canaries, g.now)
    return _json(report, 200 if report["status"] == "ready" else 503)


@on(api, "GET", "/openapi.json")
def read_openapi() -> Response:
    """The description of this interface."""
    return _json(openapi(parts().service))


@on(api, "GET", "/docs")
def docs() -> Response:
    """The description of this interface, for people."""
    return Response(docs_page(), mimetype="text/html")


@on(api, "GET", "/docs/<name>")
def docs_file(name: str) -> Response:
    """A file of the page of the description."""
    if name == "start.js":
        return Response(docs_script(), mimetype="text/javascript")
    if name not in SWAGGER_FILES:
        raise NotFound
    media_type = "text/css" if name.endswith(".css") else "text/javascript"
    return Response(SWAGGER_FILES[name].read_bytes(), mimetype=media_type)


def _questions() -> Questions:
    at = parts()
    return Questions(at.service, at.store, at.pipeline)


def _submitted() -> tuple[bytes, Any]:
    most = parts().settings.max_body_bytes
    body = _body(most)
    value = read_json(body, JsonLimits(bytes=most))
    allow_parameters(request.args.to_dict(flat=False), ())
    return body, value


def _decided(asked: DecisionRequest, body: bytes) -> Response:
    return _created(parts().pipeline.decide(asked, _door(body)), "decisions")


def _door(body: bytes) -> Door:
    return Door(body, g.now, request.headers.get("Idempotency-Key"))


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


def _body(most: int) -> bytes:
    check_length(request.headers.get("Content-Length"))
    encoding = request.headers.get("Content-Encoding", "")
    if not is_json(request.mimetype, request.mimetype_params, encoding):
        raise UnsupportedMediaType
    # One more, so that a body without a stated length is refused and not cut off at the limit.
    request.max_content_length = most + 1
    try:
        return request.get_data(cache=False)
    except OSError:
        raise refuse_broken_body() from None


def _found(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if value is None:
        raise NotFound
    return value


def _json(value: Any, status: int = 200, media_type: str = "application/json") -> Response:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text, status, mimetype=media_type)


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
    log().info(
        "request",
        request_id=g.request_id,
        method=request.method if request.url_rule else "-",
        route=request.url_rule.rule if request.url_rule else "-",
        status=response.status_code,
        duration_ms=g.watch.milliseconds(),
        problem=g.get("problem"),
        sequence=g.get("sequence"),
    )
    return response


def _problem(problem: Problem) -> Response:
    g.problem = problem.kind
    response = _json(problem.as_json(g.request_id), problem.status, MEDIA_TYPE)
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
