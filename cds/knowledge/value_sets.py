"""Reads the terminology: YAML headers and CSV tables under `knowledge/`, all faults at once."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cds.knowledge import value_set_schemas as shapes
from cds.knowledge.code_checks import check_exclusive
from cds.knowledge.code_tables import CodeTable, plain_text
from cds.knowledge.documents import Problems
from cds.knowledge.medication_sets import load_medication_sets
from cds.knowledge.terminology import (
    ImpliedFact,
    Reading,
    Relations,
    ShownCondition,
    Terminology,
    ValueSets,
    plain_address,
)
from cds.knowledge.value_set_reader import Header, Rows, TableReader

Loaded = Mapping[str, Any]


def load_terminology(
    root: Path, problems: Problems, procedures: Mapping[str, str]
) -> Terminology | None:
    """The terminology under `root` (the package's folder), or None when a fault was noted.

    `procedures` are the labels of the procedures by id.
    """
    before = len(problems.found)
    reader = TableReader(root, problems)
    systems = reader.systems()
    conditions = reader.header("conditions/value_sets.yaml", shapes.ConditionsSchema())
    medications = reader.header("medications/value_sets.yaml", shapes.MedicationsSchema())
    reader.header("procedures/value_sets.yaml", shapes.HeaderSchema())
    selection = reader.header("observations/selection.yaml", shapes.SelectionSchema())
    types = reader.header("resource_types.yaml", shapes.ResourceTypesSchema())
    if len(problems.found) > before:
        return None
    reader = TableReader(root, problems, systems)
    condition_sets = _condition_sets(reader, conditions)
    check_exclusive(condition_sets, conditions, reader)
    medication_sets, names = load_medication_sets(reader, medications)
    terminology = Terminology(
        systems={plain_address(a): s for s in systems.values() for a in (s.uri, *s.also)},
        condition_sets=condition_sets,
        medication_sets=medication_sets,
        procedure_sets=_procedure_sets(reader, procedures),
        medication_names=names,
        relations=_relations(reader, conditions, (condition_sets.labels, procedures)),
        observation_codes=_observation_codes(reader),
        reading=_reading(reader, selection.loaded, types.loaded),
    )
    return None if len(problems.found) > before else terminology


def _condition_sets(reader: TableReader, header: Header) -> ValueSets:
    rows = reader.rows("conditions/value_sets.csv", shapes.CONDITION_COLUMNS)
    named = {item["id"]: item["label"] for item in header.loaded["by_name_only"]}
    labels = {**reader.labels(rows, "valueset"), **named}
    return _value_sets(reader, (rows, "valueset"), labels, ("conditions/texts.csv", "condition"))


def _procedure_sets(reader: TableReader, labels: Mapping[str, str]) -> ValueSets:
    rows = reader.rows("procedures/value_sets.csv", shapes.PROCEDURE_COLUMNS)
    return _value_sets(reader, (rows, "procedure"), labels, ("procedures/texts.csv", "procedure"))


def _value_sets(
    reader: TableReader,
    table: tuple[Rows, str],
    labels: Mapping[str, str],
    texts: tuple[str, str],
) -> ValueSets:
    """The sets of a table: found by code, by the name of a code, id or label, and by texts."""
    systems = reader.by_name or {}
    entries = reader.entries(*table, labels)
    codes = CodeTable.build(entries, systems)
    file, column = texts
    named: list[tuple[str, frozenset[str]]] = [
        (entry.display, frozenset(row.id for row in codes.find(systems[entry.system], entry.code)))
        for entry in entries
    ]
    for id_, label in labels.items():
        named += [(id_.replace("_", " "), frozenset({id_})), (label, frozenset({id_}))]
    marks: dict[tuple[str, str], str] = {}
    for where, row in reader.rows(file, ("text", column, "mark")):
        if reader.knows(row[column], labels, where):
            named.append((row["text"], frozenset({row[column]})))
            marks[plain_text(row["text"]), row[column]] = row["mark"]
    return ValueSets(labels, codes, _index(named), marks)


def _observation_codes(reader: TableReader) -> CodeTable:
    """The codes under which facts are measured or asked, each with the list that shows it."""
    rows = reader.rows("observations/codes.csv", shapes.OBSERVATION_COLUMNS)
    named: Rows = [(where, {**row, "kind": "observation"}) for where, row in rows]
    entries = reader.entries(named, "kind", {"observation": ""})
    return CodeTable.build(entries, reader.by_name or {})


def _reading(reader: TableReader, selection: Loaded, types: Loaded) -> Reading:
    without = reader.rows("conditions/no_effect.csv", shapes.NO_EFFECT_COLUMNS)
    allergies = reader.rows("allergies.csv", shapes.ALLERGY_COLUMNS)
    return Reading(
        lowest_of_codes=frozenset(selection["lowest_of_codes"]),
        unit_in_question=frozenset(selection["unit_in_question"]),
        no_effect={plain_text(row["name"]): row["why"] for _, row in without},
        allergies={plain_text(row["text"]): row["fact"] for _, row in allergies},
        ignored_types=frozenset(item["type"] for item in types["ignored"]),
        notes=types["notes"],
    )


def _relations(
    reader: TableReader, header: Header, labels: tuple[Mapping[str, str], Mapping[str, str]]
) -> Relations:
    loaded = header.loaded
    for part, key, known in (
        ("broader", "condition", labels[0]),
        ("leaves_behind", "condition", labels[0]),
        ("after_procedure", "procedure", labels[1]),
        ("implied_facts", "condition", labels[0]),
        ("shown_conditions", "condition", labels[0]),
    ):
        for index, item in enumerate(loaded[part]):
            reader.knows(item[key], known, header.location(part, index, key))
            if "also" in item:
                reader.knows(item["also"], labels[0], header.location(part, index, "also"))
    for index, id_ in enumerate(loaded["past_counts_as_present"]):
        reader.knows(id_, labels[0], header.location("past_counts_as_present", index))
    return Relations(
        frozenset(loaded["past_counts_as_present"]),
        _pairs(loaded["broader"], "condition"),
        _pairs(loaded["leaves_behind"], "condition"),
        _pairs(loaded["after_procedure"], "procedure"),
        tuple(
            ImpliedFact(item["condition"], item["fact"], item["when"] == "ever")
            for item in loaded["implied_facts"]
        ),
        tuple(
            ShownCondition(item["fact"], item["condition"]) for item in loaded["shown_conditions"]
        ),
    )


def _pairs(items: Iterable[Mapping[str, str]], key: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        found[item[key]] = (*found.get(item[key], ()), item["also"])
    return found


def _index(named: Iterable[tuple[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    index: dict[str, frozenset[str]] = {}
    for text, ids in named:
        key = plain_text(text)
        index[key] = index.get(key, frozenset()) | ids
    return index
