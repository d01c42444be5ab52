"""The form decides as the interface does, loses nothing on an error, and trusts nobody."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.pages import loaded_by
from cds.audit.store import Store
from cds.errors import AuditError
from cds.http.core import CoreService
from cds.web.reading import own_sources
from tests.api.conftest import build, client, store

__all__ = ["build", "client", "store"]

MOST_BYTES = 300_000
FILLED: dict[str, Any] = {
    "fact.age": "68",
    "fact.sex": "female",
    "fact.weight": "154",
    "unit.weight": "[lb_av]",
    "fact.sbp_rest": "138",
    "fact.dbp_rest": "80",
    "at.today": "2026-11-22",
    "fact.sx_dyspnea": "false",
    "fact.sx_palpitations": "",
    "conditions": ["osteoporosis"],
    "conditions_reviewed": "1",
    "medications_text": "Metoprolol succinate 50 mg\nZebulon drops",
    "procedures": ["cabg"],
    "procedure_at.cabg": "2026-08-01",
    "modalities": ["hiit"],
    "goals": "climb stairs",
}


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert found is not None
    return found.group(1)


def submit(client: FlaskClient, **changes: Any) -> Any:
    return client.post("/", data={**FILLED, "csrf_token": token(client), **changes})


def test_the_form_asks_what_its_layout_lists_in_three_states(client: FlaskClient) -> None:
    page = client.get("/").text
    for value in ("true", "false", ""):
        assert f'name="fact.sx_dyspnea" value="{value}"' in page
    assert 'name="fact.sx_dyspnea" value="" checked' in page
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/assets/form.js" defer>']


def test_the_first_page_weighs_little_and_asks_no_other_host(client: FlaskClient) -> None:
    """As sent to a browser: what is compressed counts so."""
    page = client.get("/")
    assets = loaded_by(page.text)
    assert [asset for asset in assets if not asset.startswith(("/assets/", "/bootstrap/"))] == []
    taken = {"Accept-Encoding": "gzip"}
    sent = [client.get(asset, headers=taken).data for asset in assets]
    assert len(sent) == 3
    assert 10_000 < sum(map(len, [page.data, *sent])) < MOST_BYTES


def test_submitting_redirects_to_the_decision_with_its_reasons(client: FlaskClient) -> None:
    answer = submit(client)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    for part in ("Please note", "awaits sign-off", "What to ask next", "Why", "version"):
        assert part in page.text


def test_a_second_click_is_the_same_request_and_another_answer_is_not(client: FlaskClient) -> None:
    sent = {**FILLED, "csrf_token": token(client)}
    first, again = (client.post("/", data=sent).headers["Location"] for _ in range(2))
    changed = client.post("/", data={**sent, "fact.age": "69"}).headers["Location"]
    assert first == again != changed


def test_the_form_and_the_interface_decide_alike(client: FlaskClient) -> None:
    body = {
        "evaluation_date": "2026-11-22",
        "facts": {
            "age": 68,
            "sex": "female",
            "weight": {"value": 154, "unit": "[lb_av]"},
            "sbp_rest": {"value": 138, "at": "2026-11-22"},
            "dbp_rest": {"value": 80, "at": "2026-11-22"},
            "sx_dyspnea": False,
        },
        "conditions": ["osteoporosis"],
        "conditions_reviewed": True,
        "medications": [{"display": "Metoprolol succinate 50 mg"}, {"display": "Zebulon drops"}],
        "procedures": [{"code": "cabg", "at": "2026-08-01"}],
        "request": {"modalities": ["hiit"]},
        "preferences": {"goals": ["climb stairs"]},
    }
    own = ("id", "created", "receipt")
    typed = client.get("/v1" + submit(client).headers["Location"]).get_json()
    sent = client.get(client.post("/v1/decisions", json=body).headers["Location"]).get_json()
    assert {k: v for k, v in typed.items() if k not in own} == {
        k: v for k, v in sent.items() if k not in own
    }


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"fact.age": "seventy"}, "fact.age"),
        ({"fact.age": "7e1"}, "fact.age"),
        ({"fact.age": "700"}, "fact.age"),
        ({"fact.temperature": "98.6"}, "fact.temperature"),
        ({"fact.temperature": "36,6"}, "fact.temperature"),
        ({"unit.weight": "cm"}, "fact.weight"),
        ({"fact.dbp_rest": "150"}, "fact.dbp_rest"),
        ({"fact.sx_dyspnea": "perhaps"}, "fact.sx_dyspnea"),
        ({"fact.sex": "x"}, "fact.sex"),
        ({"at.today": "2027-11-22"}, "at.today"),
        ({"conditions": ["osteoporosis", "nothing"]}, "conditions"),
        ({"procedures": ["nothing"]}, "procedures"),
        ({"modalities": ["nothing"]}, "request"),
        ({"evaluation_date": "22.11.2026"}, "evaluation_date"),
    ],
)
def test_an_error_is_shown_at_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, changes: dict[str, Any], anchor: str
) -> None:
    answer = submit(client, **changes)
    assert answer.status_code == 422
    assert f'<a href="#{anchor}">' in answer.text
    assert f'id="{anchor}"' in answer.text
    for kept in ("Zebulon drops", 'value="154"', 'value="osteoporosis" checked', "climb stairs"):
        assert kept in answer.text


def test_a_hostile_text_is_shown_as_text(client: FlaskClient) -> None:
    hostile = "<script>alert(1)</script>"
    shown = submit(client, **{"fact.age": hostile, "goals": "</textarea>" + hostile})
    decided = client.get(submit(client, medications_text=hostile).headers["Location"])
    for page in (shown.text, decided.text):
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


def test_a_post_without_the_forms_token_decides_nothing_and_keeps_what_was_typed(
    client: FlaskClient, store: Store
) -> None:
    answer = client.post("/", data=FILLED)
    assert answer.status_code == 403
    assert "Zebulon drops" in answer.text
    assert store.verify() is None
    assert [entry.kind for entry in store.entries()] == ["refusal"]


def test_a_record_that_fails_keeps_what_was_typed(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise AuditError("The record could not be committed.")

    monkeypatch.setattr(store, "append", refuse)
    answer = submit(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Zebulon drops" in answer.text


def test_the_cookie_is_strict_and_the_page_not_stored(client: FlaskClient) -> None:
    answer = client.get("/")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/decisions/nothing", "/decisions/" + "0" * 32])
def test_a_decision_that_is_not_there_is_said_in_words(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is nothing here" in answer.text


def test_the_pages_load_only_from_here(client: FlaskClient) -> None:
    page = client.get("/").text
    found = re.findall(r'(?:href|src)="([^"#]+)"', page)
    addresses = [address for address in found if address != "data:,"]
    assert addresses
    assert [a for a in addresses if not a.startswith("/")] == []
    for address in addresses:
        with client.get(address) as answer:
            assert (address, answer.status_code) == (address, 200)


def test_every_input_has_a_label(client: FlaskClient) -> None:
    page = client.get("/").text
    labelled = set(re.findall(r'<label for="([^"]+)"', page))
    labelled |= set(re.findall(r'<label class="[^"]*" for="([^"]+)"', page))
    shown = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page)
    bare = [
        tag
        for tag in shown
        if not re.search(r'type="(?:hidden|radio|checkbox)"|aria-label=', tag)
        and not set(re.findall(r' id="([^"]+)"', tag)) & labelled
    ]
    assert bare == []


def test_a_side_of_a_disagreement_is_written_once_unless_a_rule_says_more() -> None:
    """The positions are listed by themselves; a rule's own words on them are not lost."""
    side = {"source": "ADA", "means": "From 250 mg/dL test ketones."}
    derived = "ADA: From 250 mg/dL test ketones."
    conflict = {"positions": [side], "sources": [derived, "ADA 2016: mild to moderate"]}
    assert own_sources(conflict) == ["ADA 2016: mild to moderate"]
    assert own_sources({**conflict, "positions": []}) == conflict["sources"]


def test_a_prerequisite_of_intervals_is_met_and_does_not_apply(client: FlaskClient) -> None:
    page = client.get(submit(client).headers["Location"]).text
    reasons = re.findall(r'<span class="tag">([^<]+)</span></summary>\s*<p id="why-([^"]+)"', page)
    told = {state for state, id_ in reasons if id_.startswith("hiit.prerequisites.")}
    others = {state for state, id_ in reasons if not id_.startswith("hiit.prerequisites.")}
    assert "met" in told
    assert told <= {"met", "not met", "cannot be told yet"}
    assert others <= {"applies", "does not apply", "cannot be told yet"}


def test_the_form_is_built_around_any_service(
    core: CoreService, build: Callable[[Any], Flask]
) -> None:
    assert build(core).test_client().get("/").status_code == 200
