"""What holds only because nobody knows is told so wherever somebody reads it."""

import json

from flask.testing import FlaskClient

from cds.http.core import CoreService
from cds.report import report
from tests.api.adult import body, decide

# In heart failure the pool is out until somebody says that it is not decompensated.
CASE = body({"lvef": 35, "nyha": "II"}, ["heart_failure"])
POOL = "contraindications.aquatic.heart-failure"
TOLD = "ot known whether this is so; it holds until it is known"


def test_a_finding_that_is_not_known_does_not_lead_the_summary(client: FlaskClient) -> None:
    """Somebody who reads 'decompensated' first would take it for what the record says."""
    decision = decide(client, CASE)
    states = {found["id"]: found["state"] for found in decision["contraindications"]}
    assert states[POOL] == "unknown"
    assert decision["contraindications"][0]["id"] == POOL
    assert "Decompensated" not in decision["summary"]
    known = [f["message"] for f in decision["contraindications"] if f["state"] == "fired"]
    assert known[0] in decision["summary"]


def test_where_nothing_is_known_the_summary_says_so(client: FlaskClient) -> None:
    """With epilepsy on the list the last seizure is asked for, and taken for a recent one."""
    decision = decide(client, body({}, ["epilepsy"]))
    first = decision["contraindications"][0]
    assert first["state"] == "unknown"
    assert decision["summary"].endswith(f"{first['message']} N{TOLD}.")


def test_the_report_and_the_text_for_clinicians_say_what_is_not_known(
    client: FlaskClient, core: CoreService
) -> None:
    decision = decide(client, CASE)
    pool = decision["contraindications"][0]
    text = " ".join(report(decision, core.names()).split())
    assert f"[high, absolute, until it is known] {pool['message']}" in text
    told = client.get(f"/v1/decisions/{decision['id']}/explanation?audience=clinician").get_json()
    (line,) = (part for part in json.dumps(told).split('"') if part.startswith(pool["message"]))
    assert line.endswith(f"N{TOLD}.")
