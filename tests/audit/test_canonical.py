"""The quick way writes the same bytes as the reference implementation of RFC 8785."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from cds.audit.canonical import canonical, join_members, plain

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(values)
@example({"\U0001f600": 1, "\ufb33": 2})
@example([1e-5, 0.0001, 1e15, 1e16, 1e21, 123456789012345.6, -0.0, 5e-324])
@example({"b": '\x7f\x1f\u2028"\\/', "a": 102.0})
@example({"": 1.0, "[": 2.0, '"': 3.0, "\\": 4.0, "a": ":5.0,", "b": [6.0, 7.0]})
def test_equals_the_reference_implementation(value: Any) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["b", "a", "a_b", "ab", "B"]), values, min_size=1))
def test_members_that_are_text_already_join_into_the_same_text(value: dict[str, Any]) -> None:
    first = min(value)
    assert join_members({**value, first: canonical(value[first])}) == canonical(value)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    at: date
    pair: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outer:
    colour: Colour
    inner: Inner
    more: Any


class Words(Struct, frozen=True):
    text: str
    colour: Colour | None = None
    at: date = date(2026, 1, 2)
    more: tuple["Words", ...] = ()


class Note(Struct, frozen=True):
    text: str
    told: tuple[str | None, ...]
    value: Any
    parts: tuple["Note", ...] = ()
    words: Words | None = None


words = st.text('a"\\\0\1,:[]}.-02é\U0001f600', max_size=12)
notes = st.recursive(
    st.builds(Note, words, st.tuples(words | st.none()), values | words),
    lambda inner: st.builds(
        Note, words, st.just(()), values, st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(notes)
@example(Note("", (), 2.0, words=Words('":2.0,', Colour.RED, more=(Words(".0}"),))))
@example(Note('2.0,"', ('\\",3.0]', ",4.0,"), [2.0, -0.5, 7.0], (Note("\\", (), 5.0),)))
def test_a_fraction_that_is_whole_loses_its_point_and_no_text_does(note: Note) -> None:
    """Numbers are found by the types of fields; texts may look like numbers within an object."""
    assert canonical(note).encode() == rfc8785.dumps(plain(note))


def test_a_tree_of_dataclasses_becomes_plain_values() -> None:
    tree = Outer(
        Colour.RED,
        Inner(date(2026, 1, 2), (1.0, 2.5)),
        MappingProxyType({"x": frozenset({"b", "a"})}),
    )
    expected = {
        "colour": "red",
        "inner": {"at": "2026-01-02", "pair": [1, 2.5]},
        "more": {"x": ["a", "b"]},
    }
    assert plain(tree) == expected
    assert canonical(tree).encode() == rfc8785.dumps(expected)
