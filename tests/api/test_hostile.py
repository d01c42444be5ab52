"""Hostile input is refused with a pointer: never a 500, never a guess, never an echo."""

import time

import pytest
from flask.testing import FlaskClient

from tests.api.hostile import CANARY, HOSTILE, Hostile


def test_there_are_at_least_150_different_hostile_bodies() -> None:
    assert len({hostile.body for hostile in HOSTILE}) >= 150


@pytest.mark.parametrize("hostile", HOSTILE, ids=[hostile.name for hostile in HOSTILE])
def test_a_hostile_body_is_refused_at_its_place(
    client: FlaskClient, hostile: Hostile, capfd: pytest.CaptureFixture[str]
) -> None:
    start = time.monotonic()
    answer = client.post(
        "/v1/decisions", data=hostile.body, headers={"Content-Type": "application/json"}
    )
    assert time.monotonic() - start < 1
    problem = answer.get_json()
    pointers = [error["pointer"] for error in problem["errors"]]
    assert (answer.status_code, pointers) == (hostile.status, list(hostile.pointers)), problem
    assert answer.mimetype == "application/problem+json"
    assert CANARY not in answer.text + "".join(capfd.readouterr())
