"""What differs between two answers to the same input, in clinical terms."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from cds.answers.difference import difference
from cds.model.decision import Disposition
from cds.model.effect import Kind, ScopeType

Json = Mapping[str, Any]
Thing = tuple[str, str]


class Change(StrEnum):
    """What an answer changes for the person; the gravest first.

    The first two may come together; each of the others is what there is besides words, if it is
    the gravest.
    """

    NEWLY_BLOCKED = "newly_blocked"
    NEWLY_PERMITTED = "newly_permitted"
    DOSE_CHANGED = "dose_changed"
    ADVICE_CHANGED = "advice_changed"
    TEXT_ONLY = "text_only"
    UNCHANGED = "unchanged"


_ORDER = tuple(map(str, Disposition))
_GOING_ON = (Disposition.PROCEED, Disposition.PROCEED_WITH_LIMITS)
_ALLOWED = ("allow", "allow_with_limits")
_REFUSING = (Kind.ABSOLUTE, Kind.HOLD_TODAY)
_WHOLE = (ScopeType.ALL, ScopeType.TEST)
#: They name the version that answered, or who is answered, and nothing of the answer.
_STAMPS = ("knowledge", "subject")
#: They say where a sentence comes from, or how it was arrived at, and nothing that is to be done.
_ORIGINS = frozenset(
    {
        "crossed",
        "explanations",
        "evidence",
        "limitations",
        "clinical_sign_off",
        "review_overdue_since",
    }
)
#: A number with its unit holds a space too, and is no words.
_NUMBERS = frozenset({"threshold", "within", "change"})


def compare(before: Json, after: Json) -> tuple[tuple[Change, ...], dict[str, Any]]:
    """The changes from one answer to the other, and the parts that differ.

    Decisions are told as by `difference`. `other` names further members that differ, `texts`
    those that differ in words only.
    """
    before, after = (_unstamped(answer) for answer in (before, after))
    if before == after:
        return (Change.UNCHANGED,), {}
    is_decision = "disposition" in before
    parts = difference(before, after) if is_decision else _check_in(before, after)
    differing = [name for name in before if before[name] != after.get(name)]
    texts = [name for name in differing if _is_words(name, before, after)]
    other = [name for name in differing if name not in texts and name not in parts]
    loses, has_other_dose = (
        (_loses, _has_other_dose) if is_decision else (_stops, _has_other_next_dose)
    )
    found = _kinds(before, after, loses)
    if not found:
        if has_other_dose(parts):
            found = (Change.DOSE_CHANGED,)
        else:
            same = len(texts) == len(differing)
            found = (Change.TEXT_ONLY if same else Change.ADVICE_CHANGED,)
    return found, {**parts, **{k: v for k, v in (("other", other), ("texts", texts)) if v}}


def bare(value: Any, name: str = "") -> Any:
    """The value without its sentences and where they come from: codes, numbers and structure."""
    if isinstance(value, Mapping):
        return {key: bare(part, key) for key, part in value.items() if key not in _ORIGINS}
    if isinstance(value, (list, tuple)):
        return [bare(part, name) for part in value]
    is_words = isinstance(value, str) and " " in value and name not in _NUMBERS
    return None if is_words else value


def _is_words(name: str, before: Json, after: Json) -> bool:
    """Whether the two answers differ in the words of this member only."""
    said, says = (bare({name: answer.get(name)}) for answer in (before, after))
    return bool(said == says)


def _unstamped(answer: Json) -> Json:
    return {name: part for name, part in answer.items() if name not in _STAMPS}


def _kinds(before: Json, after: Json, loses: Callable[[Json, Json], bool]) -> tuple[Change, ...]:
    blocked = (Change.NEWLY_BLOCKED,) if loses(before, after) else ()
    return (*blocked, *((Change.NEWLY_PERMITTED,) if loses(after, before) else ()))


def _loses(before: Json, after: Json) -> bool:
    """Whether `after` refuses the person, or something, that `before` allows."""
    if _is_stricter(before["disposition"], after["disposition"]):
        return True
    if before["plan"] is None or after["plan"] is None:
        return before["plan"] is not None
    return bool(set(_refused(after)) - set(_refused(before)) or _given(before) - _given(after))


def _is_stricter(before: str, after: str) -> bool:
    return after not in _GOING_ON and _ORDER.index(after) < _ORDER.index(before)


def _refused(decision: Json) -> Iterator[Thing]:
    """Each thing that must not be done, whether or not it was asked about."""
    if decision["hiit"]["eligible"] != "yes":
        yield "modality", "hiit"
    for asked in decision["requested"]:
        if asked["verdict"] not in _ALLOWED:
            yield asked["type"], asked["code"]
    for finding in decision["contraindications"]:
        scope = finding["scope"]
        if finding["kind"] in _REFUSING and scope["type"] not in _WHOLE:
            yield scope["type"], scope["code"]
    for movement in decision["plan"]["avoided"]:
        yield "exercise", movement["id"]


def _given(decision: Json) -> set[str]:
    return {component["modality"] for component in decision["plan"]["components"]}


def _has_other_dose(parts: Json) -> bool:
    plan = parts.get("plan", {})
    numbers = (
        change["attribute"] != "exercises"
        for component in plan.get("changed", ())
        for change in component["changes"]
    )
    return "limits" in parts or "phase" in plan or any(numbers)


def _check_in(before: Json, after: Json) -> dict[str, Any]:
    names = ("row", "action", "direction", "dose")
    return {
        name: {"before": before[name], "after": after[name]}
        for name in names
        if not _is_words(name, before, after)
    }


def _stops(before: Json, after: Json) -> bool:
    return before["dose"]["exercise"] and not after["dose"]["exercise"]


def _has_other_next_dose(parts: Json) -> bool:
    return "dose" in parts or "action" in parts
