"""A decision arranged for reading: the same content, the most useful first."""

from collections.abc import Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]
_STATES = ("fired", "unknown", "not_fired")


def words(code: str | None) -> str:
    """A code as words."""
    return (code or "").removeprefix("AV_").replace("_", " ").lower()


def span(pair: Iterable[float] | None) -> str:
    """A range as words."""
    if pair is None:
        return ""
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def grouped_findings(decision: Json) -> list[dict[str, Any]]:
    """Findings of one rule with one message are one finding with several scopes."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for found in decision["contraindications"]:
        group = groups.setdefault((found["id"], found["message"]), {**found, "scopes": []})
        scope = found["scope"]
        if scope["code"]:
            group["scopes"].append(f"{words(scope['type'])}: {words(scope['code'])}")
    return list(groups.values())


def ordered_reasons(decision: Json) -> list[Json]:
    """What fired first, then what could not be told."""
    reasons: list[Json] = list(decision["explanations"])
    return sorted(reasons, key=lambda reason: _STATES.index(reason["state"]))
