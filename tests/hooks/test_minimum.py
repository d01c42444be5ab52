"""No key is asked for that changes nothing: each decides something for somebody (CH-P12)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.hooks.calls import (
    ANSWERS,
    BETA_BLOCKER,
    CORONARY,
    HEALTHY_ANSWERS,
    KEYS,
    LOW_SATURATION,
    VIEW,
    body,
    cards,
    prefetch,
    searchset,
)

SUBJECT = {"reference": "Patient/p"}
#: For each key a part of a record that changes what is said.
CHANGING: dict[str, dict[str, Any]] = {
    "conditions": CORONARY,
    "medications": BETA_BLOCKER,
    "observations": LOW_SATURATION,
    "procedures": {
        "resourceType": "Procedure",
        "id": "cabg",
        "status": "completed",
        "subject": SUBJECT,
        "performedDateTime": "2026-10-20",
        "code": {"text": "Coronary artery bypass graft"},
    },
    "devices": {
        "resourceType": "Device",
        "id": "icd",
        "status": "active",
        "patient": SUBJECT,
        "type": {"text": "Implantable cardioverter defibrillator"},
    },
}


def test_every_key_is_proved() -> None:
    assert {*CHANGING} == {*KEYS}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_changes_what_is_said(client: FlaskClient, key: str) -> None:
    without, with_it = (
        [
            (card["summary"], card["detail"])
            for card in cards(
                client, VIEW, body(VIEW, prefetch=sent, extension={ANSWERS: HEALTHY_ANSWERS})
            )
        ]
        for sent in (prefetch(), prefetch(**{key: searchset(CHANGING[key])}))
    )
    assert without != with_it
    assert "not understood" not in str(with_it)
