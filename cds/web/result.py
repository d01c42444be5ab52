"""A decision arranged for reading: the same content, the most useful first."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cds.web.layout import unit_words

Json = Mapping[str, Any]
Names = Mapping[str, str]
_STATES = ("fired", "unknown", "not_fired")
_STOPPED = frozenset({"emergency", "do_not_exercise", "hold_today"})
_MINUTE = 60
_CODE = re.compile(r"(?:AV_)?[A-Za-z0-9_]+", re.ASCII)
_PLAN = ("goals", "plan", "hard", "medicines", "hiit", "delivery")
_LAST = ("conflicts", "unused", "reasons", "assumed")
# What a reader needs first depends on the verdict.
_STOP_FIRST = ("session", "findings", "referrals", "asked", *_PLAN, "missing", *_LAST)
_ASK_FIRST = ("session", "missing", "findings", "referrals", "asked", *_PLAN, *_LAST)
_DO_FIRST = (
    "session",
    "asked",
    "goals",
    "plan",
    "hard",
    "findings",
    "referrals",
    "missing",
    "medicines",
    "hiit",
    "delivery",
    *_LAST,
)
_CLEAR_FIRST = ("session", "referrals", "missing", "findings", "asked", *_PLAN, *_LAST)
_ORDER = {
    "insufficient_data": _ASK_FIRST,
    "clearance_first": _CLEAR_FIRST,
    "proceed": _DO_FIRST,
    "proceed_with_limits": (
        "session",
        "findings",
        *(part for part in _DO_FIRST if part not in ("session", "findings")),
    ),
}


def arranged(decision: Json, names: Names) -> dict[str, Any]:
    """Everything that the page of a decision shows, in the order of its verdict."""
    return {
        "decision": decision,
        "parts": _ORDER.get(decision["disposition"], _STOP_FIRST),
        "stopped": decision["disposition"] in _STOPPED,
        "findings": grouped_findings(decision, names),
        "missing": grouped_missing(decision),
        "assumptions": grouped_assumptions(decision, names),
        "reasons": ordered_reasons(decision),
    }


def words(code: str | None) -> str:
    """A code as words."""
    return (code or "").removeprefix("AV_").replace("_", " ").lower()


def named(code: object, names: Names) -> str:
    """What people call it; text that is not a code stays as it is."""
    text = str(code)
    return names.get(text) or (words(text) if _CODE.fullmatch(text) else text)


def plain(value: float) -> str:
    """A number without a needless fraction."""
    return f"{value:g}"


def span(pair: Iterable[float] | None) -> str:
    """A range as words."""
    if pair is None:
        return ""
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < _MINUTE or seconds % _MINUTE:
        return f"{seconds:g} s"
    return f"{seconds / _MINUTE:g} min"


def value_words(value: str | float | bool | None) -> str:
    """A compared value as words."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, (int, float)) else words(value)


def threshold_words(threshold: str | None) -> str:
    """What a value was compared with, its unit as people write it."""
    number, _, unit = (threshold or "").partition(" ")
    try:
        float(number)
    except ValueError:
        return (threshold or "").replace("_", " ")
    return f"{number} {unit_words(unit)}".strip()


def grouped_findings(decision: Json, names: Names) -> list[dict[str, Any]]:
    """Findings of one rule with one message are one finding with several scopes."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for found in decision["contraindications"]:
        group = groups.setdefault((found["id"], found["message"]), {**found, "scopes": []})
        code = found["scope"]["code"]
        if code:
            group["scopes"].append(named(code, names))
    return list(groups.values())


def grouped_missing(decision: Json) -> dict[str, Any]:
    """The questions by what their answers would allow: those that are needed, and the others."""
    needed = [asked for asked in decision["missing"] if asked["critical"]]
    useful = [asked for asked in decision["missing"] if not asked["critical"]]
    return {
        "needed": _by_purpose(needed),
        "needed_count": len(needed),
        "useful": _by_purpose(useful),
        "useful_count": len(useful),
    }


def grouped_assumptions(decision: Json, names: Names) -> dict[str, dict[str, list[str]]]:
    """What was assumed → what would apply if it were wrong → the facts that it hangs on."""
    titles = frozenset(names.values())
    groups: dict[str, dict[str, list[str]]] = {}
    for entry in decision["assumptions"]:
        kind = groups.setdefault(f"Taken as {entry['assumed']}", {})
        fact = named(entry["fact"], names)
        for effect in _effects(entry["if_wrong"], titles):
            kind.setdefault(effect, []).append(fact)
    return groups


def own_sources(conflict: Json) -> list[str]:
    """What rules say of a disagreement beyond its positions, which are listed by themselves."""
    told = {f"{side['source']}: {side['means']}" for side in conflict["positions"]}
    return [source for source in conflict["sources"] if source not in told]


def ordered_reasons(decision: Json) -> list[Json]:
    """What fired first, then what could not be told."""
    reasons: list[Json] = list(decision["explanations"])
    return sorted(reasons, key=lambda reason: _STATES.index(reason["state"]))


def _by_purpose(asked: Sequence[Json]) -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for entry in asked:
        groups.setdefault(entry["would_allow"], []).append(entry["question"])
    return [{"would_allow": purpose, "questions": found} for purpose, found in groups.items()]


def _effects(text: str, titles: frozenset[str]) -> Iterable[str]:
    """The titles in a sentence that joins them with semicolons; a title may hold one itself."""
    effect = ""
    for piece in text.partition(": ")[2].split("; "):
        effect = f"{effect}; {piece}" if effect else piece
        if effect in titles:
            yield effect
            effect = ""
    if effect:
        yield effect
