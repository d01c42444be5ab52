"""Exports of small records, as a server writes them, and runs over them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from cds.http.core import CoreService
from cds.population.progress import Progress
from cds.population.run import Asked, run_population
from cds.settings import Settings
from tests.fhir.records import ICD10CM, LOINC, RXNORM, Resource, coded

DAY = date(2026, 11, 22)
HIDDEN = "Wilhelmina-Testperson"


def person(number: int) -> list[Resource]:
    """A patient with one problem, one medicine by reference, and a heart rate."""
    id_ = f"p{number:03}"
    subject = {"reference": f"Patient/{id_}"}
    problems = (("I50.22", "Heart failure"), ("M81.0", "Osteoporosis"), ("Z99.999", "Unheard of"))
    code, display = problems[number % len(problems)]
    return [
        {
            "resourceType": "Patient",
            "id": id_,
            "gender": ("female", "male")[number % 2],
            "birthDate": f"{1930 + number % 60}-03-04",
            "name": [{"family": HIDDEN}],
        },
        {
            "resourceType": "Condition",
            "id": f"c{number}",
            "subject": subject,
            "code": coded(ICD10CM, code, display),
            "clinicalStatus": coded(None, "active"),
        },
        {
            "resourceType": "MedicationRequest",
            "id": f"m{number}",
            "status": "active",
            "intent": "order",
            "subject": subject,
            "authoredOn": "2026-03-01",
            "medicationReference": {"reference": "Medication/bisoprolol"},
        },
        {
            "resourceType": "Observation",
            "id": f"o{number}",
            "status": "final",
            "subject": subject,
            "code": coded(LOINC, "8867-4"),
            "effectiveDateTime": "2026-11-20",
            "valueQuantity": {"value": 60 + number, "unit": "/min"},
        },
    ]


MEDICATION: Resource = {
    "resourceType": "Medication",
    "id": "bisoprolol",
    "code": coded(RXNORM, "19484", "bisoprolol"),
}


def bundle(resources: Iterable[Resource]) -> dict[str, Any]:
    """What one call sends."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def write_export(folder: Path, resources: Iterable[Resource], most: int = 1_000) -> Path:
    """The resources in files by type, at most so many lines each, as a bulk export writes them."""
    by_type: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        by_type[resource["resourceType"]].append(resource)
    for name, found in by_type.items():
        for at in range(0, len(found), most):
            write_lines(folder / f"{name}.{at // most:03}.ndjson", found[at : at + most])
    return folder


def write_lines(path: Path, values: Iterable[Any]) -> Path:
    """A file of JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values), encoding="utf-8")
    return path


def people(count: int) -> list[Resource]:
    """The resources of so many patients, in no useful order."""
    found = [resource for number in range(count) for resource in person(number)]
    return [MEDICATION, *found[1::2], *found[0::2]]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of the command with a service that is loaded, and the record in a folder."""

    core: CoreService
    data: Path

    def run(self, where: Path, out: Path, **asked: Any) -> Mapping[str, Any]:
        """One run to its end."""
        progress = asked.pop("progress", None) or Progress(StringIO(), shown=False)
        today = asked.pop("today", DAY)
        wanted = Asked(where, out, **{"day": DAY, "workers": 1, **asked})
        settings = Settings(data_dir=self.data)
        return run_population(wanted, settings, today, progress, load=lambda *_: self.core)


def answers(out: Path) -> list[dict[str, Any]]:
    """The lines of the decisions."""
    return _lines(out / "decisions.ndjson")


def problems(out: Path) -> list[dict[str, Any]]:
    """The lines of what was left out."""
    return _lines(out / "problems.ndjson")


def results(out: Path) -> dict[str, bytes]:
    """Every result, byte for byte."""
    names = ("decisions.ndjson", "decisions.parquet", "problems.ndjson", "summary.html")
    return {name: (out / name).read_bytes() for name in (*names, "summary.json")}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
