"""The tables, the summary, the page and the record of a run."""

import json
import re
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from cds.audit.opening import open_store
from cds.cli.population import _told
from cds.http.core import CoreService
from cds.http.pipeline import DECISION
from cds.population.page import write_page
from cds.population.progress import Progress
from cds.population.tally import Tally
from cds.secret import read_secret
from cds.settings import Settings
from tests.population.exports import DAY, HIDDEN, Runs, answers, people, write_export, write_lines


@pytest.fixture(scope="module")
def finished(core: CoreService, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """A run over eight patients, of whom one has no decision; it is not written again."""
    folder = tmp_path_factory.mktemp("finished")
    export = write_export(folder / "in", people(7))
    unread = {"resourceType": "Patient", "id": "q", "gender": "?"}
    write_lines(export / "Patient.more.ndjson", [unread])
    runs = Runs(core, folder / "data")
    runs.run(export, folder / "out", workers=2)
    return runs


@pytest.fixture
def out(finished: Runs) -> Path:
    """Its results."""
    return finished.data.parent / "out"


def summary_of(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return found


def test_the_table_holds_a_row_for_each_patient_that_says_what_the_decision_says(
    out: Path,
) -> None:
    rows = parquet.read_table(out / "decisions.parquet").to_pylist()
    lines = answers(out)
    assert [row["patient"] for row in rows] == [line["patient"] for line in lines]
    for row, line in zip(rows, lines, strict=True):
        decision = line.get("decision")
        assert row["decided"] == (decision is not None)
        assert row["evaluation_date"] == DAY
        if decision is None:
            assert row["disposition"] is row["missing"] is row["plan"] is None
            continue
        found = decision["contraindications"]
        assert row["disposition"] == decision["disposition"]
        assert row["clearance"] == decision["screening"]["clearance"]
        assert row["blocked_kinds"].split() == sorted({item["kind"] for item in found})
        assert row["contraindications"].split() == sorted({item["id"] for item in found})
        assert row["plan"] == (decision["plan"] is not None)
        assert row["missing"] == len(decision["missing"])
        assert row["top_question"] == decision["missing"][0]["fact"]
        assert row["unmapped"] == len(decision["unmapped"])
        assert row["knowledge_sha256"] == decision["knowledge"]["sha256"]


def test_the_summary_counts_what_the_decisions_say(out: Path) -> None:
    summary, lines = summary_of(out), answers(out)
    decisions = [line["decision"] for line in lines if "decision" in line]
    assert (summary["patients"], summary["decided"], summary["undecided"]) == (8, 7, 1)
    assert summary["disposition"] == dict(Counter(d["disposition"] for d in decisions))
    for groups in (summary["disposition_by_age"], summary["disposition_by_sex"]):
        counted: Counter[str] = Counter()
        for found in groups.values():
            counted.update(found)
        assert counted == summary["disposition"]
    asked = Counter(fact for d in decisions for fact in {m["fact"] for m in d["missing"]})
    assert summary["questions"] == {fact: asked[fact] for fact in summary["questions"]}
    assert max(asked.values()) == max(summary["questions"].values())
    (unheard,) = (item for item in summary["unmapped"] if item["code"] == "Z99.999")
    assert unheard["patients"] == sum(
        any(item["code"] == "Z99.999" for item in d["unmapped"]) for d in decisions
    )
    assert unheard["patients"] > 0
    assert summary["clinical_sign_off"] == {"pending": 7}


def test_the_page_stands_alone_and_says_all_in_words(out: Path) -> None:
    page = (out / "summary.html").read_text()
    assert not re.search(r"src=|href=|url\(|@import|<script", page)
    assert "Clinical sign-off: pending." in page
    assert page.count("<svg") == len(re.findall(r'<svg role="img" aria-label="[^"]*\d[^"]*"', page))
    assert page.count("<svg") == page.count("</title>") - 1
    for part in ("<caption>", 'scope="row"', 'lang="en"', "Heart failure", "Z99.999"):
        assert part in page
    assert HIDDEN not in page


def test_what_records_say_cannot_become_markup(out: Path) -> None:
    """Texts of codes come from outside."""
    summary = summary_of(out)
    summary["unmapped"][0]["text"] = "<script>alert(1)</script>"
    page = write_page(summary, {})
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_page_of_nobody_is_written_too(out: Path) -> None:
    page = write_page({**summary_of(out), **Tally().as_json()}, {})
    assert "Exercise therapy decisions for 0 patients" in page
    assert page.count("<p>None.</p>") == 6


def _told_of(age: int | None, questions: list[str]) -> dict[str, Any]:
    row = {
        "decided": True,
        "disposition": "proceed",
        "plan": True,
        "clinical_sign_off": "pending",
        "age": age,
        "sex": None,
        "contraindications": "",
    }
    return {"row": row, "questions": questions, "unmapped": [], "unmapped_texts": 0}


def test_ages_stand_in_decades_and_the_oldest_together() -> None:
    tally = Tally()
    for age in (None, 104, 90, 89, 80, 9, 18):
        tally.add(_told_of(age, []))
    groups = tally.as_json()["disposition_by_age"]
    assert {name: sum(found.values()) for name, found in groups.items()} == {
        "0-9": 1,
        "10-19": 1,
        "80-89": 2,
        "90 and over": 2,
        "not known": 1,
    }
    assert next(iter(groups)) == "0-9"
    assert list(groups)[-2:] == ["90 and over", "not known"]


def test_of_questions_asked_of_as_many_the_more_useful_comes_first() -> None:
    tally = Tally()
    tally.add(_told_of(50, ["b", "c", "a"]))
    tally.add(_told_of(50, ["c", "b", "a", "d"]))
    tally.add(_told_of(50, ["b"]))
    assert tally.as_json()["questions"] == {"b": 3, "c": 2, "a": 2, "d": 1}
    assert list(tally.as_json()["questions"]) == ["b", "c", "a", "d"]


def _events(runs: Runs, kind: str) -> list[dict[str, Any]]:
    store = open_store(Settings(data_dir=runs.data), read_secret(runs.data))
    try:
        return [json.loads(store.text_of(entry)) for entry in store.entries() if entry.kind == kind]
    finally:
        store.close()


def test_a_run_is_recorded_once_with_its_counts_and_no_patient(finished: Runs, out: Path) -> None:
    finished.run(out.parent / "in", out)
    begun, ended = _events(finished, "population")
    assert (begun["step"], ended["step"]) == ("begun", "ended")
    assert (ended["patients"], ended["decided"], ended["undecided"]) == (8, 7, 1)
    assert ended["knowledge"] == begun["knowledge"] == finished.core.knowledge_sha256
    assert ended["input_sha256"] == summary_of(out)["input_sha256"]
    assert "p001" not in json.dumps([begun, ended])
    assert _events(finished, DECISION) == []


def test_each_decision_is_recorded_once_where_that_is_asked(runs: Runs, tmp_path: Path) -> None:
    where = write_export(tmp_path / "in", people(4))
    runs.run(where, tmp_path / "plain", workers=2)
    runs.run(where, tmp_path / "out", record=True, workers=2)
    lines = [line["decision"] for line in answers(tmp_path / "out")]
    added = [{name: line.pop(name) for name in ("id", "created", "receipt")} for line in lines]
    assert lines == [line["decision"] for line in answers(tmp_path / "plain")]
    assert len({each["id"] for each in added}) == len(_events(runs, DECISION)) == 4


def test_progress_is_told_with_rate_and_time_left() -> None:
    screen, now = StringIO(), iter([0.0, 0.0, 10.0, 10.1, 70.0])
    progress = Progress(screen, shown=True, clock=lambda: next(now))
    progress.begin("deciding", "patients", 1_000, done=200)
    progress.at(300)
    progress.at(301)
    progress.at(1_000)
    progress.end()
    told = screen.getvalue().replace("\x1b[K", "").removesuffix("\n").split("\r")
    assert told[1:] == [
        "deciding [####--------------------] 200 of 1,000 patients (20%)",
        "deciding [#######-----------------] 300 of 1,000 patients (30%), 10.0/s, 0:01:10 left",
        "deciding [########################] 1,000 of 1,000 patients (100%), 11.4/s, 0:00:00 left",
    ]


def test_progress_is_silent_where_nobody_looks() -> None:
    screen = StringIO()
    progress = Progress(screen, shown=False)
    progress.begin("deciding", "patients", 10)
    progress.at(10)
    progress.end()
    assert screen.getvalue() == ""


def test_the_command_tells_where_to_look() -> None:
    summary = {"patients": 1_200, "decided": 1_190, "undecided": 10, "problems": {"undecided": 10}}
    assert _told(summary, Path("out")).splitlines() == [
        "1,200 patients: 1,190 decided, 10 without a decision. See out/summary.html.",
        "10 entries in out/problems.ndjson say what was left out, and where.",
    ]
