"""CDS Hooks as OpenAPI operations."""

from collections.abc import Mapping, Sequence

from cds.http.field_schemas import Json
from cds.http.operation_parts import accepts, in_fhir, operation, path, problem

_TEXT: Json = {"type": "string"}
_UUID: Json = {"type": "string", "format": "uuid"}
_CODING: Json = {"type": "object", "properties": {"system": _TEXT, "code": _TEXT}}


def _object(required: tuple[str, ...] = (), **properties: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


_CALL = _object(
    ("hook", "hookInstance", "context"),
    hook=_TEXT,
    hookInstance={"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
    context=_object(
        ("userId", "patientId"),
        userId={"type": "string", "minLength": 1},
        patientId={"type": "string", "pattern": "^[A-Za-z0-9\\-.]{1,64}$"},
        encounterId=_TEXT,
        selections=_list(_TEXT),
        draftOrders={"type": "object"},
    ),
    prefetch={"type": "object"},
    fhirServer=_TEXT,
    fhirAuthorization=_object(("access_token",), access_token=_TEXT),
    extension={"type": "object"},
)
_ACTION = _object(
    ("type", "description"),
    type={"enum": ["create", "delete"]},
    description=_TEXT,
    resource={"type": "object"},
    resourceId=_TEXT,
)
_SUGGESTION = _object(("label", "uuid", "actions"), label=_TEXT, uuid=_UUID, actions=_list(_ACTION))
_LINK = _object(
    ("label", "url", "type"),
    label=_TEXT,
    url=_TEXT,
    type={"enum": ["absolute", "smart"]},
    appContext=_TEXT,
)
_CARD = _object(
    ("uuid", "summary", "detail", "indicator", "source", "overrideReasons"),
    uuid=_UUID,
    summary={"type": "string", "maxLength": 139},
    detail=_TEXT,
    indicator={"enum": ["info", "warning", "critical"]},
    source=_object(("label", "topic"), label=_TEXT, url=_TEXT, topic=_CODING),
    overrideReasons=_list(_CODING),
    suggestions=_list(_SUGGESTION),
    selectionBehavior={"const": "any"},
    links=_list(_LINK),
)
_SERVICE = _object(
    ("id", "hook", "title", "description", "prefetch"),
    id=_TEXT,
    hook=_TEXT,
    title=_TEXT,
    description=_TEXT,
    prefetch={"type": "object", "additionalProperties": _TEXT},
    usageRequirements=_TEXT,
)
_REPORT = _object(
    ("card", "outcome", "outcomeTimestamp"),
    card=_UUID,
    outcome={"enum": ["accepted", "overridden"]},
    outcomeTimestamp={"type": "string", "format": "date-time"},
    acceptedSuggestions=_list(_object(("id",), id=_UUID)),
    overrideReason=_object(reason=_CODING, userComment={"type": "string", "maxLength": 4_000}),
)
_REPORTS: Json = {**_list(_REPORT), "minItems": 1, "maxItems": 200}
_COUNT: Json = {"type": "integer", "minimum": 0}


def hook_operations(services: Sequence[str]) -> Mapping[str, dict[str, Json]]:
    """Discovery, the call of one of the services, and feedback on its cards."""
    one = path("id") | {"schema": {"type": "string", "enum": list(services)}}
    lacking = {"412": problem("Needed data are lacking")}
    listed = _answer(_object(("services",), services=_list(_SERVICE)))
    cards = _answer(_object(("cards",), cards={**_list(_CARD), "maxItems": 4}))
    counts = _answer(_object(("recorded", "unknown"), recorded=_COUNT, unknown=_COUNT))
    discover = operation("The services of CDS Hooks 2.0.1", {}, {"200": listed})
    call = operation("Cards for a hook", accepts(_CALL), {"200": cards} | lacking, [one])
    report = operation(
        "What became of cards",
        accepts(_object(("feedback",), feedback=_REPORTS)),
        {"200": counts},
        [one],
    )
    return {
        "/cds-services": {"get": in_fhir(discover)},
        "/cds-services/{id}": {"post": in_fhir(call)},
        "/cds-services/{id}/feedback": {"post": in_fhir(report)},
    }


def _answer(schema: Json) -> Json:
    return {"description": "The answer", "content": {"application/json": {"schema": schema}}}
