"""What of a record arrives: whole, from the client or from its server, or said to be lacking.

Never less cautious: a part that did not arrive is no part that is empty.
"""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.hook_settings import HookSettings
from tests.fhir.records import patient
from tests.hooks.calls import (
    ANSWERS,
    BETA_BLOCKER,
    CORONARY,
    HEALTHY_ANSWERS,
    HIGH_PRESSURE,
    KEYS,
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
from tests.hooks.ehr import Ehr, serving

REQUIRED = ("patient", "conditions", "medications")
OPTIONAL = ("observations", "procedures", "devices")
FAILURE = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
REMARK = {"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}
PAGED = searchset(link=[{"relation": "next", "url": "https://ehr.example.org/r4?page=2"}])
#: What a client may send in place of a part, that is not the part.
LACKING: dict[str, Any] = {
    "failed": FAILURE,
    "failed in part": searchset(FAILURE),
    "truncated": searchset(total=3),
    "paged": PAGED,
    "entries without resources": {"resourceType": "Bundle", "entry": [{"fullUrl": "x"}]},
    "another type": {"resourceType": "Basic"},
    "text": "[]",
    "a list": [],
    "entries that are none": {"resourceType": "Bundle", "entry": "none"},
    "a total that is none": searchset(total="many"),
}
_TYPES = {
    "Condition": "conditions",
    "MedicationRequest": "medications",
    "Observation": "observations",
    "Procedure": "procedures",
    "Device": "devices",
}


@pytest.fixture
def ehr(tmp_path: Path) -> Iterator[Ehr]:
    """A server with an empty record of the patient."""
    with serving(tmp_path) as server:
        server.holds["/r4/Patient/p"] = patient(gender="female")
        server.holds |= {f"/r4/{kind}": searchset() for kind in _TYPES}
        yield server


@pytest.fixture
def calling(build: Build, ehr: Ehr) -> FlaskClient:
    """A client of an application that may read the server."""
    return build(_settings(ehr))


def _settings(ehr: Ehr, **more: Any) -> HookSettings:
    networks = (ip_network("127.0.0.1/32"),)
    servers = frozenset({ehr.base})
    given = {"fhir_servers": servers, "fhir_networks": networks, "fhir_ca_file": ehr.certificate}
    return HookSettings(**{**given, **more})


def _asking(ehr: Ehr, **more: Any) -> dict[str, Any]:
    authorization = {"access_token": "secret-token", "token_type": "Bearer", "scope": "x"}
    return body(VIEW, fhirServer=ehr.base, fhirAuthorization=authorization, **more)


def _without(key: str, **parts: Any) -> dict[str, Any]:
    sent = prefetch(**parts)
    del sent[key]
    return sent


# --- prefetch only


@pytest.mark.parametrize("key", REQUIRED)
def test_a_required_part_that_is_missing_leaves_no_answer(client: FlaskClient, key: str) -> None:
    answer = post(client, VIEW, body(VIEW, prefetch=_without(key)))
    assert answer.status_code == 412
    assert places(answer) == [f"/prefetch/{key}"]


@pytest.mark.parametrize(
    ("key", "lacking"),
    [(key, FAILURE) for key in REQUIRED]
    + [("medications", lacking) for lacking in LACKING.values()],
)
def test_a_required_part_that_is_not_whole_leaves_no_answer(
    client: FlaskClient, key: str, lacking: Any
) -> None:
    answer = post(client, VIEW, body(VIEW, prefetch=prefetch(**{key: lacking})))
    assert answer.status_code == 412


@pytest.mark.parametrize(
    ("key", "lacking"),
    [(key, "missing") for key in OPTIONAL] + [("observations", lacking) for lacking in LACKING],
)
def test_another_part_that_is_not_whole_is_disclosed_and_nothing_is_permitted(
    client: FlaskClient, key: str, lacking: str
) -> None:
    """With the part these answers lead to a plan (test_cards); without it none is offered."""
    sent = _without(key) if lacking == "missing" else prefetch(**{key: LACKING[lacking]})
    extension = {ANSWERS: HEALTHY_ANSWERS}
    found = cards(client, VIEW, body(VIEW, prefetch=sent, extension=extension))
    assert topics(found) == ["incomplete"]
    assert "suggestions" not in found[0]


def test_a_key_with_null_says_that_there_is_nothing(client: FlaskClient) -> None:
    assert cards(client, VIEW, body(VIEW)) == []


def test_a_remark_of_a_server_is_no_failure(client: FlaskClient) -> None:
    sent = prefetch(conditions=searchset(CORONARY, REMARK, total=2))
    assert topics(cards(client, VIEW, body(VIEW, prefetch=sent))) == ["questions"]


@pytest.mark.parametrize("key", OPTIONAL)
def test_what_did_arrive_is_still_warned_of(client: FlaskClient, key: str) -> None:
    """Leaving a part out takes no caution away that rests on the others."""
    parts = {"observations": searchset(HIGH_PRESSURE), "conditions": searchset(CORONARY)}
    whole = set(topics(cards(client, VIEW, body(VIEW, prefetch=prefetch(**parts)))))
    assert "hold_today" in whole
    rest = set(topics(cards(client, VIEW, body(VIEW, prefetch=_without(key, **parts)))))
    assert "incomplete" in rest
    assert whole <= rest or key == "observations"


@pytest.mark.parametrize("key", KEYS)
def test_an_order_is_never_confirmed_without_a_part(client: FlaskClient, key: str) -> None:
    call = with_orders(SIGN, order("walking"), extension={ANSWERS: HEALTHY_ANSWERS})
    call["prefetch"] = _without(key)
    answer = post(client, SIGN, call)
    if key in REQUIRED:
        assert answer.status_code == 412
    else:
        assert "incomplete" in topics(answer.get_json()["cards"])
        assert not {"plan", "order_limits"} & {*topics(answer.get_json()["cards"])}


def test_a_lost_medication_list_never_drops_the_caution_of_a_beta_blocker(
    client: FlaskClient,
) -> None:
    call = body(VIEW, extension={ANSWERS: HEALTHY_ANSWERS})
    call["prefetch"] = prefetch(medications=searchset(BETA_BLOCKER))
    assert "Beta-blockers" in cards(client, VIEW, call)[0]["detail"]
    del call["prefetch"]["medications"]
    assert post(client, VIEW, call).status_code == 412


# --- the server


def test_the_server_alone_will_do(calling: FlaskClient, ehr: Ehr) -> None:
    ehr.holds["/r4/Observation"] = searchset(HIGH_PRESSURE)
    found = cards(calling, VIEW, {**_asking(ehr), "prefetch": {}})
    assert topics(found)[0] == "hold_today"
    assert sorted(ehr.paths) == sorted(["/r4/Patient/p", *(f"/r4/{kind}" for kind in _TYPES)])


def test_only_what_is_missing_is_read(calling: FlaskClient, ehr: Ehr) -> None:
    assert cards(calling, VIEW, _asking(ehr, prefetch=_without("devices"))) == []
    assert ehr.paths == ["/r4/Device"]


def test_nothing_is_read_when_everything_was_sent(calling: FlaskClient, ehr: Ehr) -> None:
    cards(calling, VIEW, _asking(ehr))
    assert ehr.calls == []


@pytest.mark.parametrize("lacking", [FAILURE, searchset(total=3), "text"])
def test_what_was_sent_in_part_is_read_again(calling: FlaskClient, ehr: Ehr, lacking: Any) -> None:
    ehr.holds["/r4/Condition"] = searchset(CORONARY)
    found = cards(calling, VIEW, _asking(ehr, prefetch=prefetch(conditions=lacking)))
    assert topics(found) == ["questions"]


def test_every_call_carries_the_token_and_nothing_else_of_the_request(
    calling: FlaskClient, ehr: Ehr
) -> None:
    cards(calling, VIEW, {**_asking(ehr), "prefetch": {}})
    sent = {headers["Authorization"] for _, headers in ehr.calls}
    assert sent == {"Bearer secret-token"}
    assert all("Cookie" not in headers for _, headers in ehr.calls)


def test_pages_are_followed_on_the_server(calling: FlaskClient, ehr: Ehr) -> None:
    link = [{"relation": "next", "url": f"{ehr.base}/Condition?page=2"}]
    ehr.holds["/r4/Condition?page=2"] = searchset(CORONARY, total=1)
    paged = searchset(link=link, total=1)
    found = cards(calling, VIEW, _asking(ehr, prefetch=prefetch(conditions=paged)))
    assert topics(found) == ["questions"]
    assert ehr.paths == ["/r4/Condition"]


def test_pages_without_an_end_are_a_part_that_is_not_whole(calling: FlaskClient, ehr: Ehr) -> None:
    link = [{"relation": "next", "url": f"{ehr.base}/Condition"}]
    ehr.holds["/r4/Condition"] = searchset(link=link)
    answer = post(calling, VIEW, _asking(ehr, prefetch=_without("conditions")))
    assert answer.status_code == 412
    assert len(ehr.calls) <= 42


@pytest.mark.parametrize(
    "held", [None, FAILURE, searchset(FAILURE), {"resourceType": "Basic"}, [], "text"]
)
def test_a_server_that_does_not_answer_with_the_part_leaves_no_answer(
    calling: FlaskClient, ehr: Ehr, held: Any
) -> None:
    ehr.holds["/r4/Condition"] = held
    answer = post(calling, VIEW, _asking(ehr, prefetch=_without("conditions")))
    assert answer.status_code == 412


def test_a_record_of_another_patient_from_the_server_is_refused(
    calling: FlaskClient, ehr: Ehr
) -> None:
    ehr.holds["/r4/Patient/p"] = patient(id="other")
    answer = post(calling, VIEW, _asking(ehr, prefetch=_without("patient")))
    assert answer.status_code == 422
    assert places(answer)[0] == "/fhirServer/patient/id"


def test_the_same_record_gives_the_same_cards_however_it_comes(
    calling: FlaskClient, ehr: Ehr
) -> None:
    """REL-21 at the door of the hooks: prefetched, read, or half and half."""
    ehr.holds["/r4/Condition"] = searchset(CORONARY)
    ehr.holds["/r4/MedicationRequest"] = searchset(BETA_BLOCKER)
    parts = {"conditions": searchset(CORONARY), "medications": searchset(BETA_BLOCKER)}
    sent = cards(calling, VIEW, body(VIEW, prefetch=prefetch(**parts)))
    read = cards(calling, VIEW, {**_asking(ehr), "prefetch": {}})
    mixed = cards(calling, VIEW, _asking(ehr, prefetch=_without("conditions", **parts)))
    plain = [{k: c[k] for k in ("summary", "detail", "indicator")} for c in sent]
    assert plain == [{k: c[k] for k in ("summary", "detail", "indicator")} for c in read]
    assert plain == [{k: c[k] for k in ("summary", "detail", "indicator")} for c in mixed]
