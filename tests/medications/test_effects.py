"""Each class, through the whole decision: what it does is told, and only its methods remain."""

import pytest

from cds.knowledge.files import ROOT
from cds.knowledge.terminology import Terminology
from tests.medications.conftest import Decide
from tests.medications.test_names import NAMES, rows

EFFECTS = {row["class"]: row for row in rows(ROOT / "knowledge/medications/effects.csv")}
TOLD = ("heart_rate_rest", "heart_rate_exercise", "blood_pressure", "glucose", "heat")
TESTED = {"hr_peak_measured": 150, "hr_peak_on_current_drugs": True}
# What an entry may look like: the id of the class, or its name as people write it.
ENTRIES = [(class_, [class_]) for class_ in EFFECTS] + [
    (next(iter(classes)), [{"display": written}]) for written, classes in NAMES if len(classes) == 1
]


@pytest.mark.parametrize(("class_", "medications"), ENTRIES)
def test_a_class_tells_what_it_does(decide: Decide, class_: str, medications: list[object]) -> None:
    (told,) = decide(medications)["medications"]
    assert told["id"] == class_
    assert {key: told[key] for key in TOLD} == {key: EFFECTS[class_][key] for key in TOLD}
    assert (told["reference"], bool(told["text"])) == (EFFECTS[class_]["reference"], True)


@pytest.mark.parametrize("class_", EFFECTS)
def test_only_the_methods_of_the_class_remain(decide: Decide, class_: str) -> None:
    methods = EFFECTS[class_]["methods"].split(";")
    untested = "hrr_predicted" if "hrr_predicted" in methods else "rpe_only"
    tested = "measured" if "measured" in methods else "rpe_only"
    assert decide([class_])["intensity"]["hr_method"] == untested
    assert decide([class_], TESTED)["intensity"]["hr_method"] == tested


@pytest.mark.parametrize("class_", EFFECTS)
def test_a_rule_speaks_of_the_class(decide: Decide, class_: str) -> None:
    """Not of another one: without the class the rule is silent."""
    silent = {e["rule"] for e in decide([])["explanations"]}
    fired = [e["rule"] for e in decide([class_])["explanations"] if e["state"] == "fired"]
    assert set(fired) - silent != set()


def test_two_classes_leave_the_methods_that_both_leave(decide: Decide) -> None:
    for class_, row in EFFECTS.items():
        left = set(row["methods"].split(";")) & set(EFFECTS["beta_blocker"]["methods"].split(";"))
        answer = decide(sorted({class_, "beta_blocker"}), TESTED)
        expected = "measured" if "measured" in left else "rpe_only"
        assert (class_, answer["intensity"]["hr_method"]) == (class_, expected)


@pytest.mark.parametrize(
    ("medications", "facts", "rule"),
    [
        (["beta_blocker", "insulin"], {}, "medications.combinations.masked-hypoglycaemia"),
        (["beta_blocker", "sulfonylurea"], {}, "medications.combinations.masked-hypoglycaemia"),
        (["beta_blocker", "glinide"], {}, "medications.combinations.masked-hypoglycaemia"),
        (
            ["beta_blocker", "ccb_non_dhp"],
            {"hr_rest": 48},
            "medications.combinations.bradycardia-pair",
        ),
        (
            ["thiazide_diuretic", "digoxin"],
            {"vomiting_diarrhea_24h": True},
            "medications.combinations.diuretic-digoxin",
        ),
        (
            ["fluoroquinolone", "systemic_corticosteroid"],
            {},
            "medications.combinations.steroid-fluoroquinolone",
        ),
        (
            ["anticoagulant"],
            {"falls_12mo": 2},
            "medications.combinations.anticoagulant-falls",
        ),
        (["opioid", "vasodilator"], {"age": 70}, "medications.combinations.sedating-load"),
    ],
)
def test_a_combination_is_noticed(
    decide: Decide, medications: list[str], facts: dict[str, object], rule: str
) -> None:
    fired = {e["rule"] for e in decide(medications, facts)["explanations"] if e["state"] == "fired"}
    assert rule in fired


def test_a_red_flag_of_a_medicine_reaches_the_reader(decide: Decide) -> None:
    told = [entry["message"] for entry in decide(["nitrate"])["education"]]
    assert any("sildenafil" in message for message in told)


def test_every_class_has_its_effects(terminology: Terminology) -> None:
    assert sorted(EFFECTS) == sorted(terminology.medications)
