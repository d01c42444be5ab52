"""Decisions as they are recorded, and what their handouts say."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from cds.handout.document import Handout, Move, Points, Prose, Scale, Section, Sentence, Week
from cds.http.core import CoreService
from cds.model.decision import as_json
from cds.schemas.decision_request import read_decision_request
from tests.browser.persons import PERSONS

ID = "0123456789abcdef0123456789abcdef"
TODAY = date(2026, 11, 29)


def decided(core: CoreService, body: Any) -> dict[str, Any]:
    """The decision on a request, as its record reads."""
    asked = read_decision_request(body, core.terms, TODAY)
    decision = core.decide(asked.intake, asked.evaluation_date)
    return {**as_json(decision), "id": ID}


def decisions(core: CoreService) -> dict[str, dict[str, Any]]:
    """One decision of each kind, the examples among them."""
    return {kind: decided(core, body) for kind, body in PERSONS.items()}


def sentences(handout: Handout) -> Iterator[Sentence]:
    """Every sentence of a handout in the order of the page."""
    yield handout.title
    yield from (*handout.blanks.labels, *handout.about.sentences, *handout.notice.sentences)
    for section in handout.sections:
        yield from sentences_of(section)


def sentences_of(section: Section) -> Iterator[Sentence]:
    """The heading of a section and all that stands below it."""
    yield section.title
    for block in section.blocks:
        match block:
            case Prose():
                yield from block.sentences
            case Points():
                yield from block.points
            case Move():
                yield from (block.name, *block.amount, *block.steps)
            case Scale():
                yield from (block.label, block.rest, block.most)
            case Week():
                yield from (block.caption, block.corner, *block.rows)
            case _:
                yield from block.labels


def text_of(handout: Handout) -> str:
    """All of it, each sentence ended."""
    return " ".join(
        found.text if found.text[-1] in ".!?:" else f"{found.text}." for found in sentences(handout)
    )
