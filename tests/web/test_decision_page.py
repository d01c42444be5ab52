"""A decision answers questions on its page, and is shown in words and with its limits."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.web.reading import readable
from cds.web.result import lead
from tests.api.conftest import build, client, store
from tests.browser.persons import PERSONS
from tests.web.test_pages import token

__all__ = ["build", "client", "store"]


def decide(client: FlaskClient, kind: str) -> str:
    return str(client.post("/v1/decisions", json=PERSONS[kind]).get_json()["id"])


def ask(client: FlaskClient, id: str, question: str, **typed: str) -> Any:
    return client.post(f"/decisions/{id}/{question}", data={"csrf_token": token(client), **typed})


def test_why_not_is_answered_as_the_interface_answers_it(client: FlaskClient) -> None:
    id = decide(client, "proceed")
    told = client.post(f"/v1/decisions/{id}/why-not", json={"of": "hiit"}).get_json()
    page = ask(client, id, "why-not", of="hiit").text
    assert told["summary"] in page
    assert page.count('<li class="finding">') == len(told["in_the_way"])


def test_what_it_takes_is_answered_with_the_steps(client: FlaskClient) -> None:
    page = ask(client, decide(client, "proceed"), "what-if", goal="vigorous")
    assert page.status_code == 200
    assert "It would take" in page.text


def test_another_value_is_supposed_as_the_interface_supposes_it(client: FlaskClient) -> None:
    """What stands in the form unchanged is not supposed, and so keeps its day."""
    id = decide(client, "proceed_with_limits")
    form = client.get(f"/decisions/{id}/what-if").text
    assert 'name="fact.age" value="68"' in " ".join(form.split())
    told = client.post(f"/v1/decisions/{id}/what-if", json={"facts": {"sbp_rest": 205}}).get_json()
    typed = {"fact.age": "68", "fact.sbp_rest": "205", "fact.dbp_rest": ""}
    page = ask(client, id, "what-if", **typed).text
    assert told["facts"] == ["sbp_rest"]
    assert lead(told["summary"], ()) in unescape(page)
    for found in told["difference"]["contraindications"]["new"]:
        assert found["message"] in unescape(page)
    assert client.get(f"/v1/decisions/{id}").get_json()["disposition"] == "proceed_with_limits"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"fact.age": "68"}, "Name at least one fact"),
        ({"fact.sbp_rest": "high"}, "plain number"),
        ({"fact.sbp_rest": "9000"}, "sbp_rest-error"),
    ],
)
def test_a_supposition_that_is_none_comes_back_with_what_is_wrong(
    client: FlaskClient, typed: dict[str, str], said: str
) -> None:
    page = ask(client, decide(client, "proceed_with_limits"), "what-if", **typed)
    assert page.status_code == 422
    assert said in page.text


@pytest.mark.parametrize(("question", "name"), [("why-not", "of"), ("what-if", "goal")])
def test_a_question_about_nothing_known_is_refused_in_words(
    client: FlaskClient, question: str, name: str
) -> None:
    id = decide(client, "proceed")
    hostile = "<script>alert(1)</script>"
    for text in ("", hostile):
        page = ask(client, id, question, **{name: text})
        assert page.status_code == 422
        assert 'role="alert"' in page.text
        assert hostile not in page.text


@pytest.mark.parametrize("question", ["why-not", "what-if", "again"])
def test_a_question_needs_the_token_of_the_form_and_a_decision(
    client: FlaskClient, question: str
) -> None:
    id = decide(client, "proceed")
    given = {"of": "hiit", "goal": "hiit"}
    assert client.post(f"/decisions/{id}/{question}", data=given).status_code == 403
    assert ask(client, "0" * 32, question, **given).status_code == 404


def test_the_reason_of_a_blocked_movement_names_conditions_and_no_ids() -> None:
    names = {"AV_DEEP_KNEE": "deep knee", "knee_oa": "Knee osteoarthritis", "a.b.c-d": "A rule"}
    text = "Avoid deep bending (AV_DEEP_KNEE, knee_oa, a.b.c-d). It hurts (very much)."
    assert readable(text, names) == (
        "Avoid deep bending (Knee osteoarthritis; A rule). It hurts (very much)."
    )
    assert readable("Avoid it (AV_DEEP_KNEE).", names) == "Avoid it ."


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("Emergency: Chest pain. No plan.", "Chest pain. No plan."),
        (
            "May exercise within limits: light. Mind first: No loads.",
            "May exercise within limits: light.",
        ),
        ("May exercise: light, 99 to 113/min.", "May exercise: light, 99 to 113/min."),
        (
            "The record says that this person has died.",
            "The record says that this person has died.",
        ),
    ],
)
def test_the_sentence_at_the_top_says_nothing_twice(summary: str, shown: str) -> None:
    assert lead(summary, [{"message": "No loads."}]) == shown


def test_a_reason_of_an_emergency_stands_once(client: FlaskClient) -> None:
    id = decide(client, "emergency")
    page = client.get(f"/decisions/{id}").text
    decision = client.get(f"/v1/decisions/{id}").get_json()
    worst = decision["contraindications"][0]["message"]
    shown = re.findall(re.escape(worst), page.partition('id="reasons"')[0])
    assert len(shown) == 1


def test_the_rule_behind_a_finding_stands_below_it_with_its_sign_off(client: FlaskClient) -> None:
    page = client.get(f"/decisions/{decide(client, 'proceed_with_limits')}").text
    finding = page.partition('<article class="finding')[2].partition("</article>")[0]
    for part in ("<summary>Why", "clinical sign-off", "version"):
        assert part in finding


def test_a_style_sheet_travels_compressed_and_a_page_with_a_token_does_not(
    client: FlaskClient,
) -> None:
    taken = {"Accept-Encoding": "gzip"}
    sheet = client.get("/assets/cds.css", headers=taken)
    assert sheet.headers["Content-Encoding"] == "gzip"
    with client.get("/assets/cds.css") as plain:
        assert len(sheet.data) < len(plain.data) / 2
    assert "Content-Encoding" not in client.get("/", headers=taken).headers


def test_the_next_questions_are_those_of_the_decision(client: FlaskClient) -> None:
    typed = {"csrf_token": token(client), "fact.age": "68", "ask": "1"}
    page = client.post("/questions", data=typed).text
    decision = client.post("/v1/decisions", json={"facts": {"age": 68}}).get_json()
    first = decision["missing"][:3]
    shown = re.findall(r'<li><a href="#([^"]+)">([^<]+)</a>', page)
    assert [question for _, question in shown] == [asked["question"] for asked in first]
    for place, _ in shown:
        assert f'id="{place}"' in page


def test_asking_what_comes_next_records_nothing(client: FlaskClient) -> None:
    client.post("/questions", data={"csrf_token": token(client), "fact.age": "68", "ask": "1"})
    assert client.post("/v1/decisions", json={}).get_json()["receipt"]["sequence"] == 1


def test_the_search_words_hold_synonyms_and_codes(client: FlaskClient) -> None:
    words = client.get("/terms").get_json()
    assert "heart attack" in words["conditions"]["myocardial_infarction"]
    assert any(word.startswith("i21") for word in words["conditions"]["myocardial_infarction"])
    assert "metoprolol" in words["medications"]["beta_blocker"]
