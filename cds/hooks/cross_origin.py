"""Which pages of other sites may call: those that the site listed, and no others."""

from collections.abc import Mapping

_ALLOWED: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def allow_origin(origin: str | None, listed: frozenset[str]) -> Mapping[str, str]:
    """The headers of an answer to a page of that origin; a listed one is named, never `*`."""
    if origin is None or origin not in listed:
        return {"Vary": "Origin"} if listed else {}
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origin, **_ALLOWED}
