"""The synthetic patients: each gets a decision that holds together, the dead no prescription."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds.http.core import CoreService
from cds.model.decision import as_json
from tests.acceptance.vectors import SHARED

PATIENTS = SHARED / "patients"
DAY = date(2021, 3, 31)
BUNDLES = sorted(PATIENTS.glob("*-*-*-*-*.json"))
# The contract's keys; id, created and receipt are added when the decision is kept.
KEYS = frozenset(
    {
        "evaluation_date", "disposition", "summary", "screening", "contraindications",
        "requested", "intensity", "hiit", "plan", "delivery", "goals", "outcome_measures",
        "referrals", "education", "missing", "assumptions", "conflicts", "unmapped", "stale",
        "rejected_facts", "explanations", "knowledge",
    }
)  # fmt: skip
NESTED = {
    "screening": {"clearance", "start_intensity", "red_flags"},
    "intensity": {"hr_method", "aerobic", "resistance", "limited_by"},
    "hiit": {"eligible", "protocol", "unmet"},
    "delivery": {
        "setting", "supervision_level", "remote_suitable", "aquatic", "monitoring",
        "stop_criteria",
    },
    "knowledge": {"version", "sha256"},
}  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PATIENTS.is_dir(), reason="the synthetic patients are absent; set CDS_SHARED"
    ),
]


def read(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def decide(core: CoreService, path: Path) -> Mapping[str, Any]:
    decision = core.decide(core.read_bundle(read(path), DAY), DAY)
    answer: Mapping[str, Any] = json.loads(json.dumps(as_json(decision), allow_nan=False))
    return answer


def person(bundle: Mapping[str, Any]) -> Mapping[str, Any]:
    people = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"]
    assert len(people) == 1
    found: Mapping[str, Any] = people[0]
    return found


def is_dead(bundle: Mapping[str, Any]) -> bool:
    patient = person(bundle)
    died = patient.get("deceasedDateTime", "")[:10]
    return bool(patient.get("deceasedBoolean")) or (bool(died) and died <= DAY.isoformat())


def problems_of(answer: Mapping[str, Any], *, dead: bool) -> list[str]:
    """Everything that does not hold together, in a few words each."""
    found = sorted(KEYS - set(answer))
    for part, keys in NESTED.items():
        found += [f"{part}.{key}" for key in sorted(keys - set(answer[part]))]
    if dead and answer["plan"] is not None:
        found.append("a dead person has a plan")
    if dead and answer["intensity"]["aerobic"]["hr_bpm"] is not None:
        found.append("a dead person has a target heart rate")
    if dead and answer["disposition"] != "do_not_exercise":
        found.append(f"a dead person is {answer['disposition']}")
    if not answer["summary"]:
        found.append("no summary")
    found += [
        f"unmapped without code or text: {entry}"
        for entry in answer["unmapped"]
        if not (entry["code"] or entry["text"])
    ]
    return found


def test_every_patient_gets_a_decision_that_holds_together(core: CoreService) -> None:
    table = []
    for path in BUNDLES:
        bundle = read(path)
        answer = decide(core, path)
        dead = is_dead(bundle)
        for problem in problems_of(answer, dead=dead):
            table.append(f"{path.stem[:8]}  {answer['disposition']:<20} {problem}")
    assert table == [], "\n".join(["", *table])


def test_all_56_patients_are_there_and_some_have_died() -> None:
    assert len(BUNDLES) == 56
    assert any(is_dead(read(path)) for path in BUNDLES)


def test_every_condition_is_read_or_its_code_is_listed(core: CoreService) -> None:
    """A condition ends in the case, among the rejected, or its code among the unmapped, once."""
    lost = []
    for path in BUNDLES:
        bundle = read(path)
        intake = core.read_bundle(bundle, DAY)
        read_from = {e.source for e in (*intake.conditions, *intake.rejected, *intake.facts)}
        listed = {entry.code for entry in intake.unmapped}
        lost += [
            f"{path.stem[:8]}  {resource['id']}"
            for resource in (entry["resource"] for entry in bundle["entry"])
            if resource["resourceType"] == "Condition"
            and f"Condition/{resource['id']}" not in read_from
            and not listed & {coding["code"] for coding in resource["code"]["coding"]}
        ]
    assert lost == []


def test_the_same_record_gives_the_same_bytes(core: CoreService) -> None:
    first, again = (json.dumps(decide(core, BUNDLES[0]), sort_keys=True) for _ in range(2))
    assert first == again
