"""What of one record cannot both be: facts are reported and left out, lists stay."""

import pytest

from cds.knowledge.contradictions import Contradiction
from cds.knowledge.contradictions_file import load_contradictions
from cds.knowledge.documents import Problems
from cds.knowledge.vocabulary import Vocabulary
from tests.fhir.conftest import PACKAGE, Read
from tests.fhir.records import SNOMED, coded, condition, observation, patient, quantity


@pytest.fixture(scope="module")
def rows(vocabulary: Vocabulary) -> tuple[Contradiction, ...]:
    """The table as shipped; facts of lists are named in it without being in the vocabulary here."""
    return load_contradictions(PACKAGE, vocabulary, Problems())


def test_a_diastolic_pressure_above_the_systolic_one_leaves_both_out(
    read: Read, rows: tuple[Contradiction, ...]
) -> None:
    """12 kPa is 90 mmHg: the two are compared in one unit."""
    systolic = observation("8480-6", id="s", valueQuantity=quantity(85, "mm[Hg]"))
    diastolic = observation("8462-4", id="d", valueQuantity=quantity(12, "kPa"))
    intake = read(systolic, diastolic, contradictions=rows)
    assert {fact.name for fact in intake.facts} == {"age"}
    assert {(r.name, r.reason) for r in intake.rejected} == {
        (
            name,
            "The diastolic pressure is not below the systolic one. Both cannot be: correct one of "
            "/entry/2/resource and /entry/1/resource.",
        )
        for name in ("sbp_rest", "dbp_rest")
    }


def test_a_pressure_that_is_as_it_should_be_is_used(
    read: Read, rows: tuple[Contradiction, ...]
) -> None:
    systolic = observation("8480-6", id="s", valueQuantity=quantity(120, "mm[Hg]"))
    diastolic = observation("8462-4", id="d", valueQuantity=quantity(10, "kPa"))
    intake = read(systolic, diastolic, contradictions=rows)
    assert {fact.name for fact in intake.facts} == {"age", "sbp_rest", "dbp_rest"}
    assert intake.rejected == ()


def test_a_pregnancy_of_a_man_stays_and_his_sex_is_not_used(
    read: Read, rows: tuple[Contradiction, ...]
) -> None:
    pregnant = condition(coded(SNOMED, "77386006"))
    intake = read(pregnant, person=patient(gender="male"), contradictions=rows)
    assert [c.id for c in intake.conditions] == ["pregnancy"]
    assert "sex" not in {fact.name for fact in intake.facts}
    assert [r.name for r in intake.rejected] == ["sex"]
