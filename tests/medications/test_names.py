"""Every class is found by code and by name; what is only similar is suggested, never taken."""

import csv
from pathlib import Path

import pytest

from cds.knowledge.files import ROOT
from cds.knowledge.terminology import Terminology

ADDRESSES = {
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ATC": "http://www.whocc.no/atc",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


MEDICATIONS = ROOT / "knowledge" / "medications"
WRITTEN = rows(Path(__file__).parents[1] / "data" / "medicine_names.csv")
NAMES = [(row["written"], set(row["classes"].split(";"))) for row in WRITTEN]


@pytest.mark.parametrize(("written", "classes"), NAMES)
def test_a_medicine_is_read_as_people_write_it(
    terminology: Terminology, written: str, classes: set[str]
) -> None:
    for text in (written, written.upper(), written.lower(), f"  {written}. "):
        reading = terminology.read_medication_name(text)
        assert (reading.classes, reading.known) == (classes, True)


def test_the_table_writes_every_class(terminology: Terminology) -> None:
    written = set().union(*(classes for _, classes in NAMES))
    assert sorted(set(terminology.medications) - written) == []


def test_every_code_of_the_tables_stands_for_its_class(terminology: Terminology) -> None:
    sets = [(r["system"], r["code"], r["class"]) for r in rows(MEDICATIONS / "value_sets.csv")]
    products = [
        ("RxNorm", r["code"], r["class"])
        for r in rows(MEDICATIONS / "rxnorm_products.csv")
        if r["route"] == "systemic"
    ]
    assert len(sets) > 400
    assert len(products) > 1500
    lost = [
        (system, code, class_)
        for system, code, class_ in sets + products
        if class_ not in terminology.read_medication_code(ADDRESSES[system], code).classes
    ]
    assert lost == []


def test_every_class_but_those_known_by_name_has_a_code(terminology: Terminology) -> None:
    coded = {row["class"] for row in rows(MEDICATIONS / "value_sets.csv")}
    assert sorted(set(terminology.medications) - coded) == [
        "androgen_deprivation",
        "antiseizure",
        "calcineurin_inhibitor",
        "checkpoint_inhibitor",
        "glitazone",
        "immune_biologic",
        "inhaled_anticholinergic",
        "lithium",
        "pde5_inhibitor",
        "sedating_other",
        "theophylline",
        "thyroid_hormone",
        "vasodilator",
    ]


def test_a_name_stands_for_the_same_classes_as_the_code_of_its_product(
    terminology: Terminology,
) -> None:
    """The name may say more: an ingredient that the tables of codes do not hold."""
    products = {r["code"]: r["display"] for r in rows(MEDICATIONS / "rxnorm_products.csv")}
    differing = [
        display
        for code, display in products.items()
        if terminology.read_medication_code(ADDRESSES["RxNorm"], code).classes
        != terminology.read_medication_name(display).classes
    ]
    assert differing == []


def test_every_name_of_the_table_is_read(terminology: Terminology) -> None:
    lost = [
        row["name"]
        for row in rows(MEDICATIONS / "names.csv")
        if row["class"] not in terminology.read_medication_name(row["name"]).classes
    ]
    assert lost == []


def test_a_name_without_a_class_has_none(terminology: Terminology) -> None:
    for row in rows(MEDICATIONS / "no_class.csv"):
        reading = terminology.read_medication_name(f"{row['name'].upper()} 10 mg tablet")
        assert (reading.classes, reading.known) == (frozenset(), True)


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("metropolol 50 mg", "Did you mean 'metoprolol'?"),
        ("Bisoprolool", "Did you mean 'bisoprolol'?"),
        ("Amlodipin", "Did you mean 'amlodipine'?"),
        ("hydroclorothiazide", "Did you mean 'hydrochlorothiazide'?"),
        ("some white tablet", None),
        ("Xyzzy", None),
        ("", None),
    ],
)
def test_what_is_only_similar_is_suggested_and_not_taken(
    terminology: Terminology, written: str, note: str | None
) -> None:
    reading = terminology.read_medication_name(written)
    assert (reading.classes, reading.known, reading.note) == (frozenset(), False, note)


def test_a_part_that_is_not_read_leaves_the_whole_not_known(terminology: Terminology) -> None:
    reading = terminology.read_medication_name("Lisinopril 10 mg / Tenorminol 50 mg")
    assert (reading.classes, reading.known) == ({"acei_arb"}, False)
    assert reading.note == "Not read: Tenorminol 50 mg. Did you mean 'tenormin'?"


@pytest.mark.parametrize(
    "written",
    [
        "no beta blocker",
        "Not on metoprolol",
        "allergic to bisoprolol",
        "metoprolol stopped",
        "none",
    ],
)
def test_a_denial_is_no_medicine_and_is_not_read(terminology: Terminology, written: str) -> None:
    reading = terminology.read_medication_name(written)
    assert (reading.classes, reading.known) == (frozenset(), False)


@pytest.mark.parametrize(
    "written",
    ["Hydrocortisone 10 MG/ML Topical Cream", "minoxidil foam", "tacrolimus ointment"],
)
def test_a_local_product_is_known_and_not_counted(terminology: Terminology, written: str) -> None:
    reading = terminology.read_medication_name(written)
    assert (reading.classes, reading.known) == (frozenset(), True)


def test_a_long_text_is_compared_by_its_first_words_only(terminology: Terminology) -> None:
    """Otherwise a request of many long names would keep a worker busy."""
    words = [f"metoprolo{letter}x" for letter in "abcdefghij"]
    note = terminology.read_medication_name(" ".join(words)).note
    assert note == "Did you mean 'metoprolol'?"
    late = " ".join([*["zzzzzz"] * 4, "metoprololl"])
    assert terminology.read_medication_name(late).note is None
