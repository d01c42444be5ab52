"""What every route of the interface does alike: reads a body, finds its parts, answers JSON."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, g, request
from msgspec.structs import replace
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from cds.http.body import check_length, is_json, refuse_broken_body
from cds.http.parts import EXTENSION, Parts
from cds.http.pipeline import Door
from cds.http.query import allow_parameters
from cds.strict_json import JsonLimits, read_json
from cds.trust.roles import Principal

# Records hold narratives, long lists, and decimals with every digit a computer once printed.
RECORD_LIMITS = JsonLimits(members=2_000, items=20_000, text=1_000_000, digits=60, values=500_000)


def parts() -> Parts:
    """The parts of the running application."""
    found: Parts = current_app.extensions[EXTENSION]
    return found


def who() -> Mapping[str, Any] | None:
    """Whoever asks, as records name them; None where a route is open to everybody."""
    asking: Principal | None = g.get("principal")
    return asking.as_json() if asking else None


def submitted() -> tuple[bytes, Any]:
    """The body that was sent, as bytes and as JSON; the address has no parameters.

    Raises: MalformedError, TooLargeError or IntakeError by what is wrong with it.
    """
    most = parts().settings.max_body_bytes
    body = read_body(most)
    value = read_json(body, JsonLimits(bytes=most))
    allow_parameters(request.args.to_dict(flat=False), ())
    return body, value


def submitted_record() -> tuple[bytes, Any]:
    """A body that holds a whole record in FHIR, as bytes and as JSON.

    Raises: MalformedError, TooLargeError or IntakeError by what is wrong with it.
    """
    most = parts().settings.max_bundle_bytes
    body = read_body(most)
    return body, read_json(body, replace(RECORD_LIMITS, bytes=most))


def door(body: bytes) -> Door:
    """How the request came in."""
    return Door(body, g.now, request.headers.get("Idempotency-Key"), who(), g.request_id)


def read_body(most: int) -> bytes:
    """The bytes of a JSON body, at most one more than `most`.

    Raises: UnsupportedMediaType; MalformedError when it breaks off.
    """
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


def found(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What was looked for.

    Raises: NotFound when it is None.
    """
    if value is None:
        raise NotFound
    return value


def json_response(value: Any, status: int = 200, media_type: str = "application/json") -> Response:
    """A value as compact JSON."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text, status, mimetype=media_type)
