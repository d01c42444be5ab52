"""Bytes to plain Python, strictly: bounded, no duplicate keys, nothing that is not a number.

Two passes. The first is quick and works on the text alone, so nothing large is built before
the limits hold. Whatever it doubts is walked token by token by the second, which names the
place of the first fault as a JSON pointer. A refusal never repeats what was sent.
"""

import json
import math
import re
from typing import Any

from cds.errors import IntakeError, Refusal
from cds.json_walk import JsonFault, JsonLimits, walk

__all__ = ["JsonLimits", "MalformedError", "TooLargeError", "read_json"]

# Always matches at a quote, so an unterminated text costs one pass and not one per quote.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
# Outside of texts JSON is ASCII; what is not stays, and is found when the brackets are counted.
_NOT_STRUCTURE = bytes(set(range(128)) - set(b"[]{},"))
# That one kind of bracket closes another is left for the reader to find.
_INNERMOST = re.compile(rb"[{\[],*+[}\]]")
_LONG_NUMBER = re.compile(rb"[0-9.eE+-]{19,}")
_ESCAPE_TO_CHECK = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\x00")


class MalformedError(IntakeError):
    """The body is not JSON that can be read without guessing."""


class TooLargeError(IntakeError):
    """The body has more bytes than are accepted."""


def read_json(body: bytes, limits: JsonLimits) -> Any:
    """The value that the bytes hold.

    Raises: TooLargeError over the byte limit; MalformedError for anything else that is not
    plain, bounded, unambiguous JSON.
    """
    text = _decode(body, limits)
    if not _plainly_within(body, limits):
        _refuse_at_fault(text, limits)
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except ValueError:
        _refuse_at_fault(text, limits)
        raise MalformedError([Refusal("", "This is not readable JSON.")]) from None


def _decode(body: bytes, limits: JsonLimits) -> str:
    if len(body) > limits.bytes:
        raise TooLargeError(
            [Refusal("", f"The body is larger than {limits.bytes:,} bytes. Send less at once.")]
        )
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError(
            [Refusal("", "The body is not UTF-8 text. Encode it as UTF-8.")]
        ) from None
    if text.startswith("\ufeff"):
        raise MalformedError(
            [Refusal("", "The body starts with a byte order mark. Send it without one.")]
        )
    return text


def _refuse_at_fault(text: str, limits: JsonLimits) -> None:
    try:
        walk(text, limits)
    except JsonFault as fault:
        raise MalformedError([Refusal(fault.pointer, fault.detail)]) from None


def _plainly_within(body: bytes, limits: JsonLimits) -> bool:
    """True when the body surely keeps the limits; False means it has to be walked."""
    if _ESCAPE_TO_CHECK.search(body):
        return False
    texts, structure = _split(body)
    if len(body) > limits.text and max(map(len, texts), default=0) > limits.text:
        return False
    if any(_digits(number) > limits.digits for number in _LONG_NUMBER.findall(structure)):
        return False
    return _counts_within(structure.translate(None, _NOT_STRUCTURE), limits)


def _split(body: bytes) -> tuple[list[bytes], bytes]:
    """The texts without their quotes, and all that stands between them."""
    if b"\\" in body:
        return [token[1:-1] for token in _TEXT.findall(body)], _TEXT.sub(b"", body)
    parts = body.split(b'"')
    return parts[1::2], b"".join(parts[0::2])


def _digits(number: bytes) -> int:
    return len(number.translate(None, b".eE+-"))


def _counts_within(marks: bytes, limits: JsonLimits) -> bool:
    """Whether brackets and commas, all that is left of the body, keep the limits.

    The innermost containers are taken out together, one level after the other.
    """
    if len(marks) > limits.values:
        return False
    too_wide = (b"{" + b"," * limits.members, b"[" + b"," * limits.items)
    for _ in range(limits.depth):
        if not marks:
            break
        if any(start in marks for start in too_wide):
            return False
        marks = _INNERMOST.sub(b"", marks)
    return not marks


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _no_constant(_: str) -> float:
    raise ValueError("not a number")
