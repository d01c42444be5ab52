"""Pages of other sites may use the interface when their origin is listed; never the pages here."""

from flask import Response, request

from cds.routes.exchange import parts
from cds.trust.access import PAGES, route_name

_METHODS = ("GET", "POST")
_ALLOWED = {
    "Access-Control-Allow-Methods": ", ".join(_METHODS),
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Expose-Headers": "Location, Retry-After, X-Request-Id",
    "Access-Control-Max-Age": "600",
}


def allow_origin(response: Response) -> Response:
    """Names the origin that asks, where it is listed. Cookies are never allowed along."""
    listed = parts().settings.cors_origins
    if not listed or _is_page():
        return response
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin in listed:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers.update(_ALLOWED)
    return response


def _is_page() -> bool:
    rule = request.url_rule
    return rule is not None and any(route_name(m, rule.rule) in PAGES for m in _METHODS)
