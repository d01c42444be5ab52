"""The routes of the interface as OpenAPI operations."""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.fhir.applying import PARAMETERS
from cds.fhir.writing.decided import TYPES, reference_pattern
from cds.http.audit_events import MEDIA_TYPE as NDJSON
from cds.http.fhir_query import FORMATS, MOST
from cds.http.field_schemas import DAY, Json
from cds.http.operation_parts import accepts as _accepts
from cds.http.operation_parts import choice as _choice
from cds.http.operation_parts import header as _header
from cds.http.operation_parts import in_fhir as _in_fhir
from cds.http.operation_parts import operation as _operation
from cds.http.operation_parts import path as _path
from cds.http.operation_parts import problem as _problem
from cds.http.operation_parts import query as _query
from cds.http.operation_parts import resource as _resource
from cds.http.operation_parts import told as _told
from cds.http.query import REPLAYED_UNDER
from cds.knowledge.audiences import AUDIENCES
from cds.model.wording import LANGUAGES

Operations = dict[str, Json]
_LISTS = {
    "/v1/calculators": "The calculators and their inputs",
    "/v1/facts": "The vocabulary of facts",
    "/v1/conditions": "Conditions, medication classes and procedures",
    "/v1/rules": "The rules",
    "/v1/audit/verify": "Whether the records are what was written",
    "/.well-known/jwks.json": "The public keys of this service, where it is a client",
    "/health/live": "The process answers",
    "/health/ready": "An answer would be right, and kept",
}
_ANY: Json = {"description": "The answer", "content": {"application/json": {"schema": {}}}}
_BUNDLE: Json = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"const": "Bundle"}, "entry": {"type": "array"}},
}
_PARAMETERS: Json = {
    "type": "object",
    "required": ["resourceType", "parameter"],
    "properties": {
        "resourceType": {"const": "Parameters"},
        "parameter": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"enum": list(PARAMETERS)},
                    "valueString": {"type": "string"},
                    "valueReference": {"type": "object"},
                    "valueDate": DAY,
                    "resource": _BUNDLE,
                },
            },
        },
    },
}
_DECISION: Json = {"application/json": {"schema": {"$ref": "#/components/schemas/Decision"}}}
_CREATED: Json = {
    "description": "Decided and recorded",
    "content": _DECISION,
    "links": {
        "readBack": {"operationId": "readDecision", "parameters": {"id": "$response.body#/id"}}
    },
}


def operations(
    calculators: Mapping[str, Mapping[str, Any]], filters: Mapping[str, Sequence[str]]
) -> Mapping[str, Operations]:
    """Every path with its operations.

    `calculators` are the schemas of their inputs by name, `filters` those of the movements.
    """
    return {
        **_decisions(),
        **{
            f"/v1/calculators/{name}": {
                "post": _operation(f"Calculate {name}", _accepts(dict(schema)), {"200": _ANY})
            }
            for name, schema in calculators.items()
        },
        **_lists(filters),
        **_events(),
        **_fhir(),
    }


def _events() -> Mapping[str, Operations]:
    lines = {"description": "A line for each", "content": {NDJSON: {"schema": {"type": "string"}}}}
    read = _operation(
        "The record as AuditEvents of FHIR R4, a line each; that it is read is recorded",
        {},
        {"200": lines},
        [_query("from", DAY), _query("to", DAY)],
    )
    return {"/v1/audit/events": {"get": read}}


def _decisions() -> Mapping[str, Operations]:
    request = _accepts({"$ref": "#/components/schemas/DecisionRequest"})
    key = _header("Idempotency-Key")
    decide = _operation("Decide", request, {"201": _CREATED}, [key])
    bundle = _operation(
        "Decide on a FHIR R4 Bundle",
        _accepts(_BUNDLE),
        {"201": _CREATED},
        [_query("evaluation_date", DAY), key],
    )
    read = _operation(
        "Read a decision back",
        {},
        {"200": {"description": "As recorded", "content": _DECISION}},
        [_path("id")],
    )
    handout = _operation(
        "The handout for the patient, in plain words",
        {},
        {"200": _ANY},
        [_path("id"), _query("lang", {"type": "string", "enum": list(LANGUAGES)})],
    )
    return {
        **_follow_ups(),
        **_questions(),
        **_feedback(),
        **_replays(),
        "/v1/decisions/{id}/handout": {"get": handout},
        "/v1/decisions": {"post": decide},
        "/v1/fhir/decisions": {"post": bundle},
        "/v1/decisions/{id}": {"get": read | {"operationId": "readDecision"}},
    }


def _questions() -> Mapping[str, Operations]:
    changed = {"409": _problem("Made with other knowledge or policies than are in use now")}
    why_not = _operation(
        "Why something is not allowed, and what is",
        _accepts({"$ref": "#/components/schemas/WhyNotRequest"}),
        {"200": _told("WhyNot")} | changed,
        [_path("id")],
    )
    what_if = _operation(
        "What other facts would change, or the smallest change that reaches a goal",
        _accepts({"$ref": "#/components/schemas/WhatIfRequest"}),
        {"200": _told("WhatIf")} | changed,
        [_path("id")],
    )
    audience = _query("audience", {"type": "string", "enum": list(AUDIENCES)})
    tell = _operation(
        "The decision for one audience", {}, {"200": _told("Told")}, [_path("id"), audience]
    )
    return {
        "/v1/decisions/{id}/why-not": {"post": why_not},
        "/v1/decisions/{id}/what-if": {"post": what_if},
        "/v1/decisions/{id}/explanation": {"get": tell},
    }


