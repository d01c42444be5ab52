"""The OpenAPI description, generated from the schemas, the vocabulary and the calculators."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

import cds
from cds.http.problems import MEDIA_TYPE
from cds.http.service import DecisionService
from cds.knowledge.fact import FactDefinition, FactType
from cds.schemas.answers import DecisionAnswer, ProblemAnswer
from cds.schemas.decision_body import (
    ConditionBody,
    DecisionBody,
    MedicationBody,
    ProcedureBody,
)
from cds.schemas.request_terms import RequestTerms
from cds.schemas.strict_fields import Either, Members, StrictDay, StrictFlag, StrictText

Json = dict[str, Any]
_SWAGGER = files("flask_swagger_ui").joinpath("dist")
SWAGGER_FILES: Mapping[str, Path] = {
    name: Path(str(_SWAGGER.joinpath(name))) for name in ("swagger-ui.css", "swagger-ui-bundle.js")
}
_SCHEMAS: Mapping[str, type[Schema]] = {
    "Problem": ProblemAnswer,
    "Decision": DecisionAnswer,
    "Condition": ConditionBody,
    "Medication": MedicationBody,
    "Procedure": ProcedureBody,
    "DecisionRequest": DecisionBody,
}
_LISTS = {
    "/v1/calculators": "The calculators and their inputs",
    "/v1/facts": "The vocabulary of facts",
    "/v1/conditions": "Conditions, medication classes and procedures",
    "/v1/rules": "The rules",
    "/health/live": "The process answers",
    "/health/ready": "An answer would be right, and kept",
}
_UNKNOWN: Json = {"type": "string", "enum": ["unknown"]}
_DAY: Json = {"type": "string", "format": "date"}
_SOURCE: Json = {"type": "string", "minLength": 1, "maxLength": 200}


def openapi(service: DecisionService) -> Json:
    """The OpenAPI 3.1 document of this service."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="Exercise therapy decision support",
        version=cds.__version__,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={
            "description": "Explained, rule-based decision support for clinicians. Not for "
            "emergencies, not a certified medical device; its content awaits clinical sign-off."
        },
    )
    assert plugin.converter is not None  # set by APISpec
    plugin.converter.add_attribute_function(_describe_field)  # type: ignore[no-untyped-call]
    for name, schema in _SCHEMAS.items():
        spec.components.schema(name, schema=schema)
    _add_paths(spec, service)
    document = dict(spec.to_dict())
    _name_facts(document, service.terms)
    return document


