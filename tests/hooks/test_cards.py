"""Cards: few, honest, the most important first, safe to show, the same for the same decision."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds.audit.store import Store
from cds.hook_settings import HookSettings
from cds.hooks.markdown import escape, one_line, shorten
from cds.http.core import CoreService
from tests.fhir.records import observation, patient, quantity
from tests.hooks.calls import (
    ANSWERS,
    BETA_BLOCKER,
    CORONARY,
    DISCHARGE,
    HEALTHY_ANSWERS,
    HIGH_PRESSURE,
    LOW_SATURATION,
    SELECT,
    SIGN,
    VIEW,
    body,
    cards,
    order,
    places,
    post,
    prefetch,
    searchset,
    topics,
    with_orders,
)
from tests.hooks.conftest import Build

ANSWERED = {ANSWERS: HEALTHY_ANSWERS}
EMERGENCY = {"facts": {"sx_ischemic_pain": True, "sx_acute": True}}
Answered = Callable[[str], list[dict[str, Any]]]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Calls whose answers hold every kind of card.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "hold": (VIEW, {"prefetch": prefetch(observations=searchset(HIGH_PRESSURE))}),
    "low saturation": (VIEW, {"prefetch": prefetch(observations=searchset(LOW_SATURATION))}),
    "questions": (VIEW, {"prefetch": prefetch(conditions=searchset(CORONARY))}),
    "plan": (VIEW, {"extension": ANSWERED}),
    "limits": (
        VIEW,
        {
            "prefetch": prefetch(
                conditions=searchset(CORONARY), medications=searchset(BETA_BLOCKER)
            ),
            "extension": ANSWERED,
        },
    ),
    "discharge": (DISCHARGE, {"prefetch": prefetch(conditions=searchset(CORONARY))}),
    "incomplete": (VIEW, {"prefetch": prefetch(devices=[])}),
    "sign": (SIGN, {"extension": ANSWERED}),
    "sign under hold": (SIGN, {"prefetch": prefetch(observations=searchset(HIGH_PRESSURE))}),
    "select": (SELECT, {"extension": ANSWERED}),
}


def _call(name: str) -> tuple[str, dict[str, Any]]:
    service, more = CALLS[name]
    if service in (SIGN, SELECT):
        return service, with_orders(service, order("HIIT and rowing"), **more)
    return service, body(service, **more)


@pytest.fixture(scope="module")
def answered(client: FlaskClient) -> Answered:
    """The cards of each call, asked for once."""
    return cache(lambda name: cards(client, *_call(name)))


def _values(value: Any) -> Iterator[Any]:
    yield value
    inner = value.values() if isinstance(value, dict) else value
    for item in inner if isinstance(value, (dict, list)) else ():
        yield from _values(item)


@pytest.mark.parametrize("name", CALLS)
def test_every_card_has_what_the_standard_demands(answered: Answered, name: str) -> None:
    found = answered(name)
    assert 1 <= len(found) <= 4
    for card in found:
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert _UUID.fullmatch(card["uuid"])
        assert card["source"]["label"]
        assert card["source"]["topic"]["code"]
        assert all(r.keys() == {"code", "system", "display"} for r in card["overrideReasons"])
        assert card.get("selectionBehavior") == ("any" if "suggestions" in card else None)
        for suggestion in card.get("suggestions", ()):
            assert _UUID.fullmatch(suggestion["uuid"])
            assert suggestion["label"]
            assert "actionSelectionBehavior" not in suggestion
        assert [value for value in _values(card) if value in (None, "", [], {})] == []


@pytest.mark.parametrize("name", CALLS)
def test_ids_are_of_one_thing_each(answered: Answered, name: str) -> None:
    found = answered(name)
    ids = [card["uuid"] for card in found]
    ids += [s["uuid"] for card in found for s in card.get("suggestions", ())]
    assert len({*ids}) == len(ids)


@pytest.mark.parametrize("name", CALLS)
def test_nothing_is_done_without_a_person(client: FlaskClient, name: str) -> None:
    """No system actions; what may be taken over is a draft about this patient."""
    service, call = _call(name)
    answer = post(client, service, call).get_json()
    assert answer.keys() == {"cards"}
    actions = [
        action
        for card in answer["cards"]
        for suggestion in card.get("suggestions", ())
        for action in suggestion["actions"]
    ]
    for action in actions:
        assert action["type"] in ("create", "delete")
        assert action["description"]
        if action["type"] == "delete":
            assert action["resourceId"] == "ServiceRequest/draft"
            continue
        resource = action["resource"]
        state = resource.get("status") or resource["lifecycleStatus"]
        assert state in ("draft", "proposed")
        assert resource["subject"] == {"reference": "Patient/p"}


def test_calls_at_once_are_about_their_own_patients(client: FlaskClient) -> None:
    """CH-C12: no id of another patient in any answer, whoever else is asked about meanwhile."""

    def ask(number: int) -> tuple[str, set[str]]:
        call, mine = body(VIEW, extension=ANSWERED), f"person-{number:03}"
        call["prefetch"]["patient"]["id"] = call["context"]["patientId"] = mine
        answer = post(client.application.test_client(), VIEW, call)
        return mine, set(re.findall(r"person-\d{3}", answer.get_data(as_text=True)))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(24)))
    assert [(mine, named) for mine, named in answers if named != {mine}] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hold", ["hold_today", "urgent_referral"]),
        ("questions", ["questions"]),
        ("plan", ["plan"]),
        ("limits", ["plan"]),
        ("discharge", ["rehabilitation"]),
        ("incomplete", ["incomplete"]),
        ("sign", ["order_conflict"]),
        ("sign under hold", ["order_conflict"]),
        ("select", ["order_conflict", "plan"]),
    ],
)
def test_the_most_important_card_comes_first(
    answered: Answered, name: str, expected: list[str]
) -> None:
    assert topics(answered(name)) == expected


def test_an_emergency_is_critical_and_offers_no_exercise(client: FlaskClient) -> None:
    call = with_orders(SIGN, order("walking"), extension={ANSWERS: EMERGENCY})
    found = cards(client, SIGN, call)
    assert topics(found) == ["emergency", "order_conflict"]
    assert {card["indicator"] for card in found} == {"critical"}
    assert [s["label"] for c in found for s in c.get("suggestions", ())] == [
        "Remove the drafted order"
    ]


def test_a_person_of_whom_nothing_is_known_gives_no_card(client: FlaskClient) -> None:
    assert cards(client, VIEW, body(VIEW)) == []


def test_nobody_is_advised_to_exercise_after_death(client: FlaskClient) -> None:
    sent = prefetch(patient=patient(deceasedBoolean=True))
    assert cards(client, VIEW, body(VIEW, prefetch=sent)) == []
    found = cards(client, SIGN, with_orders(SIGN, order("walking"), prefetch=sent))
    assert [(c["indicator"], c["source"]["topic"]["code"]) for c in found] == [
        ("critical", "order_conflict")
    ]


@pytest.mark.parametrize(("minutes", "expected"), [(49, ["questions"]), (50, [])])
def test_too_little_recorded_activity_is_worth_a_card(
    client: FlaskClient, minutes: float, expected: list[str]
) -> None:
    """3 days of 50 minutes are the 150 minutes of WHO 2020."""
    days = observation("89555-7", id="d", valueQuantity=quantity(3, "d/wk"))
    each = observation("68516-4", id="m", valueQuantity=quantity(minutes, "min/d"))
    found = cards(client, VIEW, body(VIEW, prefetch=prefetch(observations=searchset(days, each))))
    assert topics(found) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(149, ["questions"]), (150, [])])
def test_too_few_recorded_minutes_a_week_are_worth_a_card_too(
    client: FlaskClient, minutes: float, expected: list[str]
) -> None:
    """A record may hold the product alone (82290-8)."""
    week = observation("82290-8", id="w", valueQuantity=quantity(minutes, "min/wk"))
    found = cards(client, VIEW, body(VIEW, prefetch=prefetch(observations=searchset(week))))
    assert topics(found) == expected


def test_days_times_minutes_count_before_a_recorded_product(client: FlaskClient) -> None:
    """The parts are asked of the person; a product that differs is somebody's reckoning."""
    days = observation("89555-7", id="d", valueQuantity=quantity(3, "d/wk"))
    each = observation("68516-4", id="m", valueQuantity=quantity(20, "min/d"))
    week = observation("82290-8", id="w", valueQuantity=quantity(300, "min/wk"))
    sent = prefetch(observations=searchset(days, each, week))
    (card,) = cards(client, VIEW, body(VIEW, prefetch=sent))
    assert "Recorded activity: 60 min a week" in card["detail"]


