"""The fixed texts speak three languages, and what is not translated says that it is English."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cds.http.core import CoreService
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.web.catalogues import FOLDER, load_catalogues, page_sentences
from cds.web.layout import Layout
from cds.web.layout_file import load_layout
from tests.api.conftest import build, client, store
from tests.web.test_pages import submit, token

__all__ = ["build", "client", "store"]


@pytest.fixture(scope="module")
def layout(core: CoreService) -> Layout:
    found = load_layout(ROOT, core, Problems())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "New decision"), ("de", "Neue Entscheidung"), ("es", "Nueva decisión")],
)
def test_the_language_is_chosen_by_the_address_and_remembered(
    client: FlaskClient, language: str, heading: str
) -> None:
    for path in (f"/?lang={language}", "/"):
        page = client.get(path)
        assert f"<h1>{heading}</h1>" in page.text
        assert f'<html lang="{language}">' in page.text
        assert page.headers["Content-Language"] == language


def test_the_browsers_language_holds_until_one_is_chosen(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept-Language": "fr, es;q=0.8, en;q=0.5"})
    assert page.headers["Content-Language"] == "es"
    assert client.get("/?lang=xx").headers["Content-Language"] == "en"


def test_the_language_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: FlaskClient,
) -> None:
    cookies = client.get("/?lang=de").headers.getlist("Set-Cookie")
    (cookie,) = [text for text in cookies if text.startswith("cds_language=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_decision_in_german_marks_what_stays_english(client: FlaskClient) -> None:
    path = submit(client).headers["Location"]
    page = client.get(f"{path}?lang=de").text
    assert re.search(r'<p class="lead" lang="en">', page)
    assert "Was als Nächstes zu fragen ist" in page
    assert "Sätze der klinischen Regeln" in page
    assert "Sätze der klinischen Regeln" not in client.get(f"{path}?lang=en").text


def test_a_change_of_language_does_not_yet_check_what_was_typed(client: FlaskClient) -> None:
    typed = {"csrf_token": token(client), "fact.age": "seventy", "lang": "es"}
    page = client.post("/questions", data=typed)
    assert page.status_code == 200
    assert 'value="seventy"' in page.text
    assert "Nueva decisión" in page.text


def test_a_text_without_a_translation_keeps_the_service_from_starting(
    layout: Layout, tmp_path: Path
) -> None:
    """A page of two languages would be read wrongly by people and by their screen readers."""
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    for path in (ROOT / FOLDER).glob("*.po"):
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(text.replace('msgid "Decide"', 'msgid "Determine"'))
    problems = Problems()
    load_catalogues(tmp_path, layout, problems)
    told = [str(problem) for problem in problems.found]
    assert len(told) == 4
    assert any("'Decide' has no translation" in text for text in told)
    assert any("'Determine' translates a sentence that is gone" in text for text in told)


def test_every_text_of_the_templates_is_found(layout: Layout) -> None:
    sentences = page_sentences(layout)
    for text in ("Skip to the content", "Who", "Yes", "per minute", "Most useful next", "home"):
        assert text in sentences
