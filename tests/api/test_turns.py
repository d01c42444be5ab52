"""Requests compute one after another, and nobody waits for somebody who only sends or waits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import RawIOBase
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from cds.http.core import CoreService
from cds.http.gate import Gate
from cds.routes.turns import aside
from tests.api.adult import WELL

_SOON = 20.0
_AT_ONCE = 0.05
_JSON = "application/json"


@pytest.fixture
def app(core: CoreService, build: Callable[[Any], Flask]) -> Flask:
    """The application around the real service."""
    return build(core)


@contextmanager
def running(*work: Callable[[], object]) -> Iterator[list[threading.Thread]]:
    """Each of the work in a thread of its own, all of them done at the end."""
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    yield threads
    for thread in threads:
        thread.join(_SOON)
        assert not thread.is_alive()


def waiting(gate: Gate, count: int) -> None:
    """Returns when so many wait at the gate."""
    pause = threading.Event()
    for _ in range(int(_SOON / 0.005)):
        if gate.waiting == count:
            return
        pause.wait(0.005)
    raise AssertionError(f"{gate.waiting} wait, not {count}.")


def gate_of(app: Flask) -> Gate:
    """The gate of an application."""
    found: Gate = app.extensions["exercise_cds_gate"]
    return found


def test_lets_in_one_at_a_time_in_the_order_in_which_they_came() -> None:
    gate, served = Gate(), []

    def pass_through(number: int, *, first: bool) -> None:
        gate.enter(first=first)
        served.append(number)
        gate.leave()

    gate.enter()
    threads = []
    for number in range(5):
        first = number == 4
        thread = threading.Thread(target=pass_through, args=(number,), kwargs={"first": first})
        thread.start()
        threads.append(thread)
        waiting(gate, number + 1)
    assert served == []
    gate.leave()
    for thread in threads:
        thread.join(_SOON)
    assert served == [4, 0, 1, 2, 3]


def test_whoever_steps_aside_lets_others_in_and_goes_on_before_those_who_wait() -> None:
    gate, told = Gate(), []

    def other(name: str) -> None:
        gate.enter()
        told.append(name)
        gate.leave()

    gate.enter()
    with pytest.raises(OSError, match="gone"), gate.aside(), running(lambda: other("meanwhile")):
        raise OSError("gone")
    with running(lambda: other("after")):
        waiting(gate, 1)
        told.append("going on")
        gate.leave()
    assert told == ["meanwhile", "going on", "after"]


def test_health_and_what_may_take_minutes_do_not_wait_for_a_turn(app: Flask) -> None:
    gate_of(app).enter()
    client = app.test_client()
    assert client.get("/health/live").status_code == 200
    assert client.get("/v1/audit/verify").status_code == 200
    gate_of(app).leave()


def test_a_decision_waits_for_its_turn(app: Flask) -> None:
    answers: list[int] = []

    def decide() -> None:
        answers.append(
            app.test_client().post("/v1/decisions", json={"facts": dict(WELL)}).status_code
        )

    gate_of(app).enter()
    with running(decide) as (thread,):
        waiting(gate_of(app), 1)
        thread.join(_AT_ONCE)
        assert answers == []
        gate_of(app).leave()
    assert answers == [201]


def test_a_request_that_fails_lets_the_next_one_in(
    core: CoreService, build: Callable[[Any], Flask]
) -> None:
    """Refused, broken by what nobody expected, and not found."""
    app = build(_Broken(core))
    client, bundle = app.test_client(), {"resourceType": "Bundle"}
    assert client.post("/v1/decisions", data=b"{", content_type=_JSON).status_code == 400
    assert client.post("/v1/fhir/decisions", json=bundle).status_code == 500
    assert client.get("/v1/decisions/nothing").status_code == 404
    assert gate_of(app).is_free


def test_a_client_that_sends_slowly_keeps_nobody_waiting(app: Flask) -> None:
    body, answers = _Slow(b"{}"), []

    def send() -> None:
        environ = create_environ("/v1/decisions", method="POST", content_type=_JSON)
        environ |= {"wsgi.input": body, "CONTENT_LENGTH": "2"}
        answers.append(run_wsgi_app(app, environ)[1])

    with running(send):
        assert body.asked.wait(_SOON)
        assert app.test_client().get("/v1/calculators").status_code == 200
        body.sent.set()
    assert answers == ["201 CREATED"]
    assert gate_of(app).is_free


def test_a_request_that_asks_a_server_lets_others_compute(app: Flask) -> None:
    answers: list[int] = []
    answered = threading.Event()

    def ask() -> None:
        answers.append(app.test_client().get("/v1/calculators").status_code)
        answered.set()

    with app.test_request_context("/v1/calculators"):
        app.preprocess_request()
        with running(ask):
            waiting(gate_of(app), 1)
            with aside():
                assert answered.wait(_SOON)
        assert not gate_of(app).is_free
    assert answers == [200]
    assert gate_of(app).is_free


def test_many_requests_at_once_are_all_answered(app: Flask) -> None:
    answers: list[int] = []

    def ask(number: int) -> None:
        client = app.test_client()
        given = [b"{", b'{"facts": {}}', b"[]"][number % 3]
        path = ["/v1/decisions", "/v1/follow-ups"][number % 2]
        answers.append(client.post(path, data=given, content_type=_JSON).status_code)
        answers.append(client.get("/v1/calculators").status_code)

    with running(*(lambda number=number: ask(number) for number in range(24))):
        pass
    assert len(answers) == 48
    assert gate_of(app).is_free


class _Broken:
    """The service, but reading a Bundle fails as nobody expected."""

    def __init__(self, of: CoreService) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)

    def read_bundle(self, *_: object) -> None:
        raise RuntimeError


class _Slow(RawIOBase):
    """A body that comes when it is told to."""

    def __init__(self, content: bytes) -> None:
        self.asked, self.sent = threading.Event(), threading.Event()
        self._content = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.asked.set()
        assert self.sent.wait(_SOON)
        size = min(len(buffer), len(self._content))
        buffer[:size], self._content = self._content[:size], self._content[size:]
        return size
