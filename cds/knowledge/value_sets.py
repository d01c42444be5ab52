"""Reads the terminology: YAML headers and CSV tables under `knowledge/`, all faults at once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import Schema

from cds.errors import Location
from cds.knowledge import value_set_schemas as shapes
from cds.knowledge.code_tables import CodeEntry, CodeSystem, CodeTable, PhraseTable, plain_text
from cds.knowledge.documents import LocatedDict, Problems, line_of, read_document
from cds.knowledge.schema import check_document, suggest
from cds.knowledge.table_rows import read_rows
from cds.knowledge.terminology import (
    ImpliedFact,
    MedicationNames,
    Relations,
    Terminology,
    ValueSets,
    plain_address,
)

Cells = Mapping[str, str]
Rows = list[tuple[Location, Cells]]


def load_terminology(
    root: Path, problems: Problems, procedures: Mapping[str, str]
) -> Terminology | None:
    """The terminology under `root` (the package's folder), or None when a fault was noted.

    `procedures` are the labels of the procedures by id.
    """
    before = len(problems.found)
    reader = _Reader(root, problems)
    systems = reader.systems()
    conditions = reader.header("conditions/value_sets.yaml", shapes.ConditionsSchema())
    medications = reader.header("medications/value_sets.yaml", shapes.MedicationsSchema())
    reader.header("procedures/value_sets.yaml", shapes.HeaderSchema())
    selection = reader.header("observations/selection.yaml", shapes.SelectionSchema())
    if len(problems.found) > before:
        return None
    reader = _Reader(root, problems, systems)
    condition_sets = _condition_sets(reader)
    medication_sets, names = _medication_sets(reader, medications)
    terminology = Terminology(
        systems={plain_address(a): s for s in systems.values() for a in (s.uri, *s.also)},
        condition_sets=condition_sets,
        medication_sets=medication_sets,
        procedure_sets=_procedure_sets(reader, procedures),
        medication_names=names,
        relations=_relations(reader, conditions, (condition_sets.labels, procedures)),
        lowest_of_codes=frozenset(selection.loaded["lowest_of_codes"]),
    )
    return None if len(problems.found) > before else terminology


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    document: LocatedDict
    loaded: Mapping[str, Any]

    def location(self, *path: str | int) -> Location:
        return Location(self.name, line_of(self.document, path))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads files under the root and notes every fault."""

    root: Path
    problems: Problems
    by_name: Mapping[str, CodeSystem] | None = None

    def header(self, name: str, schema: Schema) -> _Header:
        """The checked header; an empty one after a fault was noted."""
        path, shown = self.root / "knowledge" / name, f"knowledge/{name}"
        document = None
        if path.is_file():
            document = read_document(path, self.root, self.problems)
        else:
            self.problems.add(
                "The file is missing. Codes mean nothing without it.", Location(shown, 1)
            )
        if document is None:
            return _Header(shown, LocatedDict(1), {})
        return _Header(
            shown, document, check_document(shown, document, schema, self.problems) or {}
        )

    def systems(self) -> dict[str, CodeSystem]:
        """The code systems by short name."""
        header = self.header("systems.yaml", shapes.SystemsSchema())
        found: dict[str, CodeSystem] = {}
        for index, item in enumerate(header.loaded.get("systems", ())):
            try:
                pattern = re.compile(item["pattern"])
            except re.error:
                where = header.location("systems", index, "pattern")
                self.problems.add("This is not a regular expression. Mend the pattern.", where)
                continue
            also = tuple(item["also"])
            found[item["name"]] = CodeSystem(item["name"], item["uri"], also, pattern, item["dot"])
        return found

    def rows(self, name: str, columns: Sequence[str], empty: Sequence[str] = ()) -> Rows:
        """The sound rows of a table; a cell may be blank only in the columns of `empty`."""
        path = self.root / "knowledge" / name
        if not path.is_file():
            where = Location(f"knowledge/{name}", 1)
            self.problems.add("The table is missing. Codes mean nothing without it.", where)
            return []
        sound: Rows = []
        for row in read_rows(path, self.root, columns, self.problems):
            faults = [fault for c in columns if (fault := _fault(c, row[c], c in empty))]
            for fault in faults:
                self.problems.add(fault, row.location)
            if not faults:
                sound.append((row.location, row.cells))
        return sound

    def labels(self, rows: Rows, column: str) -> dict[str, str]:
        """Each id with its one label."""
        found: dict[str, str] = {}
        for where, row in rows:
            if found.setdefault(row[column], row["label"]) != row["label"]:
                self.problems.add(f"'{row[column]}' has two labels. Keep one.", where)
        return found

    def entries(self, rows: Rows, column: str, labels: Mapping[str, str]) -> list[CodeEntry]:
        """The rows as code entries, each with a known id, a known system and a sound code."""
        found: dict[tuple[str, ...], CodeEntry] = {}
        for where, row in rows:
            system = (self.by_name or {}).get(row["system"])
            if system is None:
                close = suggest(row["system"], self.by_name or {})
                self.problems.add(
                    f"The system '{row['system']}' is not in systems.yaml.{close}", where
                )
            elif not system.normalise(row["code"]):
                self.problems.add(f"'{row['code']}' is no {system.name} code. Mend it.", where)
            elif self.knows(row[column], labels, where):
                entry = _entry(row, column)
                key = (
                    entry.id,
                    entry.system,
                    entry.code,
                    row.get("ingredient", row.get("name", "")),
                )
                if key in found:
                    self.problems.add("This code stands twice in the set. Keep one.", where)
                found[key] = entry
        return list(found.values())

    def knows(self, id_: str, labels: Mapping[str, str], where: Location) -> bool:
        """Whether the id is known; notes it when not."""
        if id_ in labels:
            return True
        self.problems.add(f"'{id_}' is not a known id here.{suggest(id_, labels)}", where)
        return False


def _fault(column: str, cell: str, may_be_blank: bool) -> str:
    """What is wrong with a cell, or nothing."""
    if cell != cell.strip():
        return f"'{column}' begins or ends with a space. Names are compared exactly. Take it out."
    if not cell and not may_be_blank:
        return f"'{column}' is empty. Fill it in."
    allowed = shapes.ALLOWED_CELLS.get(column)
    if allowed and cell not in allowed:
        return f"'{column}' must be one of: {', '.join(allowed)}."
    return ""


def _entry(row: Cells, column: str) -> CodeEntry:
    return CodeEntry(
        id=row[column],
        system=row["system"],
        code=row["code"],
        display=row.get("display") or row["name"],
        prefix=row.get("match") == "prefix",
        history=row.get("temporal") == "history",
        verified=row.get("status", shapes.VERIFIED) == shapes.VERIFIED,
        local_route=row.get("route") == "local",
    )


def _condition_sets(reader: _Reader) -> ValueSets:
    rows = reader.rows("conditions/value_sets.csv", shapes.CONDITION_COLUMNS)
    labels = reader.labels(rows, "valueset")
    return _value_sets(reader, (rows, "valueset"), labels, ("conditions/texts.csv", "condition"))


def _procedure_sets(reader: _Reader, labels: Mapping[str, str]) -> ValueSets:
    rows = reader.rows("procedures/value_sets.csv", shapes.PROCEDURE_COLUMNS)
    return _value_sets(reader, (rows, "procedure"), labels, ("procedures/texts.csv", "procedure"))


def _value_sets(
    reader: _Reader,
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
    for where, row in reader.rows(file, ("text", column, "mark")):
        if reader.knows(row[column], labels, where):
            named.append((row["text"], frozenset({row[column]})))
    return ValueSets(labels, codes, _index(named))


def _medication_sets(reader: _Reader, header: _Header) -> tuple[ValueSets, MedicationNames]:
    rows = reader.rows("medications/value_sets.csv", shapes.MEDICATION_COLUMNS)
    labels = reader.labels(rows, "class")
    listed = reader.rows(
        "medications/rxnorm_products.csv", shapes.PRODUCT_COLUMNS, ("ingredient_code",)
    )
    products = [(where, {**row, "system": "RxNorm"}) for where, row in listed]
    other = [
        (row["name"], row["class"])
        for where, row in reader.rows("medications/names.csv", shapes.NAME_COLUMNS)
        if reader.knows(row["class"], labels, where)
    ]
    ingredients = [(row["name"], row["class"]) for _, row in rows if row["match"] == "exact"]
    ingredients += [(row["ingredient"], row["class"]) for _, row in products]
    for index, id_ in enumerate(header.loaded["systemic_only"]):
        reader.knows(id_, labels, header.location("systemic_only", index))
    codes = CodeTable.build(
        reader.entries([*rows, *products], "class", labels), reader.by_name or {}
    )
    names = MedicationNames(
        PhraseTable.build([*ingredients, *other]),
        frozenset(header.loaded["systemic_only"]),
        frozenset(header.loaded["local_route_words"]),
    )
    return ValueSets(labels, codes, {}), names


def _relations(
    reader: _Reader, header: _Header, labels: tuple[Mapping[str, str], Mapping[str, str]]
) -> Relations:
    loaded = header.loaded
    for part, key, known in (
        ("broader", "condition", labels[0]),
        ("leaves_behind", "condition", labels[0]),
        ("after_procedure", "procedure", labels[1]),
        ("implied_facts", "condition", labels[0]),
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
