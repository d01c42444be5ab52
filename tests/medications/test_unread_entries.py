"""Entries of the lists that have no meaning here: said in the summary while they could matter."""

from typing import Any

import pytest

from tests.medications.conftest import Decide

ONE = "One current entry of the lists could not be read and may change this."
ODD: dict[str, Any] = {"display": "Xyzitis"}
DRUG: dict[str, Any] = {"display": "Tenorminol 50"}


def told(answer: Any) -> str:
    summary: str = answer["summary"]
    return summary


@pytest.mark.parametrize(
    ("conditions", "drugs", "expected"),
    [
        (["hypertension"], ["statin"], ""),
        ([ODD], ["statin"], ONE),
        (["hypertension"], [DRUG], ONE),
        (
            [ODD, {"system": "urn:local", "code": "17"}],
            [DRUG],
            "3 current entries of the lists could not be read and may change this.",
        ),
        ([{**ODD, "status": "resolved"}], ["statin"], ""),
        ([{**ODD, "status": "absent"}], ["statin"], ""),
        ([{"display": "Full-time employment"}], ["statin"], ""),
        ([], [{**DRUG, "status": "resolved"}], ""),
    ],
)
def test_the_summary_says_how_many_entries_could_change_it(
    decide: Decide, conditions: list[Any], drugs: list[Any], expected: str
) -> None:
    answer = decide(drugs, {}, conditions=conditions)
    assert told(answer).endswith(expected)
    assert ("could not be read" in told(answer)) == bool(expected)


def test_what_somebody_checked_is_no_longer_said(decide: Decide) -> None:
    checked = {"unread_condition_harmless": True, "unread_medicine_harmless": True}
    assert "could not be read" not in told(decide([DRUG], checked, conditions=[ODD]))


def test_what_cannot_be_changed_by_reading_more_says_nothing_of_it(decide: Decide) -> None:
    """An emergency is told alone."""
    answer = decide(["statin"], {"sx_ischemic_pain": True, "st_elevation": 3}, conditions=[ODD])
    assert answer["disposition"] in ("emergency", "do_not_exercise")
    assert "could not be read" not in told(answer)


def test_an_unread_condition_is_asked_for(decide: Decide) -> None:
    asked = {entry["fact"] for entry in decide(["statin"], {}, conditions=[ODD])["missing"]}
    assert "unread_condition_harmless" in asked


@pytest.mark.parametrize(
    ("entry", "past", "may_matter"),
    [
        (ODD, False, True),
        ({**ODD, "status": "resolved"}, True, True),
        ({**ODD, "status": "absent"}, False, False),
        ({"display": "Full-time employment"}, False, False),
    ],
)
def test_an_unread_condition_says_whether_it_is_over_and_may_matter(
    decide: Decide, entry: dict[str, Any], past: bool, may_matter: bool
) -> None:
    (found,) = decide(["statin"], {}, conditions=[entry])["unmapped"]
    assert (found["past"], found["may_matter"]) == (past, may_matter)


def test_a_name_counts_where_its_code_is_not_known(decide: Decide) -> None:
    """As in a FHIR record, which has a display beside most codes."""
    local = {"system": "urn:local", "code": "17", "display": "Hyperlipidemia"}
    done = {"system": "urn:local", "code": "18", "display": "Total hip replacement"}
    answer = decide(["statin"], {}, conditions=[local], procedures=[done])
    assert answer["unmapped"] == []
