"""Codes, numbers and units as people read them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from cds.web.layout import unit_words

Json = Mapping[str, Any]
Names = Mapping[str, str]
_MINUTE = 60
_CODE = re.compile(r"(?:AV_)?[A-Za-z0-9_]+", re.ASCII)
# Ids in brackets, as messages carry them for programs: "(AV_OVERHEAD, htn)".
_IDS = re.compile(r"\(([\w.-]+(?:, [\w.-]+)*)\)", re.ASCII)
_TAG = "AV_"


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


def moment(text: str) -> str:
    """A moment in UTC, to the second; what is none stays as it is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{found.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def value_words(value: str | float | bool | None) -> str:
    """A compared value as words."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, (int, float)) else words(value)


def threshold_words(threshold: str | None, say: Callable[[str], str] = str) -> str:
    """What a value was compared with, its unit as people write it and `say` says it."""
    number, _, unit = (threshold or "").partition(" ")
    try:
        float(number)
    except ValueError:
        return (threshold or "").replace("_", " ")
    return f"{number} {say(unit_words(unit))}".strip()


def readable(text: str, names: Names) -> str:
    """The sentence with names in place of ids in brackets; the tag's own words stand before it."""

    def put(found: re.Match[str]) -> str:
        ids = found[1].split(", ")
        if not all(id_ in names for id_ in ids):
            return found[0]
        told = "; ".join(names[id_] for id_ in ids if not id_.startswith(_TAG))
        return f"({told})" if told else ""

    return _IDS.sub(put, text)


def own_sources(conflict: Json) -> list[str]:
    """What rules say of a disagreement beyond its positions, which are listed by themselves."""
    told = {f"{side['source']}: {side['means']}" for side in conflict["positions"]}
    return [source for source in conflict["sources"] if source not in told]


def pretty(value: Any) -> str:
    """Plain JSON values as text that can be read line by line."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
