"""The PDF opens, carries its text and its font, and is the same each time."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from cds.handout.compose import handout_of
from cds.handout.document import PAPERS, Handout
from cds.handout.drawings import icon
from cds.handout.pdf import pdf_of
from cds.model.wording import LANGUAGES, Wording
from tests.handout.written import ID, sentences

MADE = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
POINTS_PER_MM = 72 / 25.4


def written(handout: Handout, paper: str = "a4") -> bytes:
    return pdf_of(handout, paper=paper, created=MADE, page="Page {number}")


def words_of(text: str) -> str:
    """Without what line ends and columns change."""
    return "".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["proceed_with_limits", "clearance_first", "hold_today"])
def test_every_sentence_stands_in_the_pdf(
    recorded: dict[str, dict[str, Any]], wording: Wording, kind: str, language: str
) -> None:
    handout = handout_of(recorded[kind], wording, language)
    reader = PdfReader(BytesIO(written(handout)))
    text = words_of(" ".join(page.extract_text() for page in reader.pages))
    apart = {"diary.caption"}  # for those who do not see the table
    lost = [
        s.text for s in sentences(handout) if words_of(s.text) not in text and s.id not in apart
    ]
    assert lost == []
    assert reader.metadata is not None
    assert reader.metadata.title == handout.title.text
    assert reader.trailer["/Root"]["/Lang"] == language


@pytest.mark.parametrize(("paper", "size"), [("a4", (210, 297)), ("letter", (215.9, 279.4))])
def test_it_fits_the_paper_that_is_asked_for(
    recorded: dict[str, dict[str, Any]], wording: Wording, paper: str, size: tuple[float, float]
) -> None:
    assert paper in PAPERS
    reader = PdfReader(BytesIO(written(handout_of(recorded["proceed"], wording, "en"), paper)))
    box = reader.pages[0].mediabox
    measured = (float(box.width) / POINTS_PER_MM, float(box.height) / POINTS_PER_MM)
    assert measured == pytest.approx(size, abs=0.1)


def test_every_page_names_its_decision_and_awaits_sign_off(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    reader = PdfReader(BytesIO(written(handout_of(recorded["proceed"], wording, "en"))))
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) > 1
    assert [ID in text for text in texts] == [True] * len(texts)
    assert ["wait for sign-off by a clinician" in text for text in texts] == [True] * len(texts)


def test_the_fonts_travel_with_the_pdf(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    content = written(handout_of(recorded["emergency"], wording, "es"))
    assert content.count(b"/FontFile2") == 2


def test_goals_in_any_script_do_not_break_it(
    recorded: dict[str, dict[str, Any]],
    wording: Wording,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A letter that the font lacks is left blank, and nothing of the goal gets into a log."""
    goals = ["przejść się po lesie", "βόλτα στο δάσος", "走路", "x" * 300]
    handout = handout_of({**recorded["proceed"], "goals": goals}, wording, "en")
    reader = PdfReader(BytesIO(written(handout)))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "przejść się po lesie" in text
    assert "βόλτα στο δάσος" in text
    assert caplog.text == ""


def test_the_same_handout_is_the_same_pdf(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    handout = handout_of(recorded["proceed"], wording, "en")
    assert written(handout) == written(handout)


def test_a_kind_without_a_drawing_of_its_own_gets_the_general_one() -> None:
    assert icon("of a later version") == icon("other")
    assert icon("balance") != icon("other")
