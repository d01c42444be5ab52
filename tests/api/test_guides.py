"""The guides for integrators: every request in them is sent as it stands, and answered as shown."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import build, client, store

__all__ = ("build", "client", "store")

DOCS = Path(__file__).parents[2] / "docs"
#: For each guide the number of its requests.
GUIDES = {"integrator.md": 7, "cds-hooks.md": 4}
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"`GET (/[^\s`{}]*)`")
_LEFT_OUT = "…"


def _read(guide: str) -> str:
    return (DOCS / guide).read_text(encoding="utf-8")


def _exchanges(guide: str) -> Iterator[tuple[str, str, str, str]]:
    """Each request of a guide with its answer: first line and body of both."""
    blocks = [text for kind, text in _FENCED.findall(_read(guide)) if kind == "http"]
    for request, answer in zip(blocks[::2], blocks[1::2], strict=True):
        asked, _, body = request.partition("\n")
        told, _, shown = answer.partition("\n")
        yield asked, body.strip(), told, shown.strip()


def _shows(shown: Any, found: Any) -> bool:
    """Whether an answer holds what is shown: members, items in their order, texts but for `…`."""
    if isinstance(shown, dict) and shown:
        return isinstance(found, dict) and all(
            key in found and _shows(value, found[key]) for key, value in shown.items()
        )
    if isinstance(shown, list) and shown:
        left = iter(found if isinstance(found, list) else ())
        return all(any(_shows(item, other) for other in left) for item in shown)
    if isinstance(shown, str) and _LEFT_OUT in shown:
        pattern = ".+".join(map(re.escape, shown.split(_LEFT_OUT)))
        return isinstance(found, str) and re.fullmatch(pattern, found, re.DOTALL) is not None
    return isinstance(shown, bool) is isinstance(found, bool) and bool(shown == found)


def _fill(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@pytest.mark.parametrize("guide", GUIDES)
def test_every_request_of_a_guide_is_answered_as_it_shows(client: FlaskClient, guide: str) -> None:
    names: dict[str, str] = {}
    exchanges = list(_exchanges(guide))
    for asked, body, told, shown in exchanges:
        method, path = _fill(asked, names).split(" ")
        answer = client.open(
            path,
            method=method,
            data=_fill(body, names) or None,
            content_type="application/json" if body else None,
        )
        found = answer.get_json()
        assert (asked, answer.status_code) == (asked, int(told.split(" ")[1])), found
        assert _shows(json.loads(_fill(shown, names)), found), (asked, shown, found)
        if path == "/v1/decisions" and answer.status_code == 201:
            names["id"] = found["id"]
        if found.get("cards"):
            names["uuid"] = found["cards"][0]["uuid"]
    assert len(exchanges) == GUIDES[guide]


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_shows_no_example_that_is_not_sent(guide: str) -> None:
    assert {kind for kind, _ in _FENCED.findall(_read(guide))} <= {"http"}


@pytest.mark.parametrize("guide", GUIDES)
def test_every_address_in_the_text_of_a_guide_answers(client: FlaskClient, guide: str) -> None:
    addresses = _ADDRESS.findall(_read(guide))
    assert addresses
    assert [path for path in addresses if client.get(path).status_code != 200] == []


@pytest.mark.parametrize(
    ("shown", "found", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ([1, 3], [1, 2, 3], True),
        ([3, 1], [1, 2, 3], False),
        ([1, 1], [1], False),
        ([], [1], False),
        ({}, {"a": 1}, False),
        ("May … now", "May run now", True),
        ("May … now", "May run", False),
        ("…", "", False),
        ("…", 7, False),
        (165, 165.0, True),
        (True, 1, False),
    ],
)
def test_a_comparison_of_a_guide_can_fail(shown: Any, found: Any, expected: bool) -> None:
    assert _shows(shown, found) is expected
