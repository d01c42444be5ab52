"""Handouts read at grade 8 or below, by a published formula."""

import json
from typing import Any

import pytest

from cds.handout.compose import handout_of
from cds.http.core import CoreService
from cds.model.wording import Wording
from tests.browser.persons import EXAMPLES
from tests.handout.reading_grade import reading_grade
from tests.handout.written import decided, text_of

_HARDEST = 8.0


def test_the_formula_tells_plain_words_from_ours() -> None:
    """Without this a formula that is always low would pass everything."""
    plain = "Sit down. Stand up. Do it ten times. Then rest."
    clinical = (
        "Cardiopulmonary exercise testing demonstrated chronotropic incompetence, necessitating "
        "individualised intensity prescription by perceived exertion."
    )
    assert reading_grade(plain) < 1
    assert reading_grade(clinical) > 20


def test_the_formula_gives_the_grade_that_is_worked_out_by_hand() -> None:
    """6 words, 1 sentence, 7 syllables: 0.39 * 6 + 11.8 * 7 / 6 - 15.59 = 0.517."""
    assert reading_grade("The patient sat on the mat.") == pytest.approx(0.517, abs=0.001)


def test_every_handout_reads_at_grade_eight_or_below(
    core: CoreService, recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    requests = {path.name: json.loads(path.read_text()) for path in EXAMPLES.glob("*.request.json")}
    examples = {name: decided(core, request) for name, request in requests.items()}
    handouts = {
        name: handout_of(decision, wording, "en")
        for name, decision in {**recorded, **examples}.items()
    }
    grades = {name: reading_grade(text_of(handout)) for name, handout in handouts.items()}
    assert {name: round(grade, 1) for name, grade in grades.items() if grade > _HARDEST} == {}
    assert len(examples) >= 3
