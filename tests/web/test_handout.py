"""The handout over HTTP: a page, a PDF and JSON of what was recorded, in the language asked for."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.store import Store
from cds.errors import AuditError
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.http.words import NOT_KEPT
from cds.model.wording import LANGUAGES
from cds.settings import Settings
from tests.api.conftest import build, client, store
from tests.browser.persons import PERSONS

__all__ = ["build", "client", "store"]

PLAN = PERSONS["proceed_with_limits"]


def decide(client: FlaskClient, body: Any = PLAN) -> str:
    """The path of a recorded decision."""
    return f"/decisions/{client.post('/v1/decisions', json=body).get_json()['id']}"


def test_the_page_of_a_decision_links_to_its_handout(client: FlaskClient) -> None:
    path = decide(client)
    assert f'href="{path}/handout"' in client.get(path).text
    assert client.get(f"{path}/handout").status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_and_links_to_the_others(
    client: FlaskClient, language: str
) -> None:
    path = f"{decide(client)}/handout"
    page = client.get(f"{path}?lang={language}")
    assert f'<html lang="{language}">' in page.text
    for other in LANGUAGES:
        assert f'href="?lang={other}"' in page.text
    assert f'href="{path}.pdf?lang={language}"' in page.text
    assert (page.headers["Content-Language"], page.headers["Vary"]) == (language, "Accept-Language")
    assert "<script" not in page.text
    assert " style=" not in page.text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr,es;q=0.4", "es"), ("fr", "en"), ("", "en")],
)
def test_without_a_choice_the_browser_says_which_language(
    client: FlaskClient, accepted: str, language: str
) -> None:
    page = client.get(f"{decide(client)}/handout", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in page.text


@pytest.mark.parametrize(
    "query", ["?lang=fr", "?lang=", "?lang=es&lang=de", "?language=es", "?paper=letter"]
)
def test_a_wrong_parameter_is_refused_in_words(client: FlaskClient, query: str) -> None:
    path = decide(client)
    page = client.get(f"{path}/handout{query}")
    assert (page.status_code, page.mimetype) == (422, "text/html")
    assert "This did not work" in page.text
    answer = client.get(f"/v1{path}/handout{query}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert "fr" not in answer.get_json()["errors"][0]["detail"].split()


def test_an_unknown_language_is_told_which_ones_there_are(client: FlaskClient) -> None:
    page = client.get(f"{decide(client)}/handout?lang=fr")
    assert "Use one of: en, es, de." in page.text


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_pdf_is_a_pdf(client: FlaskClient, paper: str) -> None:
    path = decide(client)
    answer = client.get(f"{path}/handout.pdf?lang=de&paper={paper}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    name = f"handout-{path.split('/')[-1][:8]}-de.pdf"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{name}"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"{path}/handout.pdf?paper=a5").status_code == 422


@pytest.mark.parametrize("ending", ["", ".pdf"])
def test_what_was_never_decided_has_no_handout(client: FlaskClient, ending: str) -> None:
    assert client.get(f"/decisions/{'0' * 32}/handout{ending}").status_code == 404
    assert client.get("/decisions/..%2f..%2fetc/handout").status_code == 404
    assert client.get(f"/v1/decisions/{'0' * 32}/handout").status_code == 404


def test_the_interface_gives_the_same_as_sections_and_sentences(client: FlaskClient) -> None:
    path = decide(client)
    answer = client.get(f"/v1{path}/handout?lang=es").get_json()
    assert answer["decision"] == path.split("/")[-1]
    assert (answer["language"], answer["clinical_sign_off"]) == ("es", "pending")
    page = client.get(f"{path}/handout?lang=es").text
    for section in answer["sections"]:
        assert section["title"]["text"] in page
    moves = [b for s in answer["sections"] for b in s["blocks"] if b["kind"] == "move"]
    assert moves[0]["name"]["id"] == f"movement.{moves[0]['exercise']}"


def test_the_record_is_read_and_nothing_is_decided_anew(
    core: CoreService, build: Callable[[Any], Flask]
) -> None:
    class DecidesOnce:
        """Fails when it is asked again."""

        def __init__(self) -> None:
            self.asked = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(core, name)

        def decide(self, *arguments: Any) -> Any:
            self.asked += 1
            return core.decide(*arguments)

    service = DecidesOnce()
    client = build(service).test_client()
    path = decide(client)
    for ending in ("", ".pdf"):
        assert client.get(f"{path}/handout{ending}").status_code == 200
    assert service.asked == 1


def test_a_record_that_cannot_be_read_is_said_in_words(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = decide(client)

    def fail(self: Store, id: str) -> None:
        raise AuditError("The record cannot be read.")

    monkeypatch.setattr(Store, "get", fail)
    page = client.get(f"{path}/handout")
    assert (page.status_code, page.mimetype) == (503, "text/html")


def test_what_a_patient_said_is_shown_as_text_where_it_is_kept(
    core: CoreService, store: Store
) -> None:
    said = "<script>alert(1)</script> & walk"
    body = {**PLAN, "preferences": {"goals": [said]}}
    for kept in (True, False):
        pipeline = Pipeline(core, store, b"test key", keep_text=kept)
        client = create_app(Parts(core, store, pipeline, Settings(), b"form key")).test_client()
        page = client.get(f"{decide(client, body)}/handout")
        assert ("&lt;script&gt;alert(1)&lt;/script&gt; &amp; walk" in page.text) == kept
        assert NOT_KEPT not in page.text


def test_the_description_names_the_handout(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    (language,) = [
        p for p in paths["/v1/decisions/{id}/handout"]["get"]["parameters"] if p["name"] == "lang"
    ]
    assert language["schema"]["enum"] == list(LANGUAGES)
