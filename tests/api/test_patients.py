"""Real records: every shared patient gets a decision, and the shell gives the same one."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.cli import main

pytestmark = pytest.mark.slow

SHARED = Path(os.environ.get("CDS_SHARED", Path(__file__).parents[3] / "shared")) / "patients"
PATIENTS = sorted(p for p in SHARED.glob("*.json") if p.name != "MANIFEST.json")
DAY = "2021-03-31"

needs_patients = pytest.mark.skipif(
    not PATIENTS, reason="the shared patients are not here; set CDS_SHARED to their folder"
)


def decide(client: FlaskClient, path: Path) -> Any:
    return client.post(
        f"/v1/fhir/decisions?evaluation_date={DAY}",
        data=path.read_bytes(),
        headers={"Content-Type": "application/fhir+json"},
    )


@needs_patients
def test_every_patient_gets_a_decision_and_the_deceased_no_plan(client: FlaskClient) -> None:
    assert len(PATIENTS) == 56
    for path in PATIENTS:
        answer = decide(client, path)
        decision = answer.get_json()
        assert (path.name, answer.status_code) == (path.name, 201)
        assert decision["evaluation_date"] == DAY
        patient = json.loads(path.read_bytes())["entry"][0]["resource"]
        if "deceasedDateTime" in patient and patient["deceasedDateTime"][:10] <= DAY:
            assert (path.name, decision["plan"]) == (path.name, None)


@needs_patients
def test_the_shell_gives_the_decision_of_the_interface(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = decide(client, PATIENTS[0]).get_json()
    assert main(["decide", str(PATIENTS[0]), "--json", "--evaluation-date", DAY]) == 0
    shown = json.loads(capsys.readouterr().out)
    kept = {name: shown[name] for name in sent if name in shown}
    assert kept == {name: sent[name] for name in kept}
    assert set(sent) - set(shown) == {"id", "created", "receipt"}