@pytest.mark.parametrize("name", CALLS)
def test_the_same_call_gives_the_same_cards_and_one_record(
    build: Build, store: Store, name: str
) -> None:
    client = build()
    service, call = _call(name)
    first = cards(client, service, call)
    assert cards(client, service, call) == first
    assert len([e for e in store.entries() if e.kind == "decision"]) == 1


@pytest.mark.parametrize("name", CALLS)
def test_another_call_of_the_same_record_differs_in_ids_alone(
    client: FlaskClient, name: str
) -> None:
    service, call = _call(name)
    first = _without_ids(cards(client, service, call))
    assert _without_ids(cards(client, service, {**call, "hookInstance": "another"})) == first


def test_the_order_of_entries_changes_nothing(client: FlaskClient) -> None:
    held = (HIGH_PRESSURE, LOW_SATURATION, observation(id="hr"))
    there, back = (
        cards(client, VIEW, body(VIEW, prefetch=prefetch(observations=searchset(*some))))
        for some in (held, held[::-1])
    )
    assert _without_ids(there) == _without_ids(back)


def _without_ids(value: Any) -> Any:
    """Ids and addresses that follow from the id of the decision are left out."""
    if isinstance(value, dict):
        return {k: _without_ids(v) for k, v in value.items() if k not in ("uuid", "url", "id")}
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    return re.sub(r"urn:uuid:[0-9a-f-]{36}", "", value) if isinstance(value, str) else value


