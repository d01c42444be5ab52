"""The handout in a real browser: readable for everybody, at any width, without script, printed."""

from collections.abc import Callable
from io import BytesIO
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import LAYOUT, PHONE, Site, faults_of, headings_of, overflow_of
from tests.browser.persons import PERSONS

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
# Widths in points.
PAPERS = {"A4": 595, "Letter": 612}


@pytest.mark.parametrize("kind", PERSONS)
def test_a_handout_is_accessible_and_fits(site: Site, visit: Visit, kind: str) -> None:
    page = visit(f"{site.decisions[kind]}/handout")
    assert faults_of(page) == []
    assert overflow_of(page) <= 0
    page.set_viewport_size({"width": PHONE, "height": 900})
    assert faults_of(page, *LAYOUT) == []
    assert overflow_of(page) <= 0
    levels = headings_of(page)
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_languages_are_one_step_away_without_script(site: Site, visit: Visit) -> None:
    page = visit(f"{site.decisions['proceed']}/handout", script=False)
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihr Übungsplan")
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Su plan de ejercicio")
    page.get_by_role("link", name="Volver a la decisión").click()
    expect(page).to_have_url(site.server.url + site.decisions["proceed"])


def test_the_scale_says_in_words_what_it_shows(site: Site, visit: Visit) -> None:
    page = visit(f"{site.decisions['proceed_with_limits']}/handout")
    scale = page.get_by_role("img", name="Effort scale from 0 to 10")
    expect(scale).to_be_visible()
    assert "2 to 5" in (scale.get_attribute("aria-label") or "")


@pytest.mark.parametrize("paper", PAPERS)
def test_it_prints_on_either_paper_without_what_is_for_the_screen(
    site: Site, visit: Visit, paper: str
) -> None:
    page = visit(f"{site.decisions['proceed_with_limits']}/handout")
    reader = PdfReader(BytesIO(page.pdf(format=paper)))
    texts = [sheet.extract_text() for sheet in reader.pages]
    assert float(reader.pages[0].mediabox.width) == pytest.approx(PAPERS[paper], abs=2)
    assert "Back to the decision" not in " ".join(texts)
    (diary,) = [text for text in texts if "Tick a box" in text]
    assert "Pain (0 to 10)" in diary
    (stop,) = [text for text in texts if "Stop and call the emergency number" in text]
    assert "You are confused or fall down in the heat." in stop