def docs_page() -> str:
    """The page that shows the description; it needs no inline script or style."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Interface description</title>"
        '<link rel="stylesheet" href="/docs/swagger-ui.css"></head>'
        '<body><div id="swagger-ui"><p>The description is at '
        '<a href="/openapi.json">/openapi.json</a>. This page needs script to show it.</p></div>'
        '<script src="/docs/swagger-ui-bundle.js"></script>'
        '<script src="/docs/start.js"></script></body></html>'
    )


def docs_script() -> str:
    """Starts the viewer of the description."""
    return 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui"});\n'


def _describe_field(_: Any, field: fields.Field[Any], **__: Any) -> Json:
    if isinstance(field, StrictText):
        return {"type": "string", "minLength": 1, "maxLength": field.longest}
    if isinstance(field, StrictFlag):
        return {"type": "boolean"}
    if isinstance(field, StrictDay):
        return dict(_DAY)
    if isinstance(field, Either):
        name = field.schema.__name__.removesuffix("Body")
        return {"oneOf": [dict(_SOURCE), {"$ref": f"#/components/schemas/{name}"}]}
    if isinstance(field, Members):
        return {"type": ["object", "null"] if field.allow_none else "object"}
    return {}


def _add_paths(spec: APISpec, service: DecisionService) -> None:
    decision = _content("#/components/schemas/Decision")
    read_back = {"operationId": "readDecision", "parameters": {"id": "$response.body#/id"}}
    created = {
        "description": "Decided and recorded",
        "content": decision,
        "links": {"readBack": read_back},
    }
    spec.path(
        "/v1/decisions",
        operations={
            "post": _operation(
                "Decide",
                _accepts({"$ref": "#/components/schemas/DecisionRequest"}),
                {"201": created},
                [_header("Idempotency-Key")],
            )
        },
    )
    spec.path(
        "/v1/fhir/decisions",
        operations={
            "post": _operation(
                "Decide on a FHIR R4 Bundle",
                _accepts(_BUNDLE),
                {"201": created},
                [_query("evaluation_date", _DAY), _header("Idempotency-Key")],
            )
        },
    )
    spec.path(
        "/v1/decisions/{id}",
        operations={
            "get": _operation(
                "Read a decision back",
                {},
                {"200": {"description": "As recorded", "content": decision}},
                [_path("id")],
            )
            | {"operationId": "readDecision"}
        },
    )
    for name, schema in service.calculators().items():
        operation = _operation(f"Calculate {name}", _accepts(dict(schema)), {"200": _ANY})
        spec.path(f"/v1/calculators/{name}", operations={"post": operation})
    for path, title in _LISTS.items():
        answers = {"200": _ANY} | ({"503": _ANY} if path.endswith("ready") else {})
        spec.path(path, operations={"get": _operation(title, {}, answers)})
    for path, title in (("/v1/rules/{id}", "One rule"), ("/v1/evidence/{id}", "One citation")):
        spec.path(path, operations={"get": _operation(title, {}, {"200": _ANY}, [_path("id")])})
    filters = [_query(name, {"type": "string"}) for name in ("modality", "avoid")]
    operation = _operation("The movements", {}, {"200": _ANY}, filters)
    spec.path("/v1/exercises", operations={"get": operation})


_ANY: Json = {"description": "The answer", "content": {"application/json": {"schema": {}}}}
_BUNDLE: Json = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"const": "Bundle"}, "entry": {"type": "array"}},
}


def _operation(summary: str, body: Json, answers: Json, parameters: Iterable[Json] = ()) -> Json:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    failures = {
        str(status): {"description": text, "content": problem}
        for status, text in (
            (400, "Cannot be read"),
            (404, "Not found"),
            (413, "Too large"),
            (415, "Not JSON in UTF-8"),
            (422, "Readable, not acceptable"),
            (500, "No answer"),
            (503, "Not recorded, no answer"),
        )
        if status != 503 or "503" not in answers
    }
    return {
        "summary": summary,
        "parameters": list(parameters),
        **body,
        "responses": {**answers, **failures},
    }


def _accepts(schema: Json) -> Json:
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def _content(reference: str) -> Json:
    return {"application/json": {"schema": {"$ref": reference}}}


def _path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": dict(schema)}


def _header(name: str) -> Json:
    schema = {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"}
    return {"name": name, "in": "header", "required": False, "schema": schema}


def _name_facts(document: Json, terms: RequestTerms) -> None:
    """Writes every fact of the vocabulary into the description of a request."""
    properties = document["components"]["schemas"]["DecisionRequest"]["properties"]
    properties["facts"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: _describe_fact(fact)
            for name, fact in terms.vocabulary.items()
            if fact.submittable and "." not in name
        },
    }
    properties["policy"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"type": "string", "enum": list(options)}
            for name, options in terms.policies.items()
        },
    }


def _describe_fact(fact: FactDefinition) -> Json:
    plain = _describe_value(fact)
    units = {"unit": {"type": "string", "enum": list(fact.accepted_units)}} if fact.unit else {}
    # In another unit the range is another, so an object's value is only a number here.
    value = plain if not fact.unit else {"anyOf": [{"type": "number"}, _UNKNOWN]}
    measured = {
        "type": "object",
        "required": ["value"],
        "additionalProperties": False,
        "properties": {"value": value, **units, "at": _DAY, "source": _SOURCE},
    }
    dated = {"type": "array", "minItems": 1, "items": measured}
    return {"description": fact.question, "anyOf": [*plain["anyOf"], measured, dated]}


def _describe_value(fact: FactDefinition) -> Json:
    if fact.type is FactType.FLAG:
        return {"anyOf": [{"type": "boolean"}, _UNKNOWN]}
    if fact.type is FactType.CODE:
        return {"anyOf": [{"type": "string", "enum": list(fact.values)}, _UNKNOWN]}
    number: Json = {"type": "integer" if fact.integer else "number"}
    number |= {"minimum": fact.low, "maximum": fact.high}
    return {"anyOf": [number, _UNKNOWN]}
