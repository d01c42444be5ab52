"""Whoever is decided about is found nowhere: not in the record, sealed or open, not in a log."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.api import create_app
from cds.audit.erasure import About, Actor, erase
from cds.audit.export import deidentified
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.parts import Parts
from cds.http.pipeline import Pipeline
from cds.http.words import NOT_KEPT
from cds.model.decision import as_json
from cds.schemas.decision_request import read_decision_request
from cds.secret import pseudonym
from cds.settings import Settings
from tests.api.conftest import NOW
from tests.api.test_decisions import BODY
from tests.fhir.records import LOINC, SNOMED, coded, condition, medication, patient, quantity
from tests.web.test_pages import submit

# The eighteen of 45 CFR 164.514(b)(2)(i), each as something that no other text holds.
PLANTED = {
    "name": "Quagmirella Zebulonsdottir",
    "place": "17 Nowhere Crescent, Xanadu-on-Sea",
    "date": "1961-05-20",
    "telephone": "+1-555-0142-77",
    "fax": "+1-555-0142-78",
    "mail": "quagmirella@zebulon.example",
    "social security": "078-05-1120",
    "medical record": "MRN-99817263",
    "health plan": "PLAN-44556677",
    "account": "ACCT-11223344",
    "licence": "LIC-ZX-9081",
    "vehicle": "VIN-1M8GDM9AXKP042788",
    "device": "DEV-SN-5550199",
    "address on the web": "https://zebulon.example/~quagmirella",
    "internet address": "203.0.113.77",
    "biometric": "FINGERPRINT-7f3a9c",
    "photograph": "cGhvdG9ncmFwaC1vZi1RdWFnbWlyZWxsYQ",
    "other number": "TRIAL-ARM-000331",
}
ALL = "; ".join(PLANTED.values())


def body() -> dict[str, Any]:
    """A request with everything in every place where a text fits."""
    return {
        "evaluation_date": "2026-11-22",
        "subject": {"id": PLANTED["medical record"]},
        "facts": {
            "age": {"value": 65, "source": PLANTED["name"]},
            "sex": "female",
            "sx_dyspnea": {"value": False, "source": PLANTED["mail"]},
        },
        "conditions": [
            {"id": "osteoporosis", "source": PLANTED["telephone"]},
            {"display": ALL[:200], "source": PLANTED["other number"]},
            {"system": PLANTED["place"], "code": PLANTED["vehicle"], "display": PLANTED["fax"]},
        ],
        "medications": [{"display": f"metoprolol for {PLANTED['name']}"}, {"display": ALL[:200]}],
        "procedures": [{"code": "cabg", "source": PLANTED["account"], "at": "2026-08-01"}],
        "preferences": {
            "goals": [ALL[:500], f"visit {PLANTED['place']}"],
            "likes": [PLANTED["name"], "swimming"],
            "equipment": [PLANTED["device"], "band"],
        },
    }


def bundle() -> dict[str, Any]:
    """The same as an EHR sends it."""
    person = patient(
        name=[{"text": PLANTED["name"]}],
        telecom=[{"value": PLANTED[each]} for each in ("telephone", "fax", "mail")],
        address=[{"text": PLANTED["place"]}],
        identifier=[{"system": "urn:x", "value": value} for value in PLANTED.values()],
        photo=[{"data": PLANTED["photograph"], "url": PLANTED["address on the web"]}],
        text={"status": "generated", "div": f"<div>{ALL}</div>"},
    )
    note = {"note": [{"text": ALL}]}
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-11-20",
        "code": coded(LOINC, "8867-4", PLANTED["name"]),
        "valueQuantity": quantity(70),
        **note,
    }
    resources = [
        person,
        condition(coded(SNOMED, "64859006", PLANTED["name"]), **note),
        condition({"text": ALL}, id="c2"),
        medication({"text": f"odd drops of {PLANTED['name']}"}, **note),
        observation,
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }


def everything(folder: Path, store: Store) -> str:
    """All bytes on the disk, and every body without its seal."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    bodies = [store.text_of(entry) for entry in store.entries()]
    return "\n".join([*(file.decode("latin-1") for file in files), *bodies])


def own_goals(decision: dict[str, Any]) -> list[str]:
    """The goals in the person's words."""
    return [goal["text"] for goal in decision["goals"] if goal["kind"] == "own"]


def found_in(text: str) -> list[str]:
    """What of the planted can be read there."""
    return [kind for kind, value in PLANTED.items() if value in text]


