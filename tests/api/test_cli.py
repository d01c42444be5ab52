"""The shell: readable by a person, exact for a machine, clear about what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cds.cli import main
from cds.knowledge.files import ROOT
from tests.api.test_decisions import BODY


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(BODY))
    return path


def test_a_decision_is_told_to_a_person(
    request_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", str(request_file)]) == 0
    told = capsys.readouterr().out
    for part in ("(2026-11-22)", "Findings", "Missing", "Why", "awaits sign-off", "Z99.999"):
        assert part in told
    assert max(map(len, told.splitlines())) <= 100


def test_a_decision_is_given_as_json(
    request_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", str(request_file), "--json"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert decision["evaluation_date"] == "2026-11-22"
    assert decision["disposition"]


def test_the_position_that_the_site_chose_is_followed_and_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {"icd_lowest_detection_rate": {"value": 150, "unit": "/min", "at": "2026-11-22"}}
    body = {"facts": facts, "conditions": [{"id": "icd"}], "evaluation_date": "2026-11-22"}
    path = tmp_path / "request.json"
    path.write_text(json.dumps(body))
    monkeypatch.setenv("CDS_POLICIES", "icd_margin=20")
    assert main(["decide", str(path), "--json"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert decision["intensity"]["aerobic"]["hr_ceiling_bpm"] == 130
    chosen = {"policy": "icd_margin", "option": "20", "chosen_by": "site policy"}
    assert decision["knowledge"]["policies"] == [chosen]
    told = [conflict["policy"] for conflict in decision["conflicts"]]
    assert told == ["icd_margin"]


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ("icd_margim=20", "Site policy 'icd_margim' is not known."),
        ("icd_margin=15", "Site policy 'icd_margin' has no option '15'."),
    ],
)
def test_a_position_that_does_not_exist_is_refused_at_start(
    request_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    chosen: str,
    told: str,
) -> None:
    monkeypatch.setenv("CDS_POLICIES", chosen)
    assert main(["decide", str(request_file)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert "Use one of: " in said.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"facts": {"agee": 70}}', "/facts/agee: This fact is not in the vocabulary."),
        ('{"facts": {"age": "70"}}', "/facts/age: This must be a number"),
        ('{"facts": ', "/facts: "),
        ("[]", "/: The body must be a JSON object."),
    ],
)
def test_a_faulty_request_is_told_on_stderr_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    path = tmp_path / "request.json"
    path.write_text(text)
    assert main(["decide", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err


def test_a_check_in_is_answered_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "check-in.json"
    path.write_text(json.dumps({"facts": {"pain_during": 6, "delta24": 3}}))
    assert main(["follow-up", str(path)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["row"], answer["action"]) == ("PR-07", "REGRESS_50")


def test_a_check_in_that_names_a_record_is_refused_at_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "check-in.json"
    path.write_text(json.dumps({"decision": "0" * 32}))
    assert main(["follow-up", str(path)]) == 2
    assert "/decision: No record is read here." in capsys.readouterr().err


def test_a_missing_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_faulty_date_is_told(request_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["decide", str(request_file), "--evaluation-date", "22.11.2026"])
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_the_date_of_the_option_counts(
    request_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", str(request_file), "--json", "--evaluation-date", "2026-12-01"]) == 0
    assert json.loads(capsys.readouterr().out)["evaluation_date"] == "2026-12-01"


def test_a_faulty_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDS_WORKERS", "many")
    assert main(["serve"]) == 2
    assert "CDS_WORKERS is not a whole number" in capsys.readouterr().err


def test_the_coverage_of_the_reference_and_of_the_article_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["coverage"]) == 0
    *files, everything, article = capsys.readouterr().out.splitlines()
    assert len(files) == 7
    assert everything.startswith("all: ")
    assert "critical or high 284 of 284" in everything
    assert article.startswith("source article: 239 claims, ")


def test_the_help_imports_neither_service_nor_server() -> None:
    """Who asks what a command takes waits for no knowledge: a tenth of a second, not two."""
    asked = (
        "import sys, cds.cli\ntry: cds.cli.main(['check', '--help'])\nfinally: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"cds.service", "cds.server", "flask", "sqlalchemy", "marshmallow", "yaml"}
