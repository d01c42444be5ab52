"""The procedures of the contract are there, once each."""

from pathlib import Path

from cds.knowledge.documents import Problems
from cds.knowledge.procedure_labels import load_procedures

_CONTRACT = {
    "cabg",
    "pci",
    "valve_surgery",
    "heart_transplant",
    "knee_replacement",
    "hip_replacement",
    "acl_reconstruction",
    "rotator_cuff_repair",
    "lumbar_fusion",
}


def test_the_procedures_of_the_contract_are_there(package: Path, problems: Problems) -> None:
    labels = load_procedures(package, problems)
    assert [str(problem) for problem in problems.found] == []
    assert set(labels) >= _CONTRACT
    assert labels["cabg"] == "coronary bypass surgery"


def test_a_procedure_that_stands_twice_is_a_problem(tmp_path: Path, problems: Problems) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "procedures.yaml").write_text(
        "clinical_sign_off: pending\n"
        "procedures:\n"
        "  - {id: cabg, label: bypass}\n"
        "  - {id: cabg, label: graft}\n",
        encoding="utf-8",
    )
    assert load_procedures(tmp_path, problems) == {"cabg": "bypass"}
    assert [str(problem) for problem in problems.found] == [
        "knowledge/procedures.yaml:4: The procedure 'cabg' stands twice. Keep one."
    ]
