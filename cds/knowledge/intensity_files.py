"""Loads `knowledge/intensity/`: formulas, category tables, thresholds, calculator inputs."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cds.errors import LoadError, Location
from cds.knowledge.calculator_schema import CalculatorsSchema, SelectionSchema
from cds.knowledge.documents import LocatedDict, Problems, line_of
from cds.knowledge.intensity_schema import CategoriesSchema, FileSchema, FormulasSchema
from cds.knowledge.intensity_tables import (
    build_ceiling,
    build_disagreement,
    build_falls,
    build_formula,
    build_risk,
    build_table,
    build_threshold,
)
from cds.knowledge.schema import check_document, suggest
from cds.knowledge.selection_tables import build_calculator, build_selection
from cds.knowledge.threshold_schema import RiskSchema, ThresholdsSchema
from cds.knowledge.yaml_reader import read_document
from cds.model.formula import IntensityKnowledge

_FILES: Mapping[str, type[FileSchema]] = {
    "formulas": FormulasSchema,
    "categories": CategoriesSchema,
    "thresholds": ThresholdsSchema,
    "aacvpr": RiskSchema,
    "selection": SelectionSchema,
    "calculators": CalculatorsSchema,
}


def load_intensity(root: Path) -> IntensityKnowledge:
    """The intensity knowledge under `root`/intensity, or every problem of its files.

    Args: root is the knowledge directory.
    Raises: LoadError with each problem at its line.
    """
    problems = Problems()
    documents: dict[str, LocatedDict] = {}
    loaded: dict[str, Mapping[str, Any]] = {}
    for name, schema in _FILES.items():
        _load_file(root, name, schema(), problems, documents, loaded)
    if not problems.found:
        _check_ids(documents, loaded, problems)
        _check_references(documents, loaded, problems)
    if problems.found:
        raise LoadError(problems.found)
    return _build(loaded)


def _load_file(  # one parameter for each thing that a load carries along
    root: Path,
    name: str,
    schema: FileSchema,
    problems: Problems,
    documents: dict[str, LocatedDict],
    loaded: dict[str, Mapping[str, Any]],
) -> None:
    path = root / "intensity" / f"{name}.yaml"
    place = f"intensity/{name}.yaml"
    if not path.is_file():
        problems.add(
            "The file is missing; no intensity can be computed. Restore it.", Location(place, 1)
        )
        return
    document = read_document(path, root, problems)
    content = check_document(place, document, schema, problems) if document is not None else None
    if document is not None and content is not None:
        documents[name], loaded[name] = document, content


def _check_ids(
    documents: Mapping[str, LocatedDict],
    loaded: Mapping[str, Mapping[str, Any]],
    problems: Problems,
) -> None:
    lists = (
        ("formulas", "formulas", "id"),
        ("categories", "tables", "name"),
        ("calculators", "calculators", "name"),
    )
    for file, key, field in lists:
        names = [item[field] for item in loaded[file][key]]
        for index, name in enumerate(names):
            if name in names[:index]:
                line = line_of(documents[file], (key, index, field))
                problems.add(
                    f"'{name}' is defined twice. Only one would be used. Rename one.",
                    Location(f"intensity/{file}.yaml", line),
                )


def _check_references(
    documents: Mapping[str, LocatedDict],
    loaded: Mapping[str, Mapping[str, Any]],
    problems: Problems,
) -> None:
    tables = [table["name"] for table in loaded["categories"]["tables"]]
    for index, row in enumerate(loaded["categories"]["disagreements"]):
        if row["table"] not in tables:
            line = line_of(documents["categories"], ("disagreements", index, "table"))
            problems.add(
                f"The table '{row['table']}' does not exist.{suggest(row['table'], tables)}",
                Location("intensity/categories.yaml", line),
            )
    for index, calculator in enumerate(loaded["calculators"]["calculators"]):
        names = [field["name"] for field in calculator["inputs"]]
        for name in _named_inputs(calculator):
            if name not in names:
                line = line_of(documents["calculators"], ("calculators", index))
                problems.add(
                    f"'{name}' is not an input of '{calculator['name']}'.{suggest(name, names)}",
                    Location("intensity/calculators.yaml", line),
                )


def _named_inputs(calculator: Mapping[str, Any]) -> Iterable[str]:
    yield from calculator.get("exactly_one", ())
    if "choice" in calculator:
        yield calculator["choice"]
    for group in ("requires", "optional"):
        for names in calculator.get(group, {}).values():
            yield from names


def _build(loaded: Mapping[str, Mapping[str, Any]]) -> IntensityKnowledge:
    thresholds, categories = loaded["thresholds"], loaded["categories"]
    formulas = [build_formula(row) for row in loaded["formulas"]["formulas"]]
    tables = [build_table(row) for row in categories["tables"]]
    calculators = [build_calculator(row) for row in loaded["calculators"]["calculators"]]
    return IntensityKnowledge(
        formulas=MappingProxyType({formula.id: formula for formula in formulas}),
        tables=MappingProxyType({table.name: table for table in tables}),
        disagreements=tuple(build_disagreement(row) for row in categories["disagreements"]),
        ceiling=build_ceiling(thresholds["ceiling"]),
        chronotropic=_thresholds(thresholds["chronotropic"]),
        recovery=_thresholds(thresholds["recovery"]),
        falls=build_falls(thresholds["falls"]),
        risk=build_risk(loaded["aacvpr"]),
        selection=build_selection(loaded["selection"]),
        messages=MappingProxyType(loaded["calculators"]["messages"]),
        calculators=MappingProxyType({item.name: item for item in calculators}),
    )


def _thresholds(rows: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType({name: build_threshold(row) for name, row in rows.items()})