def test_a_planted_person_is_found_nowhere(
    client: FlaskClient, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [
        client.post("/v1/decisions", json=body()),
        client.post("/v1/fhir/decisions?evaluation_date=2026-11-22", json=bundle()),
        submit(client, medications_text=ALL[:200], goals=ALL[:500]),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 303]
    decision = answers[0].get_json()["id"]
    check_in = {
        "evaluation_date": "2026-11-23",
        "decision": decision,
        **{name: body()[name] for name in ("subject", "conditions", "medications")},
        "facts": {"pain_during": 2},
    }
    told = client.post("/v1/follow-ups", json=check_in)
    assert told.status_code in (201, 422)
    assert len(list(store.entries())) >= 3
    assert found_in(everything(tmp_path, store)) == []
    exports = [*deidentified(store), client.get("/v1/audit/events").text]
    assert found_in("".join(exports)) == []
    logged = capsys.readouterr()
    assert found_in(logged.out + logged.err) == []
    back = client.get(f"/v1/decisions/{decision}").text
    assert (found_in(back), NOT_KEPT in back) == ([], True)


def test_a_refusal_tells_nothing_of_what_was_sent(
    client: FlaskClient, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty = {**body(), "facts": {PLANTED["name"]: PLANTED["mail"], "age": PLANTED["date"]}}
    for sent in (faulty, {**faulty, "conditions": [PLANTED["name"]]}):
        answer = client.post("/v1/decisions", json=sent)
        assert answer.status_code == 422
        told = answer.get_json()
        said = [told["detail"], *(error["detail"] for error in told["errors"])]
        assert found_in(" ".join(said)) == []
    logged = capsys.readouterr()
    assert found_in(logged.out + logged.err + everything(tmp_path, store)) == []


def test_words_are_in_the_answer_and_decide_nothing(client: FlaskClient, core: CoreService) -> None:
    """The decision with marks is the decision; whoever asked gets back what they wrote."""
    answer = client.post("/v1/decisions", json=body())
    told = answer.get_json()
    assert own_goals(told) == body()["preferences"]["goals"]
    assert [entry["text"] for entry in told["unmapped"]].count(ALL[:200]) == 2
    again = client.get(answer.headers["Location"]).get_json()
    assert own_goals(again) == [NOT_KEPT, NOT_KEPT]
    asked = read_decision_request(body(), core.terms, NOW.date())
    direct = as_json(core.decide(asked.intake, asked.evaluation_date))
    del direct["subject"]
    assert {name: told[name] for name in direct} == direct


@pytest.mark.parametrize(
    "goal",
    ["climb stairs", "Climb the stairs to my flat", "walk 5 km with Ann", "feel better", "golf"],
)
def test_what_is_understood_of_a_goal_counts_as_before(
    client: FlaskClient, core: CoreService, goal: str
) -> None:
    """The mark holds the words of our lists, and that there was a number."""
    wishes = {**BODY, "preferences": {"goals": [goal]}}
    told = client.post("/v1/decisions", json=wishes).get_json()
    asked = read_decision_request(wishes, core.terms, NOW.date())
    direct = as_json(core.decide(asked.intake, asked.evaluation_date))
    assert told["goals"] == direct["goals"]


def test_the_same_key_gives_the_same_words_again(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "words"}
    first = client.post("/v1/decisions", json=body(), headers=headers)
    assert client.post("/v1/decisions", json=body(), headers=headers).data == first.data


def test_a_text_that_looks_like_a_mark_is_a_text(client: FlaskClient) -> None:
    wishes = {"goals": ["⟦w1⟧", "first", "⟦w0 walk⟧", NOT_KEPT]}
    told = client.post("/v1/decisions", json={**body(), "preferences": wishes}).get_json()
    assert own_goals(told) == wishes["goals"]


def test_a_wish_that_is_understood_stays_and_counts(client: FlaskClient, store: Store) -> None:
    id = client.post("/v1/decisions", json=body()).get_json()["id"]
    entry = store.get(id)
    assert entry is not None
    wishes = json.loads(store.text_of(entry))["input"]["preferences"]
    assert (wishes["likes"][1], wishes["equipment"][1]) == ("swimming", "band")


def test_the_page_shows_what_was_typed_from_the_browser_that_typed_it(
    build: Callable[[Any], Flask], core: CoreService
) -> None:
    application = build(core)
    own, other = application.test_client(), application.test_client()
    where = submit(own, medications_text="Zebulon drops").headers["Location"]
    assert "Zebulon drops" in own.get(where).text
    seen = other.get(where).text
    assert ("Zebulon drops" in seen, "the record does not keep them" in seen) == (False, True)


def test_a_site_can_keep_texts_sealed(core: CoreService, store: Store, tmp_path: Path) -> None:
    pipeline = Pipeline(core, store, b"test key", keep_text=True)
    parts = Parts(core, store, pipeline, Settings(), b"form key", clock=lambda: NOW)
    client = create_app(parts).test_client()
    answer = client.post("/v1/decisions", json=body())
    assert client.get(answer.headers["Location"]).data == answer.data
    files = "".join(p.read_bytes().decode("latin-1") for p in tmp_path.rglob("*") if p.is_file())
    assert found_in(files) == []


@pytest.mark.parametrize("subject", [{"id": "somebody"}, None])
def test_a_check_in_is_erased_with_the_decision_that_it_goes_on_from(
    client: FlaskClient, store: Store, subject: dict[str, str] | None
) -> None:
    """It holds what the decision held, also when the check-in names nobody."""
    asked = (
        {**body(), "subject": subject}
        if subject
        else {name: value for name, value in body().items() if name != "subject"}
    )
    id = client.post("/v1/decisions", json=asked).get_json()["id"]
    check_in = {"decision": id, "facts": {"pain_during": 1}, "evaluation_date": "2026-11-23"}
    told = client.post("/v1/follow-ups", json=check_in)
    assert told.status_code == 201
    assert erase(store, About(record_id=id), Actor("tester", NOW)) == 1
    assert client.get(told.headers["Location"]).status_code == 410
    assert store.verify() is None


def test_an_erased_decision_is_gone_and_says_so(client: FlaskClient, store: Store) -> None:
    headers = {"Idempotency-Key": "erased"}
    id = client.post("/v1/decisions", json=body(), headers=headers).get_json()["id"]
    subject = pseudonym(b"test key", PLANTED["medical record"])
    assert erase(store, About(subject=subject), Actor("tester", NOW)) == 1
    check_in = {"decision": id, "facts": {}, "evaluation_date": "2026-11-23"}
    for answer in (
        client.get(f"/v1/decisions/{id}"),
        client.post("/v1/decisions", json=body(), headers=headers),
        client.post("/v1/follow-ups", json=check_in),
    ):
        assert (answer.status_code, answer.mimetype) == (410, "application/problem+json")
        assert answer.get_json()["type"] == "urn:exercise-cds:problem:erased"
    page = client.get(f"/decisions/{id}")
    assert (page.status_code, "were erased" in page.text) == (410, True)
    assert store.verify() is None
