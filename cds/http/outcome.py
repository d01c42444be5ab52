"""OperationOutcome: a problem as FHIR tells it, with places and without values."""

import re
from collections.abc import Mapping
from typing import Any

from cds.errors import Refusal
from cds.http.problems import Problem

#: Failures of the addresses that begin like this are told so.
FHIR_PATHS = ("/fhir/", "/cds-services")
_CODES: Mapping[int, str] = {
    400: "structure",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    409: "conflict",
    410: "deleted",
    412: "required",
    413: "too-long",
    414: "too-long",
    415: "not-supported",
    422: "invalid",
    429: "throttled",
    500: "exception",
    503: "transient",
}
_ROOT = "/parameter"
_INDEX = re.compile(r"/(\d+)(?=/|\Z)", re.ASCII)


def outcome_of(problem: Problem, instance: str) -> Mapping[str, Any]:
    """One issue for each refusal, or one for the whole."""
    code = _CODES.get(problem.status, "processing")
    issues = [
        {
            "severity": "error",
            "code": code,
            "details": {"text": problem.detail},
            **_place(refusal),
        }
        for refusal in problem.refusals or (Refusal("", problem.detail),)
    ]
    return {"resourceType": "OperationOutcome", "id": instance, "issue": issues}


def _place(refusal: Refusal) -> Mapping[str, Any]:
    """The place as JSON pointer, and as FHIRPath when it is within Parameters."""
    said = f"{refusal.pointer}: {refusal.detail}" if refusal.pointer else refusal.detail
    if not refusal.pointer.startswith(_ROOT):
        return {"diagnostics": said}
    path = _INDEX.sub(r"[\1]", refusal.pointer).replace("/", ".")
    return {"diagnostics": said, "expression": [f"Parameters{path}"]}
