"""What each class of medicine does to heart rate, pressure, glucose and heat."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from cds.errors import Location
from cds.knowledge.citations import Citation
from cds.knowledge.documents import Problems
from cds.knowledge.table_rows import Row, parse_code, read_rows
from cds.model.medication import MedicationEffect

_FILE = "knowledge/medications/effects.csv"
_TEXTS = ("heart_rate_rest", "heart_rate_exercise", "blood_pressure", "glucose", "heat")
_COLUMNS = (
    *("class", *_TEXTS, "methods", "citation", "locator"),
    *("mark", "other_mark", "reference"),
)
_METHODS = ("hrr_predicted", "measured", "rpe")
_MARKS = ("V", "K", "O")


def load_medication_effects(
    root: Path,
    classes: Mapping[str, str],
    citations: Mapping[str, Citation],
    problems: Problems,
) -> Mapping[str, MedicationEffect]:
    """The effects by class; a class without a row, or a row without a class, is a problem."""
    found: dict[str, MedicationEffect] = {}
    for row in read_rows(root / _FILE, root, _COLUMNS, problems):
        _check(row, classes, citations, problems)
        if row["class"] in found:
            problems.add("This class stands here twice. Keep one row.", row.location)
        found[row["class"]] = _effect(row, classes, citations)
    for missing in sorted(set(classes) - set(found)):
        problems.add(
            f"'{missing}' has no row, so an answer could not say what it does. Add one.",
            Location(_FILE, 1),
        )
    return found


def _check(
    row: Row, classes: Collection[str], citations: Collection[str], problems: Problems
) -> None:
    if row["class"] not in classes:
        problems.add(f"'{row['class']}' is no class of medicine here.", row.location)
    if row["citation"] not in citations:
        problems.add(f"'{row['citation']}' is not in the evidence. Add it there.", row.location)
    for column in ("mark", "other_mark"):
        parse_code(row, column, _MARKS, problems)
    for column in _empty(row):
        problems.add(f"'{column}' is empty. Say 'not known' where it is so.", row.location)
    if not row.items("methods") or not set(row.items("methods")) <= set(_METHODS):
        problems.add(f"'methods' must be of: {', '.join(_METHODS)}.", row.location)


def _empty(row: Row) -> Iterable[str]:
    return (column for column in (*_TEXTS, "locator", "reference") if not row[column])


def _effect(
    row: Row, classes: Mapping[str, str], citations: Mapping[str, Citation]
) -> MedicationEffect:
    cited = citations.get(row["citation"])
    return MedicationEffect(
        id=row["class"],
        label=classes.get(row["class"], row["class"]),
        heart_rate_rest=row["heart_rate_rest"],
        heart_rate_exercise=row["heart_rate_exercise"],
        blood_pressure=row["blood_pressure"],
        glucose=row["glucose"],
        heat=row["heat"],
        intensity_methods=row.items("methods"),
        citation=row["citation"],
        text=cited.text if cited else "",
        locator=row["locator"],
        mark=row["mark"],
        mark_glucose_heat=row["other_mark"],
        reference=row["reference"],
    )
