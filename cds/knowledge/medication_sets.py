"""Classes of medicines: by code, and by the names of ingredients, brands and classes."""

from collections import defaultdict
from collections.abc import Mapping

from cds.knowledge import value_set_schemas as shapes
from cds.knowledge.code_tables import CodeTable, PhraseTable, medicine_words
from cds.knowledge.medication_names import NO_CLASS, MedicationNames
from cds.knowledge.terminology import ValueSets
from cds.knowledge.value_set_reader import Cells, Header, Rows, TableReader

Named = list[tuple[str, str, tuple[str, str]]]


def load_medication_sets(reader: TableReader, header: Header) -> tuple[ValueSets, MedicationNames]:
    """The classes with their codes, and the names by which a medicine is read."""
    rows = reader.rows("medications/value_sets.csv", shapes.MEDICATION_COLUMNS)
    labels = {**reader.labels(rows, "class"), **_by_name_only(header)}
    listed = reader.rows(
        "medications/rxnorm_products.csv", shapes.PRODUCT_COLUMNS, ("ingredient_code",)
    )
    products = [(where, {**row, "system": "RxNorm"}) for where, row in listed]
    codes = CodeTable.build(
        reader.entries([*rows, *products], "class", labels), reader.by_name or {}
    )
    return ValueSets(labels, codes, {}), _names(reader, header, labels, [*rows, *products])


def _by_name_only(header: Header) -> Mapping[str, str]:
    return {item["id"]: item["label"] for item in header.loaded["by_name_only"]}


def _names(
    reader: TableReader, header: Header, labels: Mapping[str, str], rows: Rows
) -> MedicationNames:
    loaded = header.loaded
    for index, id_ in enumerate(loaded["systemic_only"]):
        reader.knows(id_, labels, header.location("systemic_only", index))
    named = [*_of_codes(rows), *_other_names(reader, labels)]
    return MedicationNames(
        phrases=PhraseTable.build((name, id_) for name, id_, _ in named),
        by_letter=_by_letter(named),
        systemic_only=frozenset(loaded["systemic_only"]),
        local_route_words=frozenset(loaded["local_route_words"]),
        filler_words=frozenset(loaded["filler_words"]),
        not_taken_words=frozenset(loaded["not_taken_words"]),
        notes=loaded["notes"],
        origins={" ".join(medicine_words(name)): origin for name, _, origin in reversed(named)},
    )


def _by_letter(named: Named) -> Mapping[str, tuple[str, ...]]:
    """The names of one word by their first letter."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, _, _ in named:
        words = medicine_words(name)
        if len(words) == 1:
            found[words[0][0]].add(words[0])
    return {letter: tuple(sorted(names)) for letter, names in found.items()}


def _of_codes(rows: Rows) -> Named:
    """The names of single ingredients, with where each was found; those of groups are headings."""
    return [
        (row.get("ingredient") or row["name"], row["class"], (shapes.VERIFIED, row["verified"]))
        for _, row in rows
        if row.get("match", "exact") == "exact"
    ]


def _other_names(reader: TableReader, labels: Mapping[str, str]) -> Named:
    other = reader.rows("medications/names.csv", shapes.NAME_COLUMNS)
    known = [
        (row["name"], row["class"], _by_hand(row))
        for where, row in other
        if reader.knows(row["class"], labels, where)
    ]
    without = reader.rows("medications/no_class.csv", shapes.NO_CLASS_COLUMNS)
    return [*known, *((row["name"], NO_CLASS, _by_hand(row)) for _, row in without)]


def _by_hand(row: Cells) -> tuple[str, str]:
    return shapes.BY_HAND, f"{row['kind']}, mark {row['mark']}"
