"""What the service knows, to be read: formulas, facts, conditions, rules, movements, citations."""

from flask import Blueprint, Response, request

from cds.errors import IntakeError, Refusal
from cds.routes.exchange import found, json_response, parts, read_body
from cds.routes.registering import on
from cds.strict_json import JsonLimits, read_json

knowledge = Blueprint("knowledge", __name__)


@on(knowledge, "POST", "/v1/calculators/<name>")
def calculate(name: str) -> Response:
    """One formula."""
    inputs = read_json(read_body(parts().settings.max_body_bytes), JsonLimits())
    if not isinstance(inputs, dict):
        raise IntakeError([Refusal("", "The body must be a JSON object.")])
    return json_response(found(parts().service.calculate(name, inputs)))


@on(knowledge, "GET", "/v1/calculators")
def list_calculators() -> Response:
    """Each calculator with the schema of its inputs."""
    return json_response({"calculators": parts().service.calculators()})


@on(knowledge, "GET", "/v1/facts")
def list_facts() -> Response:
    """The vocabulary."""
    return json_response({"facts": parts().service.facts()})


@on(knowledge, "GET", "/v1/conditions")
def list_conditions() -> Response:
    """Conditions, medication classes and procedures."""
    return json_response(parts().service.conditions())


@on(knowledge, "GET", "/v1/rules")
def list_rules() -> Response:
    """Every rule in short."""
    return json_response({"rules": parts().service.rules()})


@on(knowledge, "GET", "/v1/rules/<id>")
def read_rule(id: str) -> Response:
    """One rule with its source attributes, its cases, the rows that it carries and its version."""
    service = parts().service
    return json_response({**found(service.rule(id)), **service.library.proof_of(id)})


@on(knowledge, "GET", "/v1/exercises")
def list_exercises() -> Response:
    """Movements, filtered."""
    filters = request.args.to_dict(flat=False)
    return json_response({"exercises": parts().service.exercises(filters)})


@on(knowledge, "GET", "/v1/evidence/<id>")
def read_evidence(id: str) -> Response:
    """One citation."""
    return json_response(found(parts().service.evidence(id)))
