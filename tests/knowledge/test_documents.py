"""Strict YAML: what is read is what was written, and every part knows its line."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds.errors import KnowledgeError, LoadError, Location
from cds.knowledge.documents import LocatedDict, Problems, line_of
from cds.knowledge.yaml_reader import read_document

_NAME = "x.yaml"


def _read(folder: Path, data: bytes | str) -> tuple[LocatedDict | None, list[str]]:
    path, problems = folder / _NAME, Problems()
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_document(path, folder, problems), [str(problem) for problem in problems.found]


def test_plain_values_are_read_as_they_stand(tmp_path: Path) -> None:
    text = (
        "text: two words\nquoted: 'no'\nwhole: -5\npart: +1.50\nday: 2026-01-31\n"
        "yes_it_is: true\nNot: False\nnothing: ~\nempty:\nlist: [1, a]\ninner: {a: {b: 0}}\n"
    )
    assert _read(tmp_path, text) == (
        {
            "text": "two words",
            "quoted": "no",
            "whole": -5,
            "part": 1.5,
            "day": date(2026, 1, 31),
            "yes_it_is": True,
            "Not": False,
            "nothing": None,
            "empty": None,
            "list": [1, "a"],
            "inner": {"a": {"b": 0}},
        },
        [],
    )


def test_signs_of_anchors_aliases_and_tags_inside_a_text_are_text(tmp_path: Path) -> None:
    document, reports = _read(tmp_path, "a: 5 & 6 * 7 ! 8\nb: 'x *y'\n")
    assert document == {"a": "5 & 6 * 7 ! 8", "b": "x *y"}
    assert reports == []


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert _read(tmp_path, b"\xef\xbb\xbfa: 1\n") == ({"a": 1}, [])


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\nb: gr\xfc\xdf\n", 2),
        ("a: größer\n".encode("latin-1"), 1),
        ("a: 1\n".encode("utf-16"), 1),
        (b"a: 1\n\n\nb: \x80\n", 4),
    ],
)
def test_another_encoding_is_refused_at_its_line(tmp_path: Path, data: bytes, line: int) -> None:
    assert _read(tmp_path, data) == (
        None,
        [
            f"{_NAME}:{line}: This is not UTF-8, so letters could be misread. Save the file as "
            "UTF-8."
        ],
    )


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    problems = Problems()
    assert read_document(tmp_path / _NAME, tmp_path, problems) is None
    assert [str(problem) for problem in problems.found] == [
        f"{_NAME}:1: The file is missing or cannot be read. What it says would be lost. Restore it."
    ]


def test_all_faults_of_one_file_are_told(tmp_path: Path) -> None:
    _, reports = _read(tmp_path, "a: no\nb: [1, 1:30]\na: 3\nc: {d: 0x1, 2: e}\n")
    assert [report.split(": ")[0] for report in reports] == [
        f"{_NAME}:{line}" for line in (1, 2, 3, 4, 4)
    ]


@pytest.mark.parametrize("depth", [41, 200, 2000])
def test_parts_too_deep_in_one_another_are_refused(tmp_path: Path, depth: int) -> None:
    document, reports = _read(tmp_path, "a: " + "[" * depth + "]" * depth)
    assert document is None
    assert reports == [
        f"{_NAME}:1: The parts stand in one another more than 40 deep. Nobody can review that. "
        "Flatten it."
    ]


@pytest.mark.parametrize("digits", ["1234567890123456", "0.1234567890123456", "9" * 5000])
def test_a_number_that_could_not_be_kept_exactly_is_refused(tmp_path: Path, digits: str) -> None:
    document, reports = _read(tmp_path, f"a: {digits}\n")
    assert document is None
    assert reports == [
        f"{_NAME}:1: '{digits[:40]}' is not a plain number, date or text. Write 12, 1.5, "
        "2026-01-31 or quote it."
    ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("a",), 1),
        (("list",), 2),
        (("list", 1), 4),
        (("list", 1, "b"), 5),
        (("list", 1, "missing"), 4),
        (("list", 9), 2),
        (("missing", 0), 1),
    ],
)
def test_each_part_knows_its_line(tmp_path: Path, path: tuple[str | int, ...], line: int) -> None:
    document, _ = _read(tmp_path, "a: 1\nlist:\n  - 1\n  - a: 2\n    b: 3\n")
    assert line_of(document, path) == line


def test_problems_are_told_by_file_and_by_line_as_a_number() -> None:
    places = [("b.yaml", 2), ("a.yaml", 10), ("a.yaml", 9), ("a.yaml", 100)]
    error = LoadError([KnowledgeError("x", Location(*place)) for place in places])
    assert str(error) == "a.yaml:9: x\na.yaml:10: x\na.yaml:100: x\nb.yaml:2: x"


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.one_of(st.text(), st.text("ab:-[]{}&*!#'\"\n ?|>,01.~%@`\t")))
def test_no_text_crashes_the_reader(tmp_path: Path, data: str) -> None:
    document, reports = _read(tmp_path, data.encode("utf-8", "surrogatepass"))
    assert (document is None) == bool(reports)
