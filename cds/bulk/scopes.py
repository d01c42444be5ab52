"""Which types of resources scopes of SMART let a service read, in either style."""

import re
from collections.abc import Iterable

# `system/Observation.read`, `system/*.*`, `system/Observation.rs`; one with a filter is not all.
_SCOPE = re.compile(r"system/(?P<type>\*|[A-Za-z]+)\.(?P<may>read|\*|c?ru?d?s?)", re.ASCII)


def scopes_of(types: Iterable[str], *, v2: bool) -> str:
    """What is asked for to read these types."""
    return " ".join(f"system/{type_}.{'rs' if v2 else 'read'}" for type_ in sorted(types))


def readable(types: Iterable[str], scopes: Iterable[str]) -> frozenset[str]:
    """Those of the types that the scopes let read as a whole."""
    found = {match["type"] for scope in scopes if (match := _SCOPE.fullmatch(scope))}
    return frozenset(types) if "*" in found else frozenset(types) & found
