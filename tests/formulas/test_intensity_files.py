"""The loader refuses every fault of the intensity files at its line, all of them at once."""

import shutil
from pathlib import Path

import pytest

from cds.errors import LoadError
from cds.knowledge.intensity_files import load_intensity
from cds.model.formula import IntensityKnowledge

KNOWLEDGE = Path(__file__).resolve().parents[2] / "cds" / "knowledge"
FILES = KNOWLEDGE / "intensity"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the shipped files that a test may spoil."""
    shutil.copytree(FILES, tmp_path / "intensity")
    return tmp_path


def _spoil(root: Path, file: str, old: str, new: str) -> int:
    path = root / "intensity" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("formulas.yaml", "constant: 220\n", "constant: '220'\n", "not a number"),
        ("formulas.yaml", "constant: 220\n", "konstant: 220\n", "Did you mean 'constant'"),
        ("formulas.yaml", "id: FORM-HRMAX-TANAKA", "id: FORM-HRMAX-FOX", "defined twice"),
        ("formulas.yaml", "mark: V", "mark: X", "Use one of: V, K, O"),
        ("categories.yaml", "from: 40,", "from: 30,", "above the one before"),
        ("categories.yaml", "category: light", "category: easy", "Use one of"),
        ("categories.yaml", "{category: very_light, id", "{category: very_light, from: 5, id",
         "lowest band"),
        ("categories.yaml", "{table: percent_hr_max", "{table: percent_hrmax", "Did you mean"),
        ("thresholds.yaml", "offset: -10", "constant: 10", "either 'fact'"),
        ("thresholds.yaml", "unit: s, from_age", "from_age", "'unit' is missing"),
        ("aacvpr.yaml", "at_least: 7}", "atleast: 7}", "Did you mean 'at_least'"),
        ("selection.yaml", "rule: FORM-SEL-1", "ruel: FORM-SEL-1", "Did you mean 'rule'"),
        ("calculators.yaml", "unit: a, plausible: [0, 120]", "unit: a", "needs 'plausible'"),
        ("calculators.yaml", "choice: method", "choice: methode", "not an input of 'hr_max'"),
        ("calculators.yaml", "clinical_sign_off: pending", "clinical_sign_off: done", "pending"),
        ("formulas.yaml", "version: 1", "version: 1\nversion: 2", "stands twice"),
    ],
)  # fmt: skip
def test_fault_is_reported_in_its_file(
    root: Path, file: str, old: str, new: str, message: str
) -> None:
    _spoil(root, file, old, new)
    with pytest.raises(LoadError) as caught:
        load_intensity(root)
    assert f"intensity/{file}:" in str(caught.value)
    assert message in str(caught.value)


def test_fault_is_reported_at_its_line(root: Path) -> None:
    line = _spoil(root, "formulas.yaml", "constant: 220\n", "constant: '220'\n")
    with pytest.raises(LoadError, match=f"intensity/formulas.yaml:{line}:"):
        load_intensity(root)


def test_faults_of_several_files_are_reported_together(root: Path) -> None:
    _spoil(root, "formulas.yaml", "mark: V", "mark: X")
    (root / "intensity" / "aacvpr.yaml").unlink()
    with pytest.raises(LoadError) as caught:
        load_intensity(root)
    assert {p.location.path for p in caught.value.problems if p.location} == {
        "intensity/formulas.yaml",
        "intensity/aacvpr.yaml",
    }


def test_every_file_awaits_clinical_sign_off() -> None:
    files = sorted(FILES.glob("*.yaml"))
    assert len(files) == 6
    for path in files:
        assert "\nclinical_sign_off: pending\n" in path.read_text()


@pytest.mark.parametrize(
    "row",
    [
        "FORM-HRMAX-FOX", "FORM-HRMAX-TANAKA", "FORM-HRMAX-GELLISH", "FORM-HRMAX-GULATI",
        "FORM-HRMAX-BRAWNER", "FORM-HRMAX-KETEYIAN", "FORM-HRMAX-SYDO", "FORM-HRMAX-MEAS",
        "FORM-HRR", "FORM-PHRMAX", "FORM-VO2R", "FORM-MET", "FORM-KCAL", "FORM-WALK", "FORM-RUN",
        "FORM-CYC", "FORM-ARM", "FORM-STEP", "FORM-CONV", "FORM-6MWT", "FORM-CI", "FORM-RPP",
        "FORM-1RM-EPLEY", "FORM-1RM-BRZ",
    ],
)  # fmt: skip
def test_every_formula_of_the_reference_is_shipped(intensity: IntensityKnowledge, row: str) -> None:
    assert row in {formula.reference for formula in intensity.formulas.values()}