def test_the_decision_is_that_of_the_fhir_interface(build: Build, store: Store) -> None:
    """REL-21: the same facts give the same recommendation through every door."""
    client = build()
    held = [patient(gender="female"), CORONARY, BETA_BLOCKER, HIGH_PRESSURE]
    whole = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in held],
    }
    there = client.post("/v1/fhir/decisions", json=whole).get_json()
    sent = prefetch(
        patient=held[0],
        conditions=searchset(CORONARY),
        medications=searchset(BETA_BLOCKER),
        observations=searchset(HIGH_PRESSURE),
    )
    cards(client, VIEW, body(VIEW, prefetch=sent))
    newest = [entry.id for entry in store.entries() if entry.kind == "decision"][-1]
    here = client.get(f"/v1/decisions/{newest}").get_json()
    differing = {"id", "created", "receipt", "subject"}
    assert {k: v for k, v in here.items() if k not in differing} == {
        k: v for k, v in there.items() if k not in differing
    }


def test_links_lead_to_the_whole_explanation(client: FlaskClient, build: Build) -> None:
    link = cards(client, *_call("plan"))[0]["links"]
    assert [(entry["type"], entry["label"]) for entry in link] == [("absolute", "Full explanation")]
    path = link[0]["url"].removeprefix("https://cds.example.org")
    assert client.get(path).status_code == 200
    smart = HookSettings(public_url="https://a.example", smart_url="https://a.example/launch")
    links = cards(build(smart), *_call("plan"))[0]["links"]
    assert [entry["type"] for entry in links] == ["absolute", "smart"]
    assert links[0]["url"].endswith(links[1]["appContext"])
    assert "links" not in cards(build(), *_call("plan"))[0]


# --- answers


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"facts": {"sx_dyspnea": "perhaps"}}, 422),
        ({"facts": {"no_such_fact": 1}}, 422),
        ({"conditions": ["osteoporosis"]}, 422),
        ({"subject": {"id": "other"}}, 422),
        ({"facts": {"sbp_rest": 120}}, 422),
        ([], 400),
    ],
)
def test_answers_are_read_as_strictly_as_a_request(
    client: FlaskClient, answers: Any, status: int
) -> None:
    """The last but one contradicts the record, in which the pressure stands too."""
    sent = prefetch(observations=searchset(HIGH_PRESSURE))
    answer = post(client, VIEW, body(VIEW, prefetch=sent, extension={ANSWERS: answers}))
    assert answer.status_code == status
    pointers = places(answer)
    assert all(pointer.startswith("/extension/") for pointer in pointers)


