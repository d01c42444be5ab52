"""What the handout takes from a recorded decision.

A record may be older or newer than this code: a member that is missing, or of another shape, is
read as nothing known, and a text may stand alone or inside an object.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

Json = Mapping[str, Any]
Pair = tuple[float, float]
_GIVES_A_PLAN = frozenset({"proceed", "proceed_with_limits", "clearance_first"})
_LEFT_OUT = frozenset({"avoid", "hold_today", "stop"})
_SCOPES = ("modality", "setting", "intensity")
_TAG = "AV_"
_OWN, _MINUTES = "own", "min/wk"


class Task(Struct, frozen=True):
    """One exercise of a component, by ids of the catalogue."""

    exercise: str
    dose: str
    easier: str | None
    harder: str | None
    cautions: tuple[str, ...]
    alternatives: tuple[str, ...]


class Part(Struct, frozen=True):
    """One component. Units: days in d/wk, minutes in min, heart rates in /min, effort of 10."""

    modality: str
    days: Pair | None
    minutes: Pair | None
    warm_up: Pair | None
    cool_down: Pair | None
    category: str | None
    effort: Pair | None
    heart_rate: Pair | None
    ceiling: float | None
    loaded: bool
    closed_regions: tuple[str, ...]
    tasks: tuple[Task, ...]


class Goal(Struct, frozen=True):
    """One goal: the person's own words, or the service's; minutes a week, and the day."""

    text: str
    own: bool
    minutes: float | None
    by: str | None


class Told(Struct, frozen=True):
    """A decision as far as its handout needs it.

    `left_out` holds avoid tags, `instead` what the plan offers for each; `scopes` are pairs of
    type and code that are ruled out; `more` says that there are sentences without plain words.
    """

    id: str
    day: str
    disposition: str
    summary: str
    session: str | None
    parts: tuple[Part, ...] | None
    left_out: tuple[str, ...]
    instead: Mapping[str, tuple[str, ...]]
    scopes: tuple[tuple[str, str], ...]
    stops: tuple[str, ...]
    advice: tuple[str, ...]
    reopens: tuple[str, ...]
    more: bool
    goals: tuple[Goal, ...]
    pain_ceiling: float | None
    supervision: int | None
    intervals: bool


def read_decision(decision: Json) -> Told:
    """The decision, read tolerantly."""
    plan, delivery = _object(decision, "plan"), _object(decision, "delivery")
    findings = _objects(decision, "contraindications")
    disposition = str(decision.get("disposition", ""))
    parts = tuple(map(_part, _objects(plan, "components")))
    level = _number(delivery.get("supervision_level"))
    return Told(
        id=str(decision.get("id", "")),
        day=str(decision.get("evaluation_date", "")),
        disposition=disposition,
        summary=str(decision.get("summary", "")),
        session=_text(_object(decision, "session").get("verdict")),
        parts=parts if parts and disposition in _GIVES_A_PLAN else None,
        left_out=tuple(dict.fromkeys(_tags(findings, plan))),
        instead=_instead(findings, plan),
        scopes=tuple(dict.fromkeys(_scopes(findings))),
        stops=_texts(delivery.get("stop_criteria")),
        advice=_texts(decision.get("education")),
        reopens=_unique(f.get("reopens") for f in findings if _scope(f)[0] == "all"),
        more=any(_scope(finding)[0] == "all" for finding in findings) or bool(plan.get("to_avoid")),
        goals=tuple(_goals(decision.get("goals"))),
        pain_ceiling=_number(_object(plan, "pain_ceiling").get("value")),
        supervision=None if level is None else int(level),
        intervals=_object(decision, "hiit").get("protocol") is not None,
    )


def day_of(text: str) -> date | None:
    """The day that an ISO text names."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _part(component: Json) -> Part:
    intensity = _object(component, "intensity")
    return Part(
        modality=str(component.get("modality", "")),
        days=_pair(component.get("frequency")),
        minutes=_pair(component.get("time_min")),
        warm_up=_pair(component.get("warm_up_min")),
        cool_down=_pair(component.get("cool_down_min")),
        category=_text(intensity.get("category")),
        effort=_pair(intensity.get("rpe_0_10")),
        heart_rate=_pair(intensity.get("hr_bpm")),
        ceiling=_number(intensity.get("hr_ceiling_bpm")),
        loaded=_pair(intensity.get("percent_1rm")) is not None,
        closed_regions=_unique(r.get("value") for r in _objects(component, "blocked_regions")),
        tasks=tuple(map(_task, _objects(component, "exercises"))),
    )


