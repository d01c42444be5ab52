"""Goal: what is to be reached and by when; proposed, and agreed by nobody yet."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.writing.decided import Decided, Written
from cds.fhir.writing.elements import Json, concept, quantity
from cds.knowledge.fact import Coding


def goals(of: Decided) -> Iterator[Written]:
    """Each goal of the decision; a person's own words are theirs, not a measure of ours."""
    codes = of.knowledge.fhir_codes
    for number, goal in enumerate(of["goals"]):
        weekly = is_weekly_minutes(goal, codes.weekly_minutes)
        members = {
            "profile": codes.goal if weekly and of.asked.subject else None,
            "lifecycleStatus": "proposed",
            "category": [concept(None, codes.physical_activity)] if weekly else [],
            "description": concept(goal["text"]),
            "subject": of.subject,
            "target": [_target(of, goal, codes.weekly_minutes if weekly else None)],
            "statusReason": goal["ask"],
            "expressedBy": of.subject if goal["kind"] == "own" else None,
        }
        told = (goal["text"], (_from_to(goal), goal["why"], goal["ask"]))
        yield of.write("Goal", str(number), told, members, (), (goal["citation"],))


def is_weekly_minutes(goal: Mapping[str, Any], coding: Coding) -> bool:
    """Whether it is the goal of the Physical Activity guide: minutes of activity a week."""
    return goal["measure"] is None and goal["unit"] == coding.unit and goal["target"] is not None


def _target(of: Decided, goal: Mapping[str, Any], coding: Coding | None) -> Json:
    fact = of.knowledge.vocabulary.get(goal["measure"] or "")
    codings = (coding,) if coding else fact.codes[:1] if fact else ()
    detail = None
    if goal["target"] is not None and goal["unit"] is not None:
        detail = quantity(goal["target"], goal["unit"])
    measure = concept(goal["label"], *codings) if goal["label"] else None
    return {"measure": measure, "detailQuantity": detail, "dueDate": goal["by"]}


def _from_to(goal: Mapping[str, Any]) -> str | None:
    if goal["label"] is None:
        return None
    ends = (("from", goal["baseline"]), ("to", goal["target"]))
    parts = [f"{word} {value:g}" for word, value in ends if value is not None]
    if not parts:
        return str(goal["label"])
    annotated = goal["unit"] is None or goal["unit"].startswith("{")  # a code, not a word
    return " ".join((f"{goal['label']}:", *parts, "" if annotated else goal["unit"])).strip()
