"""A decision arranged for reading: the same content, the most useful first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cds.web.reading import named
from cds.web.scales import scales_of
from cds.web.week import week_of

Json = Mapping[str, Any]
Names = Mapping[str, str]
_STATES = ("fired", "unknown", "not_fired")
_STOPPED = frozenset({"emergency", "do_not_exercise", "hold_today"})
_CLOSED = ("block", "insufficient_data")
_FIRST = 2  # parts, of the orders below: on a phone what can be done comes after them
_SAID_ABOVE = 4  # words: the verdict before the colon, which is the heading
_DO = ("hard", "week", "progress", "goals", "delivery", "hiit", "medicines")
_KNOWN = ("missing", "unused", "assumed", "conflicts", "reasons")
# What a reader needs first depends on the verdict.
_STOP_FIRST = ("session", "findings", "referrals", "asked", *_DO, *_KNOWN)
_ASK_FIRST = ("session", "missing", "findings", "referrals", "asked", *_DO, *_KNOWN[1:])
_CLEAR_FIRST = ("session", "referrals", "asked", "findings", *_DO, *_KNOWN)
_DO_FIRST = ("session", "now", "asked", "findings", *_DO, "referrals", *_KNOWN)
_ORDER = {
    "insufficient_data": _ASK_FIRST,
    "clearance_first": _CLEAR_FIRST,
    "proceed": _DO_FIRST,
    "proceed_with_limits": _DO_FIRST,
}


def arranged(decision: Json, names: Names) -> dict[str, Any]:
    """Everything that the page of a decision shows, in the order of its verdict."""
    stopped = decision["disposition"] in _STOPPED
    found = grouped_findings(decision, names)
    told = [group for group in found if stopped and group["message"] in decision["summary"]]
    return {
        "decision": decision,
        "parts": _ORDER.get(decision["disposition"], _STOP_FIRST),
        "first": _FIRST,
        "stopped": stopped,
        "lead": lead(decision["summary"], () if stopped else found),
        "told": told[:1],
        "findings": [group for group in found if group not in told[:1]],
        "missing": grouped_missing(decision),
        "assumptions": grouped_assumptions(decision, names),
        "reasons": ordered_reasons(decision),
        "told_already": set(),  # the page fills it: a reason is told once, then referred to
        "reason_of": {reason["id"]: reason for reason in decision["explanations"]},
        "scales": scales_of(decision["intensity"]),
        "week": week_of(decision["plan"]),
        "why_not": questions_of(decision),
    }


def answered(answer: Json, names: Names) -> dict[str, Any]:
    """Everything that the page of an answer to a check-in shows."""
    reasons = ordered_reasons(answer)
    because = [reason for reason in reasons if reason["rule"] == answer["rule"]]
    return {
        "decision": answer,
        "stopped": not answer["dose"]["exercise"],
        "because": because,
        "reasons": reasons,
        "findings": grouped_findings(answer, names),
        "missing": grouped_missing(answer),
        "told_already": {reason["id"] for reason in because},
        "reason_of": {reason["id"]: reason for reason in reasons},
    }


def lead(summary: str, findings: Sequence[Json]) -> str:
    """The summary without what stands right above or below: its verdict, and the first finding."""
    verdict, _, rest = summary.partition(": ")
    for found in findings:
        if summary.endswith(found["message"]) and ". " in summary:
            before = summary.removesuffix(found["message"]).rstrip()
            return before.rpartition(". ")[0] + "."
    return rest if rest[:1].isupper() and len(verdict.split()) <= _SAID_ABOVE else summary


def questions_of(decision: Json) -> tuple[str, ...]:
    """What is worth asking about: intervals, and what was asked for and is not open."""
    blocked = [asked["code"] for asked in decision["requested"] if asked["verdict"] in _CLOSED]
    intervals = () if decision["hiit"]["eligible"] == "yes" else ("hiit",)
    return tuple(dict.fromkeys((*intervals, *blocked)))


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
