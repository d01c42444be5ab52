"""The recorded decision for a clinician, a patient or an auditor: one tree, three texts.

A text never grows beyond its bound: what does not fit is left out from the end, and counted.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cds.answers.auditor_text import auditor_sections
from cds.answers.clinician_text import clinician_sections
from cds.answers.patient_text import patient_sections
from cds.knowledge.base import Knowledge
from cds.model.audience import Detail, Section, Told

Json = Mapping[str, Any]
_WRITERS: Mapping[str, Callable[[Json, Knowledge], Iterable[Section]]] = {
    "clinician": clinician_sections,
    "patient": patient_sections,
    "auditor": auditor_sections,
}


def tell(decision: Json, audience: str, knowledge: Knowledge) -> Told:
    """The text of a recorded decision, with its receipt, for this audience."""
    at_most = knowledge.audiences.characters[audience]
    whole = [section for section in _WRITERS[audience](decision, knowledge) if section.lines]
    more = knowledge.messages["audience.more"]
    kept, left_out = _fit(whole, at_most - len(more.format(count=_count(whole))) - 1)
    if left_out:
        kept = [*kept, Section("", (more.format(count=left_out),))]
    details = _details(decision) if audience == "clinician" else ()
    return Told(audience, _text(kept), tuple(kept), details, left_out, at_most)


def _fit(sections: Iterable[Section], room: int) -> tuple[list[Section], int]:
    """As many lines from the start as fit, and how many do not."""
    kept: list[Section] = []
    left_out = 0
    for section in sections:
        lines: list[str] = []
        room -= len(section.heading) + 1
        for line in section.lines:
            if left_out or len(line) + 1 > room:
                left_out += 1
            else:
                room -= len(line) + 1
                lines.append(line)
        if lines:
            kept.append(Section(section.heading, tuple(lines)))
    return kept, left_out


def _text(sections: Iterable[Section]) -> str:
    lines = (line for s in sections for line in ((s.heading, *s.lines) if s.heading else s.lines))
    return "\n".join(lines)


def _count(sections: Iterable[Section]) -> int:
    return sum(len(section.lines) for section in sections)


def _details(decision: Json) -> tuple[Detail, ...]:
    """Every rule that spoke, to be read on demand."""
    return tuple(
        Detail(entry["rule"], entry["title"], f"/v1/rules/{entry['rule']}")
        for entry in decision["explanations"]
    )
