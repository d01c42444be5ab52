"""The table of units is checked like every other knowledge file."""

from pathlib import Path

import pytest

from cds.knowledge.documents import Problems
from cds.knowledge.unit_file import check_units

_GOOD = """\
clinical_sign_off: pending
source: UCUM
dimensions:
  - name: mass
    units:
      - {unit: kg, factor: "1"}
      - {unit: g, factor: "0.001", aliases: [gram]}
  - name: amount
    units:
      - {unit: mmol, factor: "1"}
bridges:
  - {quantity: salt, from: g, to: mmol, factor: "1/58.44", source: molar mass, mark: K}
"""


def _check(root: Path, text: str, problems: Problems) -> list[str]:
    (root / "knowledge").mkdir()
    (root / "knowledge" / "units.yaml").write_text(text, encoding="utf-8")
    check_units(root, problems)
    return [str(problem) for problem in problems.found]


def test_the_table_as_shipped_has_no_fault(package: Path, problems: Problems) -> None:
    check_units(package, problems)
    assert [str(problem) for problem in problems.found] == []


def test_a_table_without_fault_is_silent(tmp_path: Path, problems: Problems) -> None:
    assert _check(tmp_path, _GOOD, problems) == []


def test_a_missing_table_is_a_problem(tmp_path: Path, problems: Problems) -> None:
    check_units(tmp_path, problems)
    assert [str(problem) for problem in problems.found] == [
        "knowledge/units.yaml:1: The file is missing. What it says would be lost. Restore it."
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"0.001"', "0.001", 7, "not text"),
        ('"0.001"', '"1e-3"', 7, "exact number"),
        ('"0.001"', '"1/0"', 7, "exact number"),
        ('"0.001"', '"-1"', 7, "above zero"),
        ('"0.001"', '"0"', 7, "above zero"),
        ("unit: g,", "unit: kg,", 7, "stands twice"),
        ("[gram]", "[kg]", 7, "means two units"),
        ('kg, factor: "1"', 'kg, factor: "2"', 6, "factor 1"),
        ('kg, factor: "1"', 'kg, factor: "1", offset: "3"', 6, "no offset"),
        ("to: mmol", "to: mol", 12, "Add the unit"),
        ("to: mmol", "to: kg", 12, "Drop the bridge"),
        ('"1/58.44"', '"-1/58.44"', 12, "above zero"),
        ("mark: K", "mark: Z", 12, "Use one of: V, K, O"),
        ("source: UCUM\n", "", 1, "'source' is missing"),
    ],
)
def test_a_fault_of_the_table_is_reported_at_its_line(
    tmp_path: Path, problems: Problems, old: str, new: str, line: int, message: str
) -> None:
    reports = _check(tmp_path, _GOOD.replace(old, new, 1), problems)
    assert any(
        report.startswith(f"knowledge/units.yaml:{line}: ") and message in report
        for report in reports
    ), reports
