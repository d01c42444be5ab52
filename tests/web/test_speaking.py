"""The fixed texts speak three languages, and what is not translated says that it is English."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.loading import core_of
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.kept import Kept
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.service import Service
from cds.settings import Settings
from cds.web.catalogues import FOLDER, load_catalogues, page_sentences
from cds.web.layout import Layout
from cds.web.layout_file import load_layout
from cds.web.site import LAYOUT
from cds.web.speaking import CATALOGUES
from tests.api.conftest import build, client, store
from tests.browser.persons import PERSONS
from tests.web.test_pages import submit, token

__all__ = ["build", "client", "store"]

WORD = re.compile(r"[^\W\d_]{3,}")
VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})
NO_WORDS = frozenset({"script", "style", "code", "pre", "bdi", "textarea", "svg"})
NAMES = frozenset({"Timed Up and Go"})
RULE = "contraindications.blood_pressure.bp-grade-2"
PAGES = {
    "record": ("/audit", "/audit/decisions/{id}", "/audit/status", "/audit/rules"),
    "knowledge": (
        *("/rules?q=stroke", f"/rules/{RULE}", "/evidence?q=acsm", "/policies", "/drafts"),
        *("/movements?q=walk", "/value-sets?q=stroke"),
    ),
    "decision": ("/", "/decisions/{id}", "/decisions/{id}/what-if", "/decisions/{id}/check-in"),
}


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


class Reader(HTMLParser):
    """Notes each text that is said to be in the language of the page, titles of pictures too."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language = ""
        self.open: list[tuple[str, str]] = []
        self.said: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or (self.open[-1][1] if self.open else "")
        if tag == "html":
            self.language = language
        if language == self.language and given.get("aria-label"):
            self.said.add(given["aria-label"] or "")
        if tag not in VOID:
            self.open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag, language = self.open[-1] if self.open else ("", "")
        if tag not in NO_WORDS and language == self.language:
            self.said.add(" ".join(data.split()))


def spoken(client: FlaskClient, path: str, language: str) -> set[str]:
    """What a page says in its language, as far as it is words."""
    separator = "&" if "?" in path else "?"
    page = client.get(f"{path}{separator}lang={language}")
    assert page.status_code == 200
    return {text for text in Reader(page.text).said if len(WORD.findall(text)) > 1}


@pytest.mark.parametrize("kind", ["record", "knowledge", "decision"])
def test_what_is_the_same_in_two_languages_is_marked_as_english(
    client: FlaskClient, kind: str
) -> None:
    """So a text that was forgotten is found: it is nowhere said to be what it is."""
    id = client.post("/v1/decisions", json=PERSONS["clearance_first"]).get_json()["id"]
    client.post(f"/v1/decisions/{id}/feedback", json={"outcome": "overridden", "reason": "other"})
    for path in PAGES[kind]:
        path = path.format(id=id)
        same = spoken(client, path, "de") & spoken(client, path, "en")
        assert (path, same - NAMES) == (path, set())


def test_every_text_of_the_templates_is_found(layout: Layout) -> None:
    sentences = page_sentences(layout)
    for text in ("Skip to the content", "Who", "Yes", "per minute", "Most useful next", "home"):
        assert text in sentences


def test_pages_that_were_kept_are_laid_out_and_speak_as_those_that_were_read(
    service: Service, layout: Layout, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finding every sentence of the templates took half of a second start."""

    def application() -> Flask:
        anew = core_of(service)  # what was read for one service serves all its applications
        parts = Parts(anew, store, Pipeline(anew, store, b"test key"), Settings(), b"form key")
        return create_app(parts, Kept(tmp_path, b"k" * 32))

    read = application().extensions
    monkeypatch.delattr("cds.web.catalogues.load_catalogues")
    kept = application().extensions

    assert read[LAYOUT] == kept[LAYOUT] == layout
    assert read[CATALOGUES] == kept[CATALOGUES]
    assert kept[CATALOGUES]["de"]["New decision"] == "Neue Entscheidung"
