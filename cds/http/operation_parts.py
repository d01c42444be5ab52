"""What OpenAPI operations are put together from: parameters, bodies, answers and failures."""

from collections.abc import Iterable, Sequence

from cds.http.exercise_filters import LISTED
from cds.http.fhir_answers import MEDIA_TYPE as FHIR
from cds.http.field_schemas import Json
from cds.http.problems import MEDIA_TYPE


def resource(type_: str) -> Json:
    """A resource of this type as an answer."""
    schema = {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"const": type_}},
    }
    return {"description": f"A {type_} of FHIR R4", "content": {FHIR: {"schema": schema}}}


def in_fhir(operation: Json) -> Json:
    """The operation with its failures as OperationOutcome."""
    answers = {
        status: answer
        if status == "200"
        else {**resource("OperationOutcome"), "description": answer["description"]}
        for status, answer in operation["responses"].items()
    }
    return {**operation, "responses": answers}


def operation(summary: str, body: Json, answers: Json, parameters: Iterable[Json] = ()) -> Json:
    """An operation with its answers, and with every failure that any of them can have."""
    failures = {
        str(status): problem(text)
        for status, text in (
            (400, "Cannot be read"),
            (401, "Nobody is known to ask"),
            (403, "No role of whoever asks may do this"),
            (404, "Not found"),
            (410, "Erased"),
            (413, "Too large"),
            (415, "Not JSON in UTF-8"),
            (422, "Readable, not acceptable"),
            (429, "This client asks too much"),
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


def accepts(schema: Json) -> Json:
    """A body that is demanded."""
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def path(name: str) -> Json:
    """A part of the path."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def query(name: str, schema: Json) -> Json:
    """A parameter of the address that may be left out."""
    return {"name": name, "in": "query", "required": False, "schema": dict(schema)}


def choice(name: str, values: Sequence[str]) -> Json:
    """Given several times, any of the values will do."""
    item: Json = {"type": "string"} | ({"enum": list(values)} if len(values) <= LISTED else {})
    return query(name, {"type": "array", "items": item})


def header(name: str) -> Json:
    """A header that may be left out."""
    schema = {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"}
    return {"name": name, "in": "header", "required": False, "schema": schema}


def told(schema: str) -> Json:
    """An answer of a schema that stands among the components."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": "The answer", "content": content}


def problem(description: str) -> Json:
    """A failure as problem details."""
    told = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": told}
