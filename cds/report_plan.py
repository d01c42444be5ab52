"""What the profiles of a plan say, as plain text: each sentence with who says it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Names = Mapping[str, str]
_PLAN_WORDS = {
    "Focus": "focus",
    "First dose": "first_dose",
    "To progress": "progression",
    "Particulars": "particulars",
    "To avoid": "to_avoid",
    "To watch": "monitoring",
    "To tell the person": "education",
    "Guidance on the plan differs": "disagreements",
    "How certain": "certainty",
}
_MARKS = {
    "V": "checked in a published page",
    "K": "professional knowledge",
    "O": "operational choice",
}


def plan_words(plan: Json | None, names: Names) -> Iterator[tuple[str, Iterable[str]]]:
    """The sections about the plan beside its components, each with its entries."""
    said = plan or {}
    yield "Stage of healing", (_stage(stage, names) for stage in said.get("stages", ()))
    yield "Pain", _pain(said.get("pain_ceiling"), names)
    for title, key in _PLAN_WORDS.items():
        yield title, (f"{s['text']} {_who(s, names)}" for s in said.get(key, ()))
    yield (
        "Intervals, water and mind-body exercise",
        (
            f"{names.get(s['kind'], s['kind'])} ({s['suitable']}): {s['text']} {_who(s, names)}"
            for s in said.get("kinds", ())
        ),
    )
    yield "Measure", (_measure(m, names) for m in said.get("outcome_measures", ()))


def _stage(stage: Json, names: Names) -> str:
    weeks = "weeks not known" if stage["weeks"] is None else f"week {stage['weeks']:g}"
    lines = [
        f"{stage['number']}, {stage['name']} ({weeks}). {' '.join(stage['allowed'])} "
        f"{_who(stage, names)}"
    ]
    if stage["not_yet"]:
        lines.append(f"not yet: {' '.join(stage['not_yet'])}")
    if stage["following"]:
        lines.append(_next(stage["following"]))
    return "\n".join(lines)


def _next(following: Json) -> str:
    week = f" from week {following['from_week']:g};" if following["from_week"] else ""
    surgeon = "; the surgeon agrees" if following["surgeon"] else ""
    return (
        f"next, {following['name'].lower()}:{week} {following['milestone']} "
        f"({_MARKS[following['milestone_mark']]}){surgeon}. "
        f"Not known to be met: {', '.join(following['waits_for'])}."
    )


def _pain(ceiling: Json | None, names: Names) -> Iterator[str]:
    if ceiling:
        yield f"{ceiling['message']} {_who(ceiling, names)}"


def _measure(measure: Json, names: Names) -> str:
    change = measure["important_change"]
    matters = f"; a change that matters: {change}" if change else ""
    return f"{measure['name']}{matters} {_who(measure, names)}"


def _who(said: Json, names: Names) -> str:
    profiles = said.get("profiles") or [said["profile"]]
    return f"({', '.join(names.get(p, p) for p in profiles)}; {_MARKS[said['mark']]})"
