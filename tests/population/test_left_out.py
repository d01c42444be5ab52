"""Nothing is dropped silently: what cannot be used is told with its place and not its content."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cds.errors import CdsError
from tests.population.exports import (
    HIDDEN,
    MEDICATION,
    Runs,
    answers,
    bundle,
    people,
    person,
    problems,
    write_export,
    write_lines,
)


def condition(**more: object) -> dict[str, object]:
    return {**person(0)[1], **more}


FOREIGN = {"reference": "Patient/somebody-else"}
LINES = [
    (f'{{"resourceType": "Condition", "note": "{HIDDEN}', "line"),
    (f'{{"resourceType": "Condition", "id": "a", "id": "{HIDDEN}"}}', "line"),
    ("[" * 200 + "]" * 200, "line"),
    (f'"{HIDDEN}"', "line"),
    (json.dumps({"name": HIDDEN}), "line"),
    (json.dumps({"resourceType": f"Condition {HIDDEN}"}), "line"),
    (json.dumps({"resourceType": "Patient", "name": HIDDEN}), "line"),
    (json.dumps(condition(subject={"display": HIDDEN})), "no_patient"),
    (json.dumps(condition(subject={"reference": f"Group/{HIDDEN}"})), "no_patient"),
    (json.dumps({k: v for k, v in condition().items() if k != "subject"}), "no_patient"),
    (json.dumps(condition(subject=HIDDEN)), "no_patient"),
    (json.dumps(condition(subject=FOREIGN)), "unknown_patient"),
    (json.dumps({"resourceType": "OperationOutcome", "text": HIDDEN}), "export"),
]


def test_a_line_that_cannot_be_used_is_told_with_its_place(runs: Runs, tmp_path: Path) -> None:
    export = write_export(tmp_path / "in", person(0))
    text = "\n\n".join(line for line, _ in LINES)
    (export / "More.ndjson").write_text(f"{text}\n{json.dumps(MEDICATION)}\n")
    summary = runs.run(export, tmp_path / "out")
    told = problems(tmp_path / "out")
    assert [(each["place"], each["kind"]) for each in told] == [
        (f"More.ndjson:{1 + 2 * number}", kind) for number, (_, kind) in enumerate(LINES)
    ]
    assert HIDDEN not in json.dumps(told)
    assert summary["problems"] == Counter(kind for _, kind in LINES)
    assert summary["decided"] == 1


def test_bytes_that_are_no_text_are_told(runs: Runs, tmp_path: Path) -> None:
    export = write_export(tmp_path / "in", person(0))
    (export / "More.ndjson").write_bytes(b'{"a": "\xff\xfe"}\n')
    runs.run(export, tmp_path / "out")
    (told,) = problems(tmp_path / "out")
    assert told["what"] == "The body is not UTF-8 text. Encode it as UTF-8."


def test_a_line_without_end_takes_no_memory_and_the_next_is_read(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds.population.sources._LONGEST", 5_000)
    export = write_export(tmp_path / "in", person(0))
    long = json.dumps(condition(note=[{"text": "x" * 6_000}]))
    (export / "More.ndjson").write_text(f"{long}\n{json.dumps(condition(subject=FOREIGN))}\n")
    runs.run(export, tmp_path / "out")
    found = {told["place"]: told["what"] for told in problems(tmp_path / "out")}
    assert list(found) == ["More.ndjson:1", "More.ndjson:2"]
    assert found["More.ndjson:1"] == "The line is longer than 5,000 bytes. Split it."


@pytest.mark.parametrize("cut", [slice(None, -9), slice(40, None)], ids=["cut", "no gzip"])
def test_a_broken_gzip_file_is_told_and_the_others_are_read(
    runs: Runs, tmp_path: Path, cut: slice
) -> None:
    export = write_export(tmp_path / "in", person(0))
    whole = "".join(f"{json.dumps(condition(id=str(n)))}\n" for n in range(50))
    (export / "More.ndjson.gz").write_bytes(gzip.compress(whole.encode())[cut])
    summary = runs.run(export, tmp_path / "out")
    (told,) = problems(tmp_path / "out")
    assert told["place"].startswith("More.ndjson.gz:")
    assert "no gzip, or it ends early" in told["what"]
    assert summary["decided"] == 1


def test_a_patient_in_several_bundles_is_told_as_each_may_lack_what_the_other_says(
    runs: Runs, tmp_path: Path
) -> None:
    one = bundle(person(0))
    write_lines(tmp_path / "in" / "a.ndjson", [one, bundle(person(1)), one])
    summary = runs.run(tmp_path / "in", tmp_path / "out")
    found = [(told["kind"], told["place"]) for told in problems(tmp_path / "out")]
    assert found == [("several", "a.ndjson:1"), ("several", "a.ndjson:3")]
    assert summary["decided"] == 3


def test_two_records_of_one_patient_in_an_export_are_refused_as_a_call_refuses_them(
    runs: Runs, tmp_path: Path
) -> None:
    runs.run(write_export(tmp_path / "in", [*person(0), person(0)[0]]), tmp_path / "out")
    (line,) = answers(tmp_path / "out")
    assert "more than one Patient" in line["undecided"][0]


def test_every_line_is_counted_once(runs: Runs, tmp_path: Path) -> None:
    """What is used, what is set aside and what is told add up to what came."""
    practitioner = {"resourceType": "Practitioner", "id": "d"}
    manifest = {"transactionTime": "2026-11-22T00:00:00Z", "request": "", "output": []}
    export = write_export(tmp_path / "in", [*people(4), practitioner])
    (export / "manifest.json").write_text(json.dumps(manifest, indent=1))
    lines = "\n".join(line for line, _ in LINES)
    (export / "More.ndjson").write_text(lines)
    (export / "notes.txt").write_text("not FHIR")
    summary = runs.run(export, tmp_path / "out")
    told = sum(summary["problems"].values()) - summary["problems"]["unknown_patient"]
    assert sum(summary["resources"].values()) + told == 1 + len(people(4)) + 1 + len(LINES)
    assert sum(file["lines"] for file in summary["files"]) == 1 + len(people(4)) + 1 + len(LINES)
    assert summary["files_not_read"] == ["notes.txt"]
    assert summary["resources"]["the manifest"] == 1


def test_a_fault_of_the_service_costs_one_patient_and_tells_no_content(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = type(runs.core).decide

    def decide(self: object, intake: object, *days: Any) -> object:
        if getattr(intake, "subject_id", None) == "p001":
            raise KeyError(HIDDEN)
        return real(self, intake, *days)  # type: ignore[arg-type]

    monkeypatch.setattr(type(runs.core), "decide", decide)
    summary = runs.run(write_export(tmp_path / "in", people(3)), tmp_path / "out")
    (told,) = problems(tmp_path / "out")
    assert (summary["decided"], summary["undecided"]) == (2, 1)
    assert "KeyError at" in told["what"]
    assert HIDDEN not in told["what"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "is not there. Name a file or a folder that is."),
        ("empty", "holds no FHIR file. Name an NDJSON file, or a directory"),
    ],
)
def test_an_input_without_files_is_refused(
    runs: Runs, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CdsError, match=message):
        runs.run(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()
