"""The words that cards are written with, each with the places that it may fill."""

from collections.abc import Iterator, Mapping
from string import Formatter

_SUMMARY = frozenset({"summary", "first", "count"})
_PLACES: Mapping[str, str] = {
    "more": "count",
    "finding": "message title",
    "finding_unknown": "message title",
    "referral": "to urgency reason",
    "component": "modality frequency time",
    "component_plain": "modality frequency",
    "range": "low high",
    "heart_rate": "low high",
    "ceiling": "value",
    "exertion": "low high",
    "activity": "minutes least",
    "gap": "label why",
    "unmapped": "count",
    "assumed": "count",
    "order": "order asked",
    "order.block": "asked",
    "order.insufficient_data": "asked",
    "order.allow_with_limits": "asked",
    "order.allow": "asked",
    "instead": "alternatives",
    "suggestion.referral": "to",
}
_PLAIN = (
    *("usage", "findings", "referrals", "questions", "dose", "limits", "medicines", "gaps"),
    *("orders", "gap.missing", "gap.failed", "gap.truncated", "gaps.meaning", "draft", "link"),
    *("smart", "suggestion.plan", "suggestion.remove"),
)


def faults_of_words(words: Mapping[str, str]) -> Iterator[tuple[str | None, str]]:
    """What is wrong with the words: the key, or None for one that is missing, and the mend."""
    known = {key: frozenset(_PLACES.get(key, "").split()) for key in (*_PLACES, *_PLAIN)}
    for key in known:
        if key not in words:
            yield None, f"The words '{key}' are missing. A card could not be written. Add them."
    for key, text in words.items():
        if key not in known:
            yield key, f"Nothing is written with the words '{key}'. Remove them."
        elif wrong := _places(text) - known[key]:
            yield key, _not_filled(wrong)


def fault_of_summary(text: str) -> str | None:
    """What is wrong with the summary of a topic, or None."""
    wrong = _places(text) - _SUMMARY
    return _not_filled(wrong) if wrong else None


def _not_filled(places: frozenset[str]) -> str:
    named = ", ".join(f"{{{place}}}" for place in sorted(places))
    return f"Nothing fills {named} here. A card could not be written. Correct it."


def _places(text: str) -> frozenset[str]:
    try:
        return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    except ValueError:
        return frozenset({"an open brace"})
