"""The shell tells of feedback and of the use of rules what the interface does."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.audit.store import Store
from cds.cli import main
from cds.http.core import CoreService
from tests.api.adult import body, decide
from tests.api.test_record_commands import client, data, kept

__all__ = ["client", "data", "kept"]

HIGH = body({"sbp_rest": 165, "desired_intensity": "vigorous"})


@pytest.fixture
def rule(client: FlaskClient) -> str:
    """A rule that was overridden."""
    decision = decide(client, HIGH)
    found: str = decision["contraindications"][0]["id"]
    told = {"outcome": "overridden", "reason": "supervised", "user": "+1 dr. k"}
    told |= {"target": {"type": "rule", "id": found}}
    path = f"/v1/decisions/{decision['id']}/feedback"
    assert client.post(path, json=told).status_code == 201
    return found


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_the_figures_of_the_shell_are_those_of_the_interface(
    client: FlaskClient,
    core: CoreService,
    rule: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Loading takes seconds; the command for warnings is tested with it.
    monkeypatch.setattr("cds.cli.feedback.load_core", lambda **_: core)
    served: Any = client.get("/v1/analytics/rules").get_json()
    assert json.loads(said(capsys, "analytics", "--json")) == served
    text = said(capsys, "analytics")
    assert f"{rule} (decision): 1 fires, 100.0 per 100; accepted 0, overridden 1" in text
    silent = sum(not use["fires"] for use in served["rules"])
    assert f"{silent} rules never fired." in text


def test_a_warning_is_told_first(
    client: FlaskClient, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule that fired in each of 10 answers, and in none of the 10 since."""
    for _ in range(9):
        decide(client, HIGH)
    for _ in range(10):
        decide(client, body({"tearing_back_pain": True, "pulsatile_abdominal_mass": True}))
    lines = said(capsys, "analytics").splitlines()
    counted = (
        "Answers: 20 of kind decision, 0 of kind follow_up; 0 were erased and are not counted."
    )
    assert lines[0] == counted
    assert any(line.startswith(f"warning: {rule} (decision): Has not fired") for line in lines)


def test_feedback_is_exported_for_a_spreadsheet_and_as_json(
    client: FlaskClient, rule: str, kept: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = csv.DictReader(io.StringIO(said(capsys, "feedback", "export")))
    assert (row["intervention"], row["user"], row["final"]) == (rule, "'+1 dr. k", "true")
    (told,) = json.loads(said(capsys, "feedback", "export", "--format", "json"))["feedback"]
    assert told == client.get("/v1/feedback").get_json()["feedback"][0]
    assert [e.kind for e in kept.entries()].count("export") == 3


def test_a_period_without_feedback_is_a_table_without_rows(
    rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    day = date(2026, 11, 21).isoformat()
    assert len(said(capsys, "feedback", "export", "--to", day).splitlines()) == 1
    assert len(said(capsys, "feedback", "export", "--from", "2026-11-22").splitlines()) == 2
