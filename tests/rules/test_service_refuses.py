"""The service does not start on any fault, and says all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from cds.errors import LoadError
from cds.service import find_problems, load_service
from tests.rules.small_root import BONES, FLAGS

pytestmark = pytest.mark.slow

_NAMES = "knowledge/names.yaml"


def _edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_sound_root_starts(root: Path) -> None:
    service = load_service(root)
    assert sorted(service.rules.rules) == [
        "contraindications.bones.hold",
        "contraindications.bones.no-flexion",
        "definitions.flags.symptomatic",
    ]
    assert find_problems(root) == ()


def test_faults_of_knowledge_and_rules_are_told_at_once(root: Path) -> None:
    _edit(root, _NAMES, "clinical_sign_off: pending", "clinical_sign_off: done")
    _edit(root, BONES, "kind: hold_today", "kind: hold")
    _edit(root, FLAGS, "n: 1\n", "n: 3\n")
    with pytest.raises(LoadError) as caught:
        load_service(root)
    places = [str(problem.location) for problem in caught.value.problems]
    assert places == [f"{_NAMES}:2", f"{BONES}:50", f"{FLAGS}:19"]
    assert str(caught.value).count("\n") == 2


def test_a_broken_vocabulary_does_not_blame_the_rules_for_its_facts(root: Path) -> None:
    _edit(root, "knowledge/facts/vital_sign.yaml", "clinical_sign_off: pending\n", "")
    assert {p.location.path for p in find_problems(root) if p.location} == {
        "knowledge/facts/vital_sign.yaml"
    }


def test_knowledge_that_cannot_be_read_does_not_hide_faults_of_rules(root: Path) -> None:
    (root / "knowledge" / "systems.yaml").unlink()
    _edit(root, BONES, "severity: high", "severity: hi")
    places = {str(problem.location) for problem in find_problems(root)}
    assert places == {"knowledge/systems.yaml:1", f"{BONES}:27"}


DELIVERY = ("supervision", "equipment", "monitoring", "aquatic", "benefits")


def test_every_broken_file_of_the_knowledge_is_told_at_once(root: Path) -> None:
    names = [path.relative_to(root).as_posix() for path in (root / "knowledge").rglob("*.yaml")]
    # The first five and the article are read at other doors, the others once there is a vocabulary.
    later = {name for name in names if name.startswith("knowledge/article/")} | {
        f"knowledge/{name}.yaml"
        for name in (
            "canaries",
            "contradictions",
            "form",
            "feedback",
            "hooks",
            "intended_use",
            "reference_rows",
            "source_attributes",
            "not_carried",
            "derivations",
            "goals",
            "hiit/protocols",
            *(f"delivery/{name}" for name in DELIVERY),
        )
    }
    for name in names:
        (root / name).write_text("\t- broken\n", encoding="utf-8")
    reports = {str(problem) for problem in find_problems(root)}
    message = "A tab indents this line. YAML counts spaces only. Use spaces."
    assert {f"{name}:1: {message}" for name in names if name not in later} == {
        report for report in reports if report.endswith(message)
    }


@pytest.mark.parametrize(
    "name",
    [
        "knowledge/derivations.yaml",
        "knowledge/facts/person.yaml",
        "knowledge/intensity/formulas.yaml",
        "knowledge/goals.yaml",
        "knowledge/names.yaml",
        "knowledge/team.yaml",
        "knowledge/teaching.yaml",
        "knowledge/procedures.yaml",
        "knowledge/profiles/texts/bone.yaml",
        "knowledge/conditions/value_sets.csv",
        "knowledge/exercises/movements.csv",
    ],
)
def test_a_missing_file_of_the_knowledge_is_told_and_never_passed_over(
    root: Path, name: str
) -> None:
    (root / name).unlink()
    assert find_problems(root) != ()


def test_the_check_as_a_command_tells_every_fault_and_fails(root: Path) -> None:
    _edit(root, BONES, "if_unknown: apply", "if_unknown: maybe")
    _edit(root, FLAGS, "fact: symptomatic", "fact: symptomatc")
    command = [sys.executable, "-m", "cds", "check", str(root)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        f"{BONES}:16: 'if_unknown': 'maybe' is not known here. Use one of: apply, require, ask, "
        "assume.",
        f"{FLAGS}:25: There is no fact 'symptomatc'. The rule would point at nothing. Did you "
        "mean 'symptomatic'?",
        "2 problems.",
    ]
