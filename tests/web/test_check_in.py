"""A check-in is asked, answered as the interface answers it, and its course is drawn."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.feedback.events import decision_of
from cds.http.check_ins import CheckIn, check_ins_of
from cds.web.course import course_of
from tests.api.conftest import build, client, store
from tests.follow_up.checking_in import WELL
from tests.web.test_decision_page import decide
from tests.web.test_pages import token

__all__ = ["build", "client", "store"]


def told(**changes: Any) -> dict[str, str]:
    """The form of a check-in at which all is well, but for these facts; None leaves one open."""
    facts = {name: value for name, value in {**WELL, **changes}.items() if value is not None}
    return {f"fact.{name}": str(value).lower() for name, value in facts.items()}


def check_in(client: FlaskClient, decision: str, form: dict[str, str]) -> Any:
    filled = {"csrf_token": token(client), "evaluation_date": "2026-11-22", **form}
    return client.post(f"/decisions/{decision}/check-in", data=filled)


def names_of(page: str) -> set[str]:
    return set(re.findall(r'name="fact\.(\w+)"', page))


def test_the_form_is_linked_and_asks_in_three_states(client: FlaskClient) -> None:
    id = decide(client, "proceed")
    assert f'href="/decisions/{id}/check-in"' in client.get(f"/decisions/{id}").text
    page = client.get(f"/decisions/{id}/check-in").text
    assert set(WELL) - names_of(page) == set()
    for value in ("true", "false", ""):
        assert f'name="fact.red_flag" value="{value}"' in page
    assert 'name="fact.red_flag" value="" checked' in page


def test_a_second_click_is_the_same_check_in_and_that_of_another_decision_is_not(
    client: FlaskClient,
) -> None:
    one, other = decide(client, "proceed"), decide(client, "proceed")
    filled = {"csrf_token": token(client), "evaluation_date": "2026-11-22", **told()}
    places = [
        client.post(f"/decisions/{id}/check-in", data=filled).headers["Location"]
        for id in (one, one, other)
    ]
    assert places[0] == places[1] != places[2]


def test_a_stopped_decision_has_no_plan_to_check_in_about(client: FlaskClient) -> None:
    id = decide(client, "emergency")
    assert "/check-in" not in client.get(f"/decisions/{id}").text


def test_the_page_answers_as_the_interface_does_and_is_recorded(client: FlaskClient) -> None:
    id = decide(client, "proceed")
    form = told(reps_over_target=2, trained_modality="resistance")
    answer = check_in(client, id, form)
    assert answer.status_code == 303
    follow_up = answer.headers["Location"].removeprefix("/follow-ups/")
    recorded = client.get(f"/v1/follow-ups/{follow_up}").get_json()
    facts = {**WELL, "reps_over_target": 2, "trained_modality": "resistance"}
    body = {"decision": id, "evaluation_date": "2026-11-22", "facts": facts}
    direct = client.post("/v1/follow-ups", json=body).get_json()
    for member in ("row", "action", "direction", "dose", "missing", "explanations"):
        assert recorded[member] == direct[member]
    assert recorded["direction"] == "progress"


def test_the_answer_says_first_what_and_then_the_numbers_and_why(client: FlaskClient) -> None:
    id = decide(client, "proceed")
    form = told(pain_during=7, delta24=3)
    page = client.get(check_in(client, id, form).headers["Location"]).text
    parts = ("<h1>Lower the dose</h1>", "The next dose</h2>", "Why this answer</h2>", 'id="course"')
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "The clinical content awaits sign-off by a clinician." in page
    rows = re.findall(r"<td>([\d. to]+)</td>\s*<td><strong>([\d. to]+)</strong>", page)
    assert rows
    for before, after in rows:
        assert float(after.split()[0]) < float(before.split()[0])


def test_what_stops_training_shows_no_dose(client: FlaskClient) -> None:
    id = decide(client, "proceed")
    page = client.get(check_in(client, id, told(red_flag=True)).headers["Location"]).text
    assert "<h1>Stop and refer</h1>" in page
    assert "No dose: nothing is done until this is cleared up." in page
    assert "The next dose beside the present one" not in page


def test_what_was_left_open_holds_the_dose_and_is_asked(client: FlaskClient) -> None:
    page = client.get(check_in(client, decide(client, "proceed"), {}).headers["Location"]).text
    assert "<h1>Hold the dose</h1>" in page
    assert "Needed for an answer" in page
    assert "How strong is the pain during exercise, from 0 to 10?" in page


def test_a_check_in_is_completed_from_what_it_told(client: FlaskClient) -> None:
    facts = {"age": 50, "pain_rest": 2, "pain_during": 9, "on_insulin": False, "glucose": 6}
    id = client.post("/v1/decisions", json={"facts": facts}).get_json()["id"]
    page = client.get(check_in(client, id, told(delta24=None)).headers["Location"]).text
    (link,) = re.findall(r'href="(/decisions/\w+/check-in\?from=\w+)"', page)
    filled = client.get(link).text
    given = dict(re.findall(r'name="fact\.(\w+)" value="([^"]+)"\s+inputmode', filled))
    assert given["pain_during"] == "1"
    assert given.keys() & {"delta24", "glucose"} == set()
    assert 'name="fact.mood" value="good" id="fact.mood" checked' in filled
    assert (
        "checked"
        not in client.get(link.replace("from=", "from=0"))
        .text.partition('name="fact.mood" value="good"')[2]
        .partition("<label")[0]
    )


def test_an_error_keeps_what_was_typed_and_stands_at_its_field(client: FlaskClient) -> None:
    id = decide(client, "proceed")
    page = check_in(client, id, told(pain_during="a lot", delta24=-1, red_flag=True))
    assert page.status_code == 422
    assert 'id="fact.pain_during-error"' in page.text
    assert 'value="a lot"' in page.text
    assert 'name="fact.delta24" value="-1"' in page.text
    assert 'name="fact.red_flag" value="true" id="fact.red_flag" checked' in page.text


def test_a_day_before_the_decision_is_refused_at_the_day(client: FlaskClient) -> None:
    id = decide(client, "insufficient_data")
    page = check_in(client, id, {"evaluation_date": "2026-11-01"})
    assert page.status_code == 422
    assert 'id="evaluation_date-error"' in page.text


def test_another_language_keeps_what_was_typed_and_decides_nothing(
    client: FlaskClient, store: Store
) -> None:
    id = decide(client, "proceed")
    page = check_in(client, id, {**told(pain_during=3), "lang": "de"})
    assert page.status_code == 200
    assert "Tag der Verlaufskontrolle" in page.text
    assert 'name="fact.pain_during" value="3"' in page.text
    entry = decision_of(store, id)
    assert entry is not None
    assert check_ins_of(store, entry) == ()


def test_a_check_in_needs_the_token_and_a_decision(client: FlaskClient) -> None:
    id = decide(client, "proceed")
    page = client.post(f"/decisions/{id}/check-in", data=told(pain_during=3))
    assert page.status_code == 403
    assert 'name="fact.pain_during" value="3"' in page.text
    assert client.get(f"/decisions/{'0' * 32}/check-in").status_code == 404
    assert check_in(client, "0" * 32, told()).status_code == 404
    assert client.get(f"/follow-ups/{id}").status_code == 404


@pytest.mark.parametrize(("pregnant", "asked"), [(True, True), (False, False)])
def test_what_concerns_this_person_is_asked_openly(
    client: FlaskClient, pregnant: bool, asked: bool
) -> None:
    facts = {"age": 30, "sex": "female", "pregnant": pregnant}
    id = client.post("/v1/decisions", json={"facts": facts}).get_json()["id"]
    section = client.get(f"/decisions/{id}/check-in").text.partition('id="signs"')[2]
    openly = section.partition("</fieldset>\n  <fieldset")[0].partition("<details")[0]
    assert ('name="fact.ruptured_membranes"' in openly) is asked


def test_the_course_holds_the_check_ins_of_this_decision_in_order(
    client: FlaskClient, store: Store
) -> None:
    id, other = decide(client, "proceed"), decide(client, "proceed")
    for decision, pain in ((id, 4), (id, None), (other, 9), (id, 1)):
        check_in(client, decision, told(pain_during=pain))
    entry = decision_of(store, id)
    assert entry is not None
    course = course_of(check_ins_of(store, entry))
    assert course.told["pain_during"] == (4, None, 1)
    assert [one.day for one in course.check_ins] == ["2026-11-22"] * 3
    assert [one.id for one in check_ins_of(store, entry, most=1)] == [course.check_ins[-1].id]
    page = client.get(f"/decisions/{id}").text
    assert "Course (3)" in page
    assert page.count('<a href="/follow-ups/') == 3


def check_in_of(day: str, dose: dict[str, Any], **facts: float) -> CheckIn:
    listed = [{"name": name, "value": value} for name, value in facts.items()]
    return CheckIn(day, day, {"facts": listed}, {"dose": dose})


def test_a_line_breaks_where_nothing_was_told_and_fits_its_axis() -> None:
    none: dict[str, Any] = {"exercise": False, "plan": [], "changes": []}
    course = course_of(
        [
            check_in_of("2026-11-01", none, delta24=-1, pain_during=2),
            check_in_of("2026-11-08", none, pain_during=3),
            check_in_of("2026-11-15", none, delta24=2, adherence_14d=120),
        ]
    )
    load, pain, adherence = course.charts
    assert [chart.kind for chart in course.charts] == ["load", "pain", "adherence"]
    assert [number for number, _ in pain.numbers] == [-2, 0, 2, 4, 6, 8, 10]
    assert [number for number, _ in adherence.numbers] == [0, 25, 50, 75, 100, 125]
    during, change = pain.lines
    assert [len(stroke) for stroke in during.strokes] == [2]
    assert [len(stroke) for stroke in change.strokes] == [1, 1]
    assert during.strokes[0][1].y < during.strokes[0][0].y
    assert load.lines[0].values == (0, 0, 0)


def change(attribute: str, low: float, unit: str = "%") -> list[dict[str, Any]]:
    return [{"attribute": attribute, "change": [low, low + 3], "unit": unit}]


@pytest.mark.parametrize(
    ("numbers", "changes", "share"),
    [
        ([((5, 10), (2, 5))], change("volume", -50), 50),
        ([((20, 40), (20, 40))], change("load", 2), 102),
        ([((20, 30), (25, 30)), ((3, 3), (3, 3))], change("session_minutes", 5, "min"), 125),
        ([((40, 60), (44, 60))], change("hrr_percent", 5), 110),
        ([((20, 30), (20, 30))], [], 100),
        ([((0, 30), (0, 20))], [], None),
        ([], [], None),
    ],
)
def test_the_dose_is_drawn_as_a_share_of_the_plan(
    numbers: Any, changes: Any, share: float | None
) -> None:
    plan = [{"before": before, "after": after} for before, after in numbers]
    dose = {"exercise": True, "plan": plan, "changes": changes}
    course = course_of([check_in_of("2026-11-01", dose)])
    assert course.told.get("dose_share") == (None if share is None else (share,))
