"""Bytes become Python only when there is one way to read them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.errors import IntakeError
from cds.strict_json import JsonLimits, MalformedError, TooLargeError, read_json

LIMITS = JsonLimits(bytes=20_000)

REFUSED: list[tuple[str, bytes, str]] = [
    ("empty body", b"", ""),
    ("only space", b"  \n", ""),
    ("not utf-8", b'{"a": "\xff"}', ""),
    ("utf-16", '{"a": 1}'.encode("utf-16"), ""),
    ("byte order mark", b'\xef\xbb\xbf{"a": 1}', ""),
    ("surrogate encoded as utf-8", b'{"a": "\xed\xa0\x80"}', ""),
    ("object not closed", b'{"a": 1', ""),
    ("list not closed", b'{"a": [1, 2', "/a"),
    ("text not closed", b'{"a": "abc', "/a"),
    ("text closed by an escaped quote", b'{"a": "' + b'\\"' * 5000, "/a"),
    ("trailing comma in object", b'{"a": 1,}', ""),
    ("trailing comma in list", b'{"a": [1,]}', "/a/1"),
    ("single quotes", b"{'a': 1}", ""),
    ("bare key", b"{a: 1}", ""),
    ("no colon", b'{"a" 1}', "/a"),
    ("comment", b'{"a": 1 /* no */}', ""),
    ("something after the end", b'{"a": 1} {"b": 2}', ""),
    ("closing bracket after the end", b'{"a": 1}]', ""),
    ("duplicate key", b'{"a": {"b": 1, "c": 2, "b": 3}}', "/a/b"),
    ("duplicate key by escape", b'{"a": 1, "\\u0061": 2}', "/a"),
    ("duplicate key beside escaped quotes", b'{"b": "\\u0022\\u0022", "a": 1, "a": 2}', "/a"),
    ("duplicate key beside quotes", b'{"b": "\\"", "a": "", "a": "\\""}', "/a"),
    ("NaN", b'{"a": NaN}', "/a"),
    ("Infinity", b'{"a": [0, Infinity]}', "/a/1"),
    ("minus Infinity", b'{"a": -Infinity}', "/a"),
    ("number too large", b'{"a": 1e400}', "/a"),
    ("negative number too large", b'{"a": -1e999}', "/a"),
    ("nineteen digits", b'{"a": 1234567890123456789}', "/a"),
    ("five thousand digits", b'{"a": ' + b"9" * 5000 + b"}", "/a"),
    ("many decimals", b'{"a": 0.' + b"1" * 30 + b"}", "/a"),
    ("leading zero", b'{"a": 070}', "/a"),
    ("plus sign", b'{"a": +70}', "/a"),
    ("bare point", b'{"a": .5}', "/a"),
    ("point at the end", b'{"a": 5.}', "/a"),
    ("hexadecimal", b'{"a": 0x10}', "/a"),
    ("underscore", b'{"a": 7_0}', "/a"),
    ("digits of another script", '{"a": \u0667\u0660}'.encode(), "/a"),
    ("True", b'{"a": True}', "/a"),
    ("undefined", b'{"a": undefined}', "/a"),
    ("lone high surrogate", b'{"a": "\\ud800"}', "/a"),
    ("lone low surrogate", b'{"a": "x\\udc00y"}', "/a"),
    ("lone surrogate in a key", b'{"\\ud800": 1}', ""),
    ("NUL escape", b'{"a": "x\\u0000"}', "/a"),
    ("raw NUL", b'{"a": "x\x00"}', "/a"),
    ("raw line break in text", b'{"a": "x\ny"}', "/a"),
    ("unknown escape", b'{"a": "\\x41"}', "/a"),
    ("short unicode escape", b'{"a": "\\u12"}', "/a"),
    ("depth 65 of lists", b"[" * 65 + b"]" * 65, "/0/0/0/0"),
    ("depth 10,000 without an end", b"[" * 10_000, "/0/0/0/0"),
    ("depth 65 of objects", b'{"a":' * 65 + b"1" + b"}" * 65, "/a/a/a/a"),
    ("501 members", json.dumps({f"k{n}": n for n in range(501)}).encode(), ""),
    ("501 members that hold others", json.dumps({f"k{n}": [{}] for n in range(501)}).encode(), ""),
    ("1,001 items that hold others", json.dumps({"a": [{"b": []}] * 1001}).encode(), "/a"),
    (
        "501 members in the depth",
        b'{"a":' * 13 + json.dumps({f"k{n}": n for n in range(501)}).encode() + b"}" * 13,
        "/a" * 13,
    ),
    ("a key twice in the depth", b'{"a":' * 13 + b'{"b": 1, "b": 1}' + b"}" * 13, "/a" * 13 + "/b"),
    ("a bracket of the other kind", b'{"a": [{"b": 1], "c": 2}}', "/a/0"),
    ("1,001 items", json.dumps({"a": [0] * 1001}).encode(), "/a"),
    ("text of 5,001", json.dumps({"a": "x" * 5001}).encode(), "/a"),
    ("key of 5,001", json.dumps({"x" * 5001: 1}).encode(), ""),
]


@pytest.mark.parametrize(("body", "pointer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refuses_what_is_not_plain_json_and_names_the_place(body: bytes, pointer: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_json(body, LIMITS)
    (refusal,) = caught.value.refusals
    assert pointer == refusal.pointer
    assert refusal.detail.endswith(".")


def test_refuses_more_bytes_than_the_limit_before_reading_them() -> None:
    with pytest.raises(TooLargeError):
        read_json(b"\xff" * 20_001, LIMITS)


def test_refuses_more_values_than_the_limit() -> None:
    with pytest.raises(MalformedError):
        read_json(b"[[1,2],[3,4]]", JsonLimits(values=6))
    assert read_json(b"[[1,2],[3,4]]", JsonLimits(values=7)) == [[1, 2], [3, 4]]


def test_never_repeats_a_text_or_an_odd_key() -> None:
    for body in (b'{"a": "CANARY\\ud800"}', b'{"CANARY name": NaN}', b'{"a": CANARY}'):
        with pytest.raises(MalformedError) as caught:
            read_json(body, LIMITS)
        assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b' {"a": [1, -2.5, 1e3, true, false, null, "\\ud83d\\ude00"]} ', None),
        (b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
        (b"[" * 64 + b"]" * 64, None),
        (b'{"a":' * 64 + b"1" + b"}" * 64, None),
        (b'[{"a":' * 7 + b"[]" + b"}]" * 7, None),
        (json.dumps({f"k{n}": n for n in range(500)}).encode(), None),
        (json.dumps([0] * 1000).encode(), None),
        (b'"' + b"x" * 5000 + b'"', "x" * 5000),
        (b'{"a": "\\\\u0022", "b": "\\\\\\u0022"}', {"a": "\\u0022", "b": '\\"'}),
        (b'{"\\u0022": "\\u0022 and \\""}', {'"': '" and "'}),
        (json.dumps("2.16.840.1.113883.6.1 1234567890").encode(), None),
        (json.dumps({"a": ",[{" * 1_600}).encode(), None),
        (b"123456789012345678", 123456789012345678),
        (b"-1.23456789012345678", None),
        (b'{"a": {"b": 1}, "c": {"b": 1}}', None),
    ],
)
def test_reads_what_is_within_the_limits(body: bytes, expected: Any) -> None:
    assert (json.loads(body) if expected is None else expected) == read_json(body, LIMITS)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=40,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(plain, st.booleans())
def test_equals_the_standard_reader_on_everything_valid(value: Any, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert json.loads(body) == read_json(body, JsonLimits(digits=400))


NOISE = st.binary(max_size=60) | st.text(
    alphabet='{}[]",:\\u0123456789abdefEnrltsNI.-+ \x00\ud7ff', max_size=60
).map(lambda text: text.encode("utf-8", "surrogatepass"))


@settings(max_examples=800, deadline=None)
@given(NOISE)
def test_either_agrees_with_the_standard_reader_or_raises_an_intake_error(body: bytes) -> None:
    try:
        value = read_json(body, LIMITS)
    except IntakeError:
        return
    assert json.loads(body) == value


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(plain, st.data())
def test_a_damaged_body_never_raises_anything_else(value: Any, data: st.DataObject) -> None:
    body = bytearray(json.dumps(value).encode())
    at = data.draw(st.integers(0, len(body) - 1))
    body[at : at + 1] = data.draw(st.binary(max_size=3))
    details: list[str] = []
    try:
        read_json(bytes(body), LIMITS)
    except IntakeError as refused:
        details = [refusal.detail for refusal in refused.refusals]
    assert "This is not readable JSON." not in details
