"""The OpenAPI description, generated from the schemas, the vocabulary and the calculators."""

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

import cds
from cds.answers.levers import REVIEWS
from cds.http.field_schemas import Json, describe_fact, describe_field
from cds.http.hook_operations import hook_operations
from cds.http.operations import operations
from cds.http.service import DecisionService
from cds.schemas.answers import DecisionAnswer, FollowUpAnswer, ProblemAnswer
from cds.schemas.decision_body import (
    ConditionBody,
    DecisionBody,
    MedicationBody,
    ProcedureBody,
)
from cds.schemas.feedback_answers import (
    AnalyticsAnswer,
    DecisionFeedbackAnswer,
    FeedbackEventAnswer,
    FeedbackExportAnswer,
)
from cds.schemas.feedback_body import FeedbackBody
from cds.schemas.follow_up_request import FollowUpBody
from cds.schemas.question_answers import ToldAnswer, WhatIfAnswer, WhyNotAnswer
from cds.schemas.question_body import WhatIfBody, WhyNotBody
from cds.schemas.replay_answers import ReplayAnswer
from cds.schemas.request_terms import RequestTerms

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
    "FollowUp": FollowUpAnswer,
    "FollowUpRequest": FollowUpBody,
    "WhyNot": WhyNotAnswer,
    "WhyNotRequest": WhyNotBody,
    "WhatIf": WhatIfAnswer,
    "WhatIfRequest": WhatIfBody,
    "Told": ToldAnswer,
    "Feedback": FeedbackEventAnswer,
    "FeedbackRequest": FeedbackBody,
    "DecisionFeedback": DecisionFeedbackAnswer,
    "FeedbackExport": FeedbackExportAnswer,
    "Analytics": AnalyticsAnswer,
    "Replay": ReplayAnswer,
}
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, or an access token of the configured issuer. A service that is "
    "open (`access` of /health/ready) asks for none.",
}


def openapi(service: DecisionService) -> Json:
    """The OpenAPI 3.1 document of this service."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="Exercise therapy decision support",
        version=cds.__version__,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": service.intended_use.text},
        security=[{}, {"bearer": []}],
    )
    assert plugin.converter is not None  # set by APISpec
    plugin.converter.add_attribute_function(describe_field)  # type: ignore[no-untyped-call]
    for name, schema in _SCHEMAS.items():
        spec.components.schema(name, schema=schema)
    spec.components.security_scheme("bearer", _BEARER)
    described = {
        **operations(service.calculators(), service.exercise_filters()),
        **hook_operations([hook.id for hook in service.hooks.services]),
    }
    for path, by_method in described.items():
        spec.path(path, operations=by_method)
    document = dict(spec.to_dict())
    _name_facts(document, service.terms)
    request = document["components"]["schemas"]["FeedbackRequest"]["properties"]
    request["reason"] = {"type": "string", "enum": list(service.feedback.reasons)}
    return document


def docs_page(intended_use: str) -> str:
    """The page that shows the description; it needs no inline script or style."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Interface description</title>"
        '<link rel="stylesheet" href="/docs/swagger-ui.css"></head>'
        f'<body><p>{escape(intended_use)}</p><div id="swagger-ui"><p>The description is at '
        '<a href="/openapi.json">/openapi.json</a>. This page needs script to show it.</p></div>'
        '<script src="/docs/swagger-ui-bundle.js"></script>'
        '<script src="/docs/start.js"></script></body></html>'
    )


def docs_script() -> str:
    """Starts the viewer of the description."""
    return 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui"});\n'


def _name_facts(document: Json, terms: RequestTerms) -> None:
    """Writes every fact of the vocabulary into the description of each request."""
    for name in ("DecisionRequest", "FollowUpRequest"):
        document["components"]["schemas"][name]["properties"] |= {
            "facts": _facts(terms),
            "policy": _policy(terms),
        }
    supposed = _facts(terms)
    supposed["properties"] |= {name: {"type": "boolean"} for name in REVIEWS}
    supposed["minProperties"] = 1
    document["components"]["schemas"]["WhatIfRequest"] |= {
        "properties": document["components"]["schemas"]["WhatIfRequest"]["properties"]
        | {"facts": supposed},
        "oneOf": [{"required": ["facts"]}, {"required": ["goal"]}],
    }


def _facts(terms: RequestTerms) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: describe_fact(fact)
            for name, fact in terms.vocabulary.items()
            if fact.submittable and "." not in name
        },
    }


def _policy(terms: RequestTerms) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"type": "string", "enum": list(options)}
            for name, options in terms.policies.items()
        },
    }
