"""The quick way writes what the library for RFC 8785 writes, byte for byte."""

import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from cds.audit.canonical import canonical_json

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1e-4, 9.9e-5, 1e15, 1e16, 1e21, 1e22, 2.0**53, 68.0, 0.1 + 0.2]),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXT),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(_TEXT, inner)),
)


@given(_VALUES)
def test_the_text_is_what_the_library_writes(value: object) -> None:
    assert rfc8785.dumps(value).decode("utf-8") == canonical_json(value)


def test_keys_are_ordered_as_utf_16() -> None:
    """A key beyond the basic plane comes before U+FFFD there, and after it by code point."""
    assert canonical_json({"\ufffd": 2, "\U0001f600": 1}) == '{"\U0001f600":1,"\ufffd":2}'


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, object()])
def test_what_has_no_canonical_text_is_refused(value: object) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical_json({"a": [value]})
