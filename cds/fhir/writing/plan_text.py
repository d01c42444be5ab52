"""The plan of a decision in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.writing.decided import Decided
from cds.fhir.writing.elements import span

_RANGES: Mapping[str, str] = {
    "hr_bpm": "heart rate {}/min",
    "rpe_6_20": "RPE {} of 20",
    "rpe_0_10": "RPE {} of 10",
    "percent_1rm": "{} % of one repetition maximum",
}
_CEILINGS: Mapping[str, str] = {
    "hr_ceiling_bpm": "heart rate never above {}/min",
    "mets_at_most": "at most {} METs",
}


def plan_lines(of: Decided) -> Iterator[str]:
    """The dose, what to leave out, when to stop."""
    yield of["summary"]
    for part in of["plan"]["components"]:
        yield f"{modality_name(of, part)}: {component_text(part)}"
    for kind in of["plan"]["avoid_tags"]:
        yield avoid_text(kind)
    for stop in of["delivery"]["stop_criteria"]:
        yield stop["message"]


def component_text(part: Mapping[str, Any]) -> str:
    """The dose of one component and its movements."""
    minutes = f", {span(part['time_min'])} min" if part["time_min"] else ""
    how_hard = "; ".join(_effort(part["intensity"]))
    said = (
        f"{span(part['frequency'])} days a week{minutes}.",
        part["type"],
        f"Effort: {how_hard.removesuffix('.')}." if how_hard else "",
        *(f"{e['name']}: {e['dose']}." for e in part["exercises"]),
        f"To progress: {part['progression']}",
    )
    return " ".join(filter(None, said))


def avoid_text(kind: Mapping[str, Any]) -> str:
    """What one avoid tag leaves out, why, and what remains.

    Every movement of the plan was chosen under all its tags; what may replace a movement under
    one of them need not keep to the others.
    """
    return f"Avoid {kind['label']}: {kind['why']} Instead: the movements of this plan."


def modality_name(of: Decided, part: Mapping[str, Any]) -> str:
    """The kind of exercise of a component, in words."""
    return of.knowledge.names.modalities.get(part["modality"], part["modality"])


def fired(of: Decided) -> tuple[str, ...]:
    """Every rule that spoke: any of them may have shaped the plan."""
    return tuple(e["id"] for e in of["explanations"] if e["state"] == "fired")


def plan_citations(of: Decided) -> tuple[str, ...]:
    """What the profiles of the plan rest on, each once."""
    return tuple(dict.fromkeys(entry["citation"] for entry in of["plan"]["evidence"]))


def _effort(intensity: Mapping[str, Any]) -> Iterator[str]:
    if intensity["category"]:
        yield intensity["category"].replace("_", " ")
    for key, words in _RANGES.items():
        if intensity[key]:
            yield words.format(span(intensity[key]))
    for key, words in _CEILINGS.items():
        if intensity[key] is not None:
            yield words.format(f"{intensity[key]:g}")
    yield from filter(None, (intensity["talk_test"], intensity["guide"]))
