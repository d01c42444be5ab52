"""How much one client may ask, and which other sites may."""

from collections.abc import Callable

import pytest
from flask import Flask

from cds.errors import TooManyRequestsError
from cds.trust.limits import _AT_ONCE, _MOST_CLIENTS, Limits
from cds.trust.roles import Role
from tests.trust.asking import bearer, browser

EHR = "https://ehr.example.org"


class Seconds:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


def test_a_bucket_is_emptied_and_filled_evenly() -> None:
    clock = Seconds()
    limits = Limits(60, clock)
    for _ in range(60):
        limits.enter("a")
        limits.leave("a")
    with pytest.raises(TooManyRequestsError) as caught:
        limits.enter("a")
    assert caught.value.retry_after == 1
    limits.enter("b")  # another client has a bucket of its own
    clock.now = 2.0
    limits.enter("a")
    limits.enter("a")
    with pytest.raises(TooManyRequestsError):
        limits.enter("a")


def test_one_client_works_at_a_bounded_number_of_requests_at_once() -> None:
    limits = Limits(1_000)
    for _ in range(_AT_ONCE):
        limits.enter("a")
    with pytest.raises(TooManyRequestsError):
        limits.enter("a")
    limits.leave("a")
    limits.enter("a")


def test_clients_fill_no_memory() -> None:
    limits = Limits(10)
    for number in range(_MOST_CLIENTS + 50):
        limits.enter(str(number))
    assert len(limits._clients) == _MOST_CLIENTS


def test_who_asks_too_much_is_told_when_to_come_back(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    client = build(rate_limit=10).test_client()
    mine, other = bearer(tokens[Role.PRESCRIBER]), bearer(tokens[Role.AUDITOR])
    codes = [client.get("/v1/rules/none", headers=mine).status_code for _ in range(11)]
    assert codes == [404] * 10 + [429]
    answer = client.get("/v1/rules/none", headers=mine)
    assert answer.get_json()["type"].endswith(":too-many-requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 6
    assert client.get("/v1/rules/none", headers=other).status_code == 404
    # Nor do those who are nobody use up what somebody may ask.
    assert [client.get("/v1/facts").status_code for _ in range(11)] == [401] * 10 + [429]
    assert client.get("/v1/rules/none", headers=other).status_code == 404
    assert client.get("/health/live").status_code == 200


def test_what_ended_does_not_count_as_working(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    client = build().test_client()
    mine = bearer(tokens[Role.PRESCRIBER])
    for _ in range(_AT_ONCE + 5):
        assert client.get("/v1/rules/none", headers=mine).status_code == 404


def test_a_listed_site_may_use_the_interface(
    build: Callable[..., Flask], tokens: dict[Role, str]
) -> None:
    client = build(cors_origins=frozenset({EHR})).test_client()
    asked = {"Origin": EHR, "Access-Control-Request-Method": "POST"}
    leave = client.options("/v1/decisions", headers=asked)
    assert leave.status_code == 200
    assert leave.headers["Access-Control-Allow-Origin"] == EHR
    assert "Authorization" in leave.headers["Access-Control-Allow-Headers"]
    answer = client.get("/v1/facts", headers={"Origin": EHR, **bearer(tokens[Role.PRESCRIBER])})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, EHR)
    assert "Origin" in answer.vary
    assert "Access-Control-Allow-Credentials" not in answer.headers
    # A refusal can be read too, or the page could not tell what is wrong.
    assert (
        client.get("/v1/facts", headers={"Origin": EHR}).headers["Access-Control-Allow-Origin"]
        == EHR
    )


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "",
        "https://ehr.example.org.evil.example",
        "https://evil.example/https://ehr.example.org",
        "http://ehr.example.org",
        "https://ehr.example.org:8443",
        "https://EHR.example.org",
        "https://ehr.example.org/",
    ],
)
def test_no_other_site_may(build: Callable[..., Flask], origin: str) -> None:
    client = build(cors_origins=frozenset({EHR})).test_client()
    for answer in (
        client.get("/v1/facts", headers={"Origin": origin}),
        client.options("/v1/decisions", headers={"Origin": origin}),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert "Origin" in answer.vary  # or a cache could give one site the answer of another


def test_no_site_may_unless_one_is_listed(build: Callable[..., Flask]) -> None:
    answer = build().test_client().get("/v1/facts", headers={"Origin": EHR})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_no_site_may_use_the_pages(build: Callable[..., Flask], tokens: dict[Role, str]) -> None:
    client = browser(build(cors_origins=frozenset({EHR})), tokens[Role.PRESCRIBER])
    answer = client.get("/", headers={"Origin": EHR})
    assert answer.status_code == 200
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
