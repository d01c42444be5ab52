"""A run gives the decision that one call for each patient gives, on any number of cores."""

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds.audit.canonical import canonical
from cds.http.core import CoreService
from tests.acceptance.test_patients import BUNDLES
from tests.api.conftest import build as build
from tests.api.conftest import store as store
from tests.population.exports import (
    DAY,
    MEDICATION,
    Runs,
    answers,
    bundle,
    people,
    person,
    problems,
    results,
    write_export,
    write_lines,
)

pytestmark = pytest.mark.slow

ADDED = ("id", "created", "receipt")
Json = dict[str, Any]


@pytest.fixture
def client(core: CoreService, build: Callable[[Any], Flask]) -> FlaskClient:
    return build(core).test_client()


def posted(client: FlaskClient, body: Json) -> Json:
    """The answer of one call, without what the record adds."""
    response = client.post(f"/v1/fhir/decisions?evaluation_date={DAY}", json=body)
    assert response.status_code == 201, response.json
    answer: Json = response.get_json()
    return {name: value for name, value in answer.items() if name not in ADDED}


def decided(out: Path) -> dict[str, Json]:
    return {line["patient"]: line["decision"] for line in answers(out)}


def test_an_export_by_type_is_answered_as_one_call_for_each_patient(
    runs: Runs, client: FlaskClient, tmp_path: Path
) -> None:
    runs.run(write_export(tmp_path / "in", people(7), most=4), tmp_path / "out", workers=2)
    calls = {f"p{n:03}": posted(client, bundle([*person(n), MEDICATION])) for n in range(7)}
    found = decided(tmp_path / "out")
    assert found == calls
    assert {tuple(e["id"] for e in each["medications"]) for each in found.values()} == {
        ("beta_blocker",)
    }


def in_order_of_files(document: Json) -> Json:
    """The Bundle with its resources in the order in which an export by type holds them."""
    entries = sorted(document["entry"], key=lambda entry: entry["resource"]["resourceType"])
    return {**document, "entry": entries}


def check_patients(paths: Iterable[Path], runs: Runs, client: FlaskClient, folder: Path) -> None:
    bundles = [in_order_of_files(json.loads(path.read_text("utf-8"))) for path in paths]
    resources = [entry["resource"] for each in bundles for entry in each["entry"]]
    runs.run(write_export(folder / "in", resources), folder / "out")
    calls = [posted(client, each) for each in bundles]
    found = [line["decision"] for line in answers(folder / "out")]
    assert sorted(map(canonical, found)) == sorted(map(canonical, calls))


@pytest.mark.skipif(not BUNDLES, reason="the synthetic patients are absent; set CDS_SHARED")
def test_records_of_decades_are_answered_as_by_calls(
    runs: Runs, client: FlaskClient, tmp_path: Path
) -> None:
    smallest = sorted(BUNDLES, key=lambda path: path.stat().st_size)
    check_patients(smallest[:2], runs, client, tmp_path)


@pytest.mark.skipif(not BUNDLES, reason="the synthetic patients are absent; set CDS_SHARED")
def test_all_synthetic_patients_are_answered_as_by_calls(
    runs: Runs, client: FlaskClient, tmp_path: Path
) -> None:
    check_patients(BUNDLES, runs, client, tmp_path)


def test_bundles_are_answered_as_calls_in_lines_and_in_files(
    runs: Runs, client: FlaskClient, tmp_path: Path
) -> None:
    one, two = (bundle([*person(n), MEDICATION]) for n in (1, 2))
    write_lines(tmp_path / "in" / "a.ndjson", [two])
    (tmp_path / "in" / "b.json").write_text(json.dumps(one, indent=2))
    runs.run(tmp_path / "in", tmp_path / "out")
    assert [(line["patient"], line["place"]) for line in answers(tmp_path / "out")] == [
        ("p001", "b.json:1"),
        ("p002", "a.ndjson:1"),
    ]
    assert list(decided(tmp_path / "out").values()) == [posted(client, one), posted(client, two)]


def test_a_refusal_is_that_of_the_call(runs: Runs, client: FlaskClient, tmp_path: Path) -> None:
    """A record that a call refuses has no decision; the others have theirs."""
    wrong = [{**r, "gender": "F"} if r["resourceType"] == "Patient" else r for r in person(1)]
    summary = runs.run(write_export(tmp_path / "in", [*person(0), *wrong]), tmp_path / "out")
    response = client.post("/v1/fhir/decisions", json=bundle(wrong))
    assert [e["pointer"] for e in response.get_json()["errors"]] == ["/entry/0/resource/gender"]
    details = [e["detail"] for e in response.get_json()["errors"]]
    (line,) = (each for each in answers(tmp_path / "out") if each["patient"] == "p001")
    assert line["undecided"] == [f"Patient.000.ndjson:2 /gender: {text}" for text in details]
    assert (summary["decided"], summary["undecided"]) == (1, 1)
    assert [each["kind"] for each in problems(tmp_path / "out")] == ["undecided"]


def test_the_number_of_processes_changes_no_byte(runs: Runs, tmp_path: Path) -> None:
    where = write_export(tmp_path / "in", people(7))
    runs.run(where, tmp_path / "one", workers=1)
    runs.run(where, tmp_path / "more", workers=3)
    assert results(tmp_path / "more") == results(tmp_path / "one")


def test_how_an_export_is_cut_into_files_changes_no_decision(runs: Runs, tmp_path: Path) -> None:
    runs.run(write_export(tmp_path / "in", people(5)), tmp_path / "out")
    cut = write_export(tmp_path / "cut", people(5), most=2)
    for path in list(cut.iterdir())[::2]:
        (cut / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    runs.run(cut, tmp_path / "again")
    assert decided(tmp_path / "again") == decided(tmp_path / "out")


@pytest.mark.parametrize("address", ["https://ehr.example.org/fhir/", ""])
def test_references_may_be_absolute_and_name_a_version(
    runs: Runs, tmp_path: Path, address: str
) -> None:
    export = json.loads(
        json.dumps(people(2))
        .replace('"Patient/p001"', f'"{address}Patient/p001/_history/3"')
        .replace('"Medication/bisoprolol"', f'"{address}Medication/bisoprolol"')
    )
    runs.run(write_export(tmp_path / "in", people(2)), tmp_path / "out")
    runs.run(write_export(tmp_path / "far", export), tmp_path / "again")
    assert problems(tmp_path / "again") == []
    assert decided(tmp_path / "again") == decided(tmp_path / "out")