def _task(exercise: Json) -> Task:
    return Task(
        exercise=str(exercise.get("id", "")),
        dose=str(exercise.get("dose", "")),
        easier=_text(exercise.get("regression")),
        harder=_text(exercise.get("progression")),
        cautions=_texts(exercise.get("cautions")),
        alternatives=_texts(exercise.get("alternatives")),
    )


def _tags(findings: Iterable[Json], plan: Json) -> Iterator[str]:
    """The avoid tags of findings and of what the plan left out."""
    for finding in findings:
        code = _scope(finding)[1]
        if code.startswith(_TAG):
            yield code
    for avoided in _objects(plan, "avoided"):
        yield from _texts(avoided.get("tags"))
    yield from _unique(active.get("tag") for active in _objects(plan, "avoid_tags"))


def _goals(goals: object) -> Iterator[Goal]:
    """A goal that is a bare text is the person's own."""
    for goal in goals if isinstance(goals, (list, tuple)) else ():
        told = goal if isinstance(goal, Mapping) else {}
        if text := _text(goal):
            minutes = _number(told.get("target")) if told.get("unit") == _MINUTES else None
            yield Goal(text, told.get("kind", _OWN) == _OWN, minutes, _text(told.get("by")))


def _instead(findings: Iterable[Json], plan: Json) -> dict[str, tuple[str, ...]]:
    """For each tag the exercises of this very plan that its findings name instead."""
    parts = _objects(plan, "components")
    offered = {str(e.get("id")) for part in parts for e in _objects(part, "exercises")}
    named = [(_scope(finding)[1], finding.get("alternatives")) for finding in findings]
    for avoided in _objects(plan, "avoided"):
        named += [(tag, avoided.get("instead")) for tag in _texts(avoided.get("tags"))]
    found: dict[str, dict[str, None]] = {}
    for tag, instead in named:
        kept = (id for id in _texts(instead) if id in offered)
        found.setdefault(tag, {}).update(dict.fromkeys(kept))
    return {tag: tuple(ids) for tag, ids in found.items()}


def _scopes(findings: Iterable[Json]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        scope, code = _scope(finding)
        binding = finding.get("kind") != "precaution" or finding.get("action") in _LEFT_OUT
        if scope in _SCOPES and binding:
            yield scope, code


def _scope(finding: Json) -> tuple[str, str]:
    scope = _object(finding, "scope")
    return str(scope.get("type", "")), _text(scope.get("code")) or ""


def _object(value: Json, name: str) -> Json:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def _objects(value: Json, name: str) -> tuple[Json, ...]:
    found = value.get(name)
    listed = found if isinstance(found, (list, tuple)) else ()
    return tuple(entry for entry in listed if isinstance(entry, Mapping))


def _unique(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for value in values if (text := _text(value))))


def _texts(value: object) -> tuple[str, ...]:
    return _unique(value) if isinstance(value, (list, tuple)) else ()


def _text(value: object) -> str | None:
    """A text, or the one inside an object, which carries its source beside it."""
    if isinstance(value, Mapping):
        value = value.get("message") or value.get("text")
    return value.strip() or None if isinstance(value, str) else None


def _pair(value: object) -> Pair | None:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return None
    low, high = _number(value[0]), _number(value[1])
    return None if low is None or high is None else (low, high)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)