# --- text that wants to be more than text

BAIT = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](https://evil.example)",
    "![a](https://evil.example/x.png)",
    "https://evil.example/?token=1",
    "www.evil.example",
    "mail@evil.example",
    "**bold** _it_ `code` ~~out~~",
    "# heading",
    "> quotation",
    "- item\n\n1. one\n---\n***",
    "| a | b |\n|---|---|",
    "&lt;script&gt; &#60;b&#62; &amp;",
    "<https://evil.example>",
    "[ref]: https://evil.example\n[ref]",
    "\\[a](https://evil.example)",
    "a\u202eb\u0007c",
    "{summary} {0.__class__}",
    "$x^2$ ```js\nx\n```",
]
_TAGS = re.compile(r"</?([a-z0-9]+)")
_OURS = {"p", "ul", "li", "strong"}


_READER = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def _rendered(text: str) -> str:
    return str(_READER.render(text))


@pytest.mark.parametrize("bait", BAIT)
def test_submitted_text_reaches_a_card_as_text_only(client: FlaskClient, bait: str) -> None:
    """The name of a drafted order stands in its card; nothing of it works there."""
    call = with_orders(SIGN, order(f"HIIT {bait}"), extension=ANSWERED)
    for card in cards(client, SIGN, call):
        html = _rendered(card["detail"])
        assert {*_TAGS.findall(html)} <= _OURS
        assert "href" not in html
        assert bait not in card["summary"]
        assert {"\u202e", "\x07"}.isdisjoint(card["detail"])


def test_hostile_text_anywhere_in_a_record_reaches_no_card(client: FlaskClient) -> None:
    concepts = [
        {"coding": [{"system": bait, "code": bait, "display": bait}], "text": bait} for bait in BAIT
    ]
    notes = [{"text": bait} for bait in BAIT]
    held = [
        {**CORONARY, "note": notes, "text": {"div": BAIT[0]}},
        *(
            {"resourceType": "Condition", "id": f"x{number}", "code": concept}
            for number, concept in enumerate(concepts)
        ),
    ]
    sent = prefetch(
        patient=patient(gender="female", name=notes),
        conditions=searchset(*held),
        medications=searchset({**BETA_BLOCKER, "dosageInstruction": notes}),
        observations=searchset(*(observation(code=concept) for concept in concepts)),
    )
    found = cards(client, VIEW, body(VIEW, prefetch=sent))
    assert topics(found) == ["questions"]
    texts = (value for value in _values(found) if isinstance(value, str))
    assert [text for text in texts if any(bait in text for bait in BAIT)] == []


@given(st.text())
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    """What a reader of Markdown shows of it is the text itself, whatever it holds."""
    html = _rendered(f"- {escape(text)}").strip()
    inner = html.removeprefix("<ul>\n<li>").removesuffix("</li>\n</ul>")
    assert unescape(inner).replace("\u200b", "") == one_line(text.replace("\u200b", ""))


@given(st.text(min_size=1), st.integers(min_value=5, max_value=60))
def test_a_shortened_text_fits(text: str, most: int) -> None:
    assert len(shorten(text, most)) <= most


def test_every_topic_can_be_reached(core: CoreService) -> None:
    offered = {code for service in core.hooks.services for code in service.topics}
    assert offered == {topic.code for topic in core.hooks.topics}


def test_a_card_says_what_is_not_known(client: FlaskClient) -> None:
    """With epilepsy on the list the last seizure is asked for, and taken for a recent one."""
    failing = {**CORONARY, "id": "e", "code": {"text": "Epilepsy"}}
    found = cards(client, VIEW, body(VIEW, prefetch=prefetch(conditions=searchset(failing))))
    details = [unescape(card["detail"]) for card in found]
    told = "; not known whether this is so; it holds until it is known)"
    assert any(told in detail for detail in details)
