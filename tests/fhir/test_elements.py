"""The data types of FHIR as they are written."""

import xml.etree.ElementTree as ElementTree

import pytest

from cds.fhir.writing.decided import fault_of_reference
from cds.fhir.writing.elements import complete, narrative, span


def test_what_says_nothing_is_left_out_at_every_depth() -> None:
    told = {"a": None, "b": "", "c": [], "d": {"e": [None, {"f": " "}]}, "g": 0, "h": False}
    assert complete(told) == {"g": 0, "h": False}


def test_characters_that_xml_cannot_hold_are_blanks() -> None:
    assert complete(["a\x00b", "a\x0bb", "a\ud800b", "a\uffffb", "a\tb", "a😀b"]) == [
        *("a b", "a b", "a b", "a b"),
        *("a\tb", "a😀b"),
    ]


def test_a_narrative_is_xhtml_whatever_is_told() -> None:
    hostile = "</div><script>&\x00\"'"
    tree = ElementTree.fromstring(narrative(hostile, [hostile, None, ""])["div"])
    assert [element.tag.partition("}")[2] for element in tree.iter()] == ["div", "p", "ul", "li"]
    assert [element.text for element in tree.iter() if element.text] == [
        hostile.replace("\x00", " ")
    ] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient/17", True),
        ("Patient/17/_history/2", True),
        ("https://ehr.example/r4/Patient/a-b.c", True),
        ("urn:uuid:0f3c2b1a-0000-4000-8000-000000000000", True),
        ("urn:oid:1.2.3", True),
        ("Practitioner/17", False),
        ("17", False),
        ("patient/17", False),
        ("Patient/", False),
        ("Patient/a b", False),
        ("javascript:alert(1)//Patient/1", False),
        ("Patient/17\n", False),
        ("https://ehr.example/<b>/Patient/1", False),
    ],
)
def test_only_a_literal_reference_is_one(text: str, expected: bool) -> None:
    assert (fault_of_reference("subject", text) is None) is expected


def test_a_span_of_one_number_is_that_number() -> None:
    assert (span([3.0, 3.0]), span([2.5, 5])) == ("3", "2.5 to 5")
