"""Clients of CDS Hooks bring a signed token for the address that they call, and once."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.audit.database import record
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.audit.used_tokens import UsedTokens
from cds.hook_settings import HookSettings
from cds.http.core import CoreService
from cds.trust.admission import Trust
from cds.trust.hook_clients import HookClients
from cds.trust.key_sets import KeySet
from tests.hooks.calls import HIGH_PRESSURE, VIEW, body, places, post, prefetch, searchset
from tests.hooks.conftest import Build, client_of
from tests.trust.issuing import ADDRESS, ISSUER, RSA, STRANGER, Served, claims, raw, token

PUBLIC = "https://cds.example.org"
DISCOVERY, SERVICE = f"{PUBLIC}/cds-services", f"{PUBLIC}/cds-services/{VIEW}"


def _trust(store: Store) -> Trust:
    issuers = {ISSUER: KeySet(ADDRESS, Served().read)}
    return Trust(clients=HookClients(issuers, PUBLIC, UsedTokens(store)))


@pytest.fixture
def guarded(build: Build, store: Store) -> FlaskClient:
    """A client of an application that believes one issuer."""
    return build(HookSettings(public_url=PUBLIC), _trust(store))


def _call(client: FlaskClient, authorization: str | None) -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    return post(client, VIEW, body(VIEW), **headers)


def test_a_token_for_the_address_lets_a_client_in(guarded: FlaskClient) -> None:
    assert _call(guarded, f"Bearer {token(claims(aud=SERVICE))}").status_code == 200


def test_an_audience_among_several_will_do(guarded: FlaskClient) -> None:
    made = token(claims(aud=["https://other.example.org", SERVICE]))
    assert _call(guarded, f"Bearer {made}").status_code == 200


def test_rs384_will_do(guarded: FlaskClient) -> None:
    made = token(claims(aud=SERVICE), key=RSA, alg="RS384", kid="rsa")
    assert _call(guarded, f"Bearer {made}").status_code == 200


def test_discovery_has_an_audience_of_its_own(guarded: FlaskClient) -> None:
    for audience, status in ((DISCOVERY, 200), (SERVICE, 401)):
        made = token(claims(aud=audience, jti=audience))
        answer = guarded.get("/cds-services", headers={"Authorization": f"Bearer {made}"})
        assert answer.status_code == status


@pytest.fixture(scope="module")
def refusing(core: CoreService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """One for all tokens that are refused: none of them is taken, so each could come again."""
    path = tmp_path_factory.mktemp("trust") / "records.sqlite3"
    store = Store(f"sqlite:///{path}", Keys(b"test key"))
    yield client_of(core, store, HookSettings(public_url=PUBLIC), _trust(store))
    store.close()


_REFUSED: dict[str, Callable[[], str | None]] = {
    "none at all": lambda: None,
    "no bearer": lambda: f"Basic {token(claims(aud=SERVICE))}",
    "of the discovery": lambda: f"Bearer {token(claims(aud=DISCOVERY))}",
    "of the feedback": lambda: f"Bearer {token(claims(aud=SERVICE + '/feedback'))}",
    "of a longer address": lambda: f"Bearer {token(claims(aud=SERVICE + '/'))}",
    "of the address behind the proxy": lambda: (
        f"Bearer {token(claims(aud='http://localhost/cds-services/' + VIEW))}"
    ),
    "without an audience": lambda: f"Bearer {token(claims(aud=None))}",
    "without an id": lambda: f"Bearer {token(claims(aud=SERVICE, jti=None))}",
    "of another issuer": lambda: f"Bearer {token(claims(aud=SERVICE, iss='https://evil.example'))}",
    "of another key": lambda: f"Bearer {token(claims(aud=SERVICE), key=STRANGER)}",
    "of an unlisted jku": lambda: (
        f"Bearer {token(claims(aud=SERVICE), jku='https://127.0.0.1/keys')}"
    ),
    "that is over": lambda: (
        f"Bearer {token(claims(aud=SERVICE, iat=1_600_000_000, exp=1_600_000_300))}"
    ),
    "without a signature": lambda: (
        "Bearer " + raw({"alg": "none", "typ": "JWT", "kid": "ec384"}, claims(aud=SERVICE))
    ),
    "with a shared secret": lambda: (
        f"Bearer {token(claims(aud=SERVICE), key='k' * 48, alg='HS384')}"
    ),
}


@pytest.mark.parametrize("made", _REFUSED.values(), ids=_REFUSED)
def test_a_token_that_is_not_for_this_call_is_refused(
    refusing: FlaskClient, made: Callable[[], str | None]
) -> None:
    authorization = made()
    answer = _call(refusing, authorization)
    assert answer.status_code == 401
    assert authorization is None or authorization.split()[1] not in answer.get_data(as_text=True)


def test_a_refused_client_is_told_so_in_fhir(guarded: FlaskClient) -> None:
    """CH-P6: whatever stands before a service answers as the service does."""
    answer = _call(guarded, None)
    assert (answer.status_code, len(places(answer))) == (401, 1)


def test_a_token_counts_once_over_workers_and_restarts(build: Build, store: Store) -> None:
    """Two applications on one database are two workers; a store opened anew is a restart."""
    authorization = f"Bearer {token(claims(aud=SERVICE))}"
    settings = HookSettings(public_url=PUBLIC)
    first, second = (build(settings, _trust(store)) for _ in range(2))
    assert _call(first, authorization).status_code == 200
    assert _call(second, authorization).status_code == 401
    again = Store(str(store._engine.url), Keys(b"test key"))
    try:
        assert _call(build(settings, _trust(again)), authorization).status_code == 401
    finally:
        again.close()


def test_the_client_stands_in_the_record_and_its_token_nowhere(
    guarded: FlaskClient, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    """SEC-05: neither its own token nor that of the FHIR server is stored, logged or answered."""
    own, fhir = token(claims(aud=SERVICE)), "fhir-token-Zebulon"
    call = body(VIEW, fhirServer="https://ehr.example.org/r4")
    call["fhirAuthorization"] = {"access_token": fhir}
    answer = post(guarded, VIEW, call, Authorization=f"Bearer {own}")
    recorded = " ".join(store.text_of(entry) for entry in store.entries())
    assert f'"client:{ISSUER}"' in recorded
    out, err = capfd.readouterr()
    seen = (answer.get_data(as_text=True), recorded, out, err)
    assert [text for text in seen if own in text or fhir in text] == []


def test_the_client_stands_in_the_record_of_its_feedback(
    guarded: FlaskClient, store: Store
) -> None:
    sent = body(VIEW, prefetch=prefetch(observations=searchset(HIGH_PRESSURE)))
    made = token(claims(aud=SERVICE))
    answer = post(guarded, VIEW, sent, Authorization=f"Bearer {made}")
    report = {
        "card": answer.get_json()["cards"][0]["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-22T09:00:00Z",
    }
    made = token(claims(aud=f"{SERVICE}/feedback", jti="2"))
    post(guarded, f"{VIEW}/feedback", {"feedback": [report]}, Authorization=f"Bearer {made}")
    (event,) = store.entries(record.c.kind == "feedback")
    assert json.loads(store.text_of(event))["who"]["id"] == f"client:{ISSUER}"


def test_a_client_of_hooks_gets_in_nowhere_else(guarded: FlaskClient) -> None:
    made = token(claims(aud=f"{PUBLIC}/v1/rules"))
    answer = guarded.get("/v1/rules", headers={"Authorization": f"Bearer {made}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example.org", "null", "*"])
def test_only_a_listed_origin_is_named(build: Build, origin: str) -> None:
    client = build(cors_origins=frozenset({"https://ehr.example.org"}))
    for asked, named in ((origin, None), ("https://ehr.example.org", "https://ehr.example.org")):
        answer = client.options(f"/cds-services/{VIEW}", headers={"Origin": asked})
        assert answer.headers.get("Access-Control-Allow-Origin") == named
        assert "Access-Control-Allow-Credentials" not in answer.headers