def _feedback() -> Mapping[str, Operations]:
    give = _operation(
        "Accept or override a decision or a part of it",
        _accepts({"$ref": "#/components/schemas/FeedbackRequest"}),
        {"201": _told("Feedback")},
        [_path("id"), _header("Idempotency-Key")],
    )
    read = _operation(
        "All feedback to a decision, and what counts",
        {},
        {"200": _told("DecisionFeedback")},
        [_path("id")],
    )
    table = _told("FeedbackExport")
    table["content"]["text/csv"] = {"schema": {"type": "string"}}
    media = {"type": "string", "enum": ["json", "csv"]}
    export = _operation(
        "All feedback of a period as a table, in JSON or CSV",
        {},
        {"200": table},
        [_query("from", DAY), _query("to", DAY), _query("format", media)],
    )
    use = _operation(
        "Each rule in use: fires, feedback, and what asks for a look",
        {},
        {"200": _told("Analytics")},
    )
    return {
        "/v1/decisions/{id}/feedback": {"post": give, "get": read},
        "/v1/feedback": {"get": export},
        "/v1/analytics/rules": {"get": use},
    }


def _replays() -> Mapping[str, Operations]:
    """One load of the knowledge of then is behind the first answer: it may take some seconds."""
    knowledge = _query("knowledge", {"type": "string", "enum": list(REPLAYED_UNDER)})
    replay = _operation(
        "Make it again, under its own knowledge and the present one; that it was done is recorded",
        {},
        {"200": _told("Replay")},
        [_path("id"), knowledge],
    )
    return {f"/v1/{kind}/{{id}}/replay": {"post": replay} for kind in ("decisions", "follow-ups")}


def _follow_ups() -> Mapping[str, Operations]:
    answer: Json = {"application/json": {"schema": {"$ref": "#/components/schemas/FollowUp"}}}
    read_back = {"operationId": "readFollowUp", "parameters": {"id": "$response.body#/id"}}
    created = {
        "description": "Answered and recorded",
        "content": answer,
        "links": {"readBack": read_back},
    }
    tell = _operation(
        "Tell a check-in: progress, hold, regress or stop",
        _accepts({"$ref": "#/components/schemas/FollowUpRequest"}),
        {"201": created},
        [_header("Idempotency-Key")],
    )
    read = _operation(
        "Read the answer to a check-in back",
        {},
        {"200": {"description": "As recorded", "content": answer}},
        [_path("id")],
    )
    return {
        "/v1/follow-ups": {"post": tell},
        "/v1/follow-ups/{id}": {"get": read | {"operationId": "readFollowUp"}},
    }


def _fhir() -> Mapping[str, Operations]:
    """What answers in FHIR; below `/fhir/` failures do too."""
    bundle = {"200": _resource("Bundle")}
    references = [
        _query(name, {"type": "string", "pattern": f"^({reference_pattern(name)})$"})
        for name in TYPES
    ]
    decision = _operation(
        "A decision as a FHIR R4 Bundle of drafts", {}, bundle, [_path("id"), *references]
    )
    kind = _query("_format", {"type": "string", "enum": list(FORMATS)})
    pages = [
        _query(name, {"type": "integer", "minimum": 0, "maximum": most})
        for name, most in MOST.items()
    ]
    apply = _operation(
        "Decide on FHIR Parameters",
        _accepts(_PARAMETERS),
        {"200": _resource("CarePlan")},
        [_header("Idempotency-Key")],
    )
    abilities = {"200": _resource("CapabilityStatement")}
    metadata = _operation("What of FHIR there is", {}, abilities, [kind])
    search = _operation("The rules as PlanDefinitions", {}, bundle, [kind, *pages])
    one = {"200": _resource("PlanDefinition")}
    read = _operation("A rule, or exercise-therapy", {}, one, [_path("id"), kind])
    activities = _operation("What a decision may propose", {}, bundle, [kind, *pages])
    activity = {"200": _resource("ActivityDefinition")}
    proposed = _operation("Exercise therapy, or a referral", {}, activity, [_path("id"), kind])
    return {
        "/v1/decisions/{id}/fhir": {"get": decision},
        "/fhir/PlanDefinition/exercise-therapy/$apply": {"post": _in_fhir(apply)},
        "/fhir/metadata": {"get": _in_fhir(metadata)},
        "/fhir/ActivityDefinition": {"get": _in_fhir(activities)},
        "/fhir/ActivityDefinition/{id}": {"get": _in_fhir(proposed)},
        "/fhir/PlanDefinition": {"get": _in_fhir(search)},
        "/fhir/PlanDefinition/{id}": {"get": _in_fhir(read)},
    }


def _lists(filters: Mapping[str, Sequence[str]]) -> Mapping[str, Operations]:
    found: dict[str, Operations] = {}
    for path, title in _LISTS.items():
        answers = {"200": _ANY} | ({"503": _ANY} if path.endswith("ready") else {})
        found[path] = {"get": _operation(title, {}, answers)}
    for path, title in (("/v1/rules/{id}", "One rule"), ("/v1/evidence/{id}", "One citation")):
        found[path] = {"get": _operation(title, {}, {"200": _ANY}, [_path("id")])}
    title = "The movements that pass every filter and that no avoid tag removes"
    queries = [_choice(name, values) for name, values in filters.items()]
    found["/v1/exercises"] = {"get": _operation(title, {}, {"200": _ANY}, queries)}
    return found
