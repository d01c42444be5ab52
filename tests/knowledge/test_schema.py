"""What the schemas say of a fault: which key, what is wrong, what to do."""

from pathlib import Path
from typing import Any

import pytest
from marshmallow import fields, validate

from cds.knowledge.documents import Problems
from cds.knowledge.schema import (
    Day,
    Flag,
    KnowledgeSchema,
    Number,
    Text,
    check_document,
    choice,
    load_documents,
    suggest,
)
from cds.knowledge.yaml_reader import read_document


class _Inner(KnowledgeSchema):
    colour = choice("red", "green")
    start = Number(data_key="from")


class _Outer(KnowledgeSchema):
    text = Text()
    short = Text(validate=validate.Length(max=3, error="Three letters at most."))
    number = Number()
    flag = Flag()
    day = Day()
    colour = choice("red", "green")
    words = fields.List(Text())
    parts = fields.List(fields.Nested(_Inner))
    table = fields.Dict(keys=Text(), values=Text())


class _Needed(KnowledgeSchema):
    name = Text(required=True)


def _faults(folder: Path, text: str, schema: type[KnowledgeSchema] = _Outer) -> list[str]:
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    problems = Problems()
    document = read_document(folder / "x.yaml", folder, problems)
    assert document is not None
    check_document("x.yaml", document, schema(), problems)
    return [str(problem) for problem in problems.found]


_NO_LIST = "This is not a list. Write '[a, b]', or lines that begin with '- '."
_NO_MAPPING = "This is not a mapping. Write 'key: value' lines below it."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text: 1", "'text': This is not text. Quote it."),
        ("text: ''", "'text': This text is empty. Write it, or leave the key out."),
        ("text: null", "The key 'text' has no value. Write one, or leave an optional key out."),
        ("short: four", "'short': Three letters at most."),
        ("number: '1'", "'number': This is not a number. Write it plainly, like 12 or 1.5."),
        ("number: true", "'number': This is not a number. Write it plainly, like 12 or 1.5."),
        ("number: [1]", "'number': This is not a number. Write it plainly, like 12 or 1.5."),
        ("flag: 1", "'flag': Write true or false."),
        ("flag: 'true'", "'flag': Write true or false."),
        ("day: '2026-01-31'", "'day': This is not a day. Use YYYY-MM-DD, unquoted."),
        ("day: 2026", "'day': This is not a day. Use YYYY-MM-DD, unquoted."),
        (
            "colour: gren",
            "'colour': 'gren' is not known here. Use one of: red, green. Did you mean 'green'?",
        ),
        ("colour: blue", "'colour': 'blue' is not known here. Use one of: red, green."),
        ("words: a", f"'words': {_NO_LIST}"),
        ("words: {a: b}", f"'words': {_NO_LIST}"),
        ("words: [a, 1]", "part 2 of 'words': This is not text. Quote it."),
        ("parts: [a]", f"part 1 of 'parts': {_NO_MAPPING}"),
        (
            "parts: [{form: 1}]",
            "The key 'form' is not known here, so it would say nothing. Take it "
            "out. Did you mean 'from'?",
        ),
        ("parts: [{from: a}]", "'from': This is not a number. Write it plainly, like 12 or 1.5."),
        ("table: [a]", f"'table': {_NO_MAPPING}"),
        ("table: {a: 1}", "'a': This is not text. Quote it."),
        (
            "nmber: 1",
            "The key 'nmber' is not known here, so it would say nothing. Take it out. "
            "Did you mean 'number'?",
        ),
        ("zzz: 1", "The key 'zzz' is not known here, so it would say nothing. Take it out."),
    ],
)
def test_a_fault_says_where_what_and_what_to_do(tmp_path: Path, text: str, message: str) -> None:
    assert _faults(tmp_path, f"# first line\n{text}\n") == [f"x.yaml:2: {message}"]


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    assert _faults(tmp_path, "{}\n", _Needed) == [
        "x.yaml:1: The key 'name' is missing. Nothing is filled in for it. Add it."
    ]


def test_a_sound_document_is_loaded(tmp_path: Path) -> None:
    text = "number: 1\nflag: false\nwords: [a]\nparts: [{from: 1.5, colour: red}]\ntable: {a: b}\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    problems = Problems()
    loaded = list(load_documents(tmp_path, "*.yaml", _Outer(), problems))
    expected: dict[str, Any] = {
        "number": 1.0,
        "flag": False,
        "words": ["a"],
        "parts": [{"start": 1.5, "colour": "red"}],
        "table": {"a": "b"},
    }
    assert [(name, values) for name, _, values in loaded] == [("x.yaml", expected)]
    assert problems.found == []


def test_a_file_that_must_be_there_is_missed(tmp_path: Path) -> None:
    problems = Problems()
    assert list(load_documents(tmp_path, "knowledge/x.yaml", _Outer(), problems)) == []
    assert [str(problem) for problem in problems.found] == [
        "knowledge/x.yaml:1: The file is missing. What it says would be lost. Restore it."
    ]


def test_a_folder_may_be_empty(tmp_path: Path) -> None:
    problems = Problems()
    assert list(load_documents(tmp_path, "knowledge/*.yaml", _Outer(), problems)) == []
    assert problems.found == []


@pytest.mark.parametrize(
    ("name", "hint"), [("gren", " Did you mean 'green'?"), ("zzz", ""), ("", "")]
)
def test_a_near_name_is_suggested(name: str, hint: str) -> None:
    assert suggest(name, ["red", "green"]) == hint
