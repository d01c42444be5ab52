"""Bytes to plain Python, strictly: bounded, no duplicate keys, nothing that is not a number.

What is surely plain is read by msgspec, which itself refuses all that is not JSON, and checked as
far as it does not. Whatever is doubtful is walked token by token, which names the place of the
first fault as a JSON pointer. A refusal never repeats what was sent.
"""

import json
import re
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from typing import Annotated, Any, NewType

import msgspec

from cds.errors import IntakeError, Refusal
from cds.json_walk import JsonFault, JsonLimits, walk

__all__ = ["JsonLimits", "MalformedError", "TooLargeError", "read_json"]

# Always matches at a quote, so an unterminated text costs one pass and not one per quote.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_ESCAPE = b"\\"
_ESCAPE_TO_CHECK = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
# Every byte that may stand in a number as a nought, every other one as a space.
_NUMBERS = bytes(48 if byte in b"0123456789.eE+-" else 32 for byte in range(256))
_SEPARATORS = (b",", b"[", b"{")
_STEPS = 4
# O: records hold no more levels than these, but for what they hold inside a resource.
_LEVELS = 12
_DECODERS = 8
_SCALAR = str | int | float | bool | None


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
    if _is_plain(body, limits):
        with suppress(msgspec.MsgspecError, RecursionError):
            value = _decode_within(body, limits)
            written = msgspec.json.encode(value)
            if written == body or _texts_in(written) == _texts_in(body):
                return value
    _refuse_at_fault(text, limits)
    try:
        return json.loads(text)
    except ValueError:
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


def _is_plain(body: bytes, limits: JsonLimits) -> bool:
    """Whether no escape, text or number needs a closer look, and few enough values are built.

    What stands in texts is taken for more values: of very many the body is walked.
    """
    if _ESCAPE in body and _ESCAPE_TO_CHECK.search(body):
        return False
    if len(body) > limits.text and max(map(len, _TEXT.findall(body)), default=0) > limits.text + 2:
        return False
    if _may_be_long(body, limits) and _may_be_long(_TEXT.sub(b"", body), limits):
        return False
    return len(body) < limits.values or sum(map(body.count, _SEPARATORS)) < limits.values


def _may_be_long(body: bytes, limits: JsonLimits) -> bool:
    """Whether anything looks like a number of too many digits; in a text it is none.

    Some of its bytes would be seen in steps, so that few bodies are searched byte by byte.
    """
    digits = limits.digits + 1
    step = max(digits // _STEPS, 1)
    seen = body[::step].translate(_NUMBERS)
    return b"0" * (digits // step) in seen and b"0" * digits in body.translate(_NUMBERS)


def _texts_in(body: bytes) -> int:
    """How many texts stand in JSON, keys among them; of a key that stands twice one is lost."""
    escaped = body.replace(b"\\\\", b"").count(b'\\"') if _ESCAPE in body else 0
    return (body.count(b'"') - escaped) // 2


def _decode_within(body: bytes, limits: JsonLimits) -> Any:
    """The value, when lists and objects are neither too many within one another nor too long.

    Raises: msgspec.MsgspecError when they are, or it is no JSON.
    """
    levels = min(limits.depth, _LEVELS)
    try:
        return _decoder(levels, limits.members, limits.items).decode(body)
    except msgspec.ValidationError:
        value = msgspec.json.decode(body)
        if _is_within(value, limits):
            return value
        raise


@lru_cache(_DECODERS)
def _decoder(levels: int, members: int, items: int) -> msgspec.json.Decoder[Any]:
    """Reads what is nested no deeper, in objects and lists that are no longer; no list of lists."""
    named: Any = NewType  # its hash is not that of all within
    value: Any = _SCALAR
    item: Any = _SCALAR
    for _ in range(levels):
        held = named("held", Annotated[dict[str, value], msgspec.Meta(max_length=members)])
        several = Annotated[list[item], msgspec.Meta(max_length=items)]
        value, item = named("value", held | several | _SCALAR), named("item", held | _SCALAR)
    return msgspec.json.Decoder(value)


def _is_within(value: Any, limits: JsonLimits) -> bool:
    """The same of a value of any depth."""
    level = [value]
    for _ in range(limits.depth + 1):
        objects = [held for held in level if type(held) is dict]
        lists = [held for held in level if type(held) is list]
        if not objects and not lists:
            return True
        if max(map(len, objects), default=0) > limits.members:
            return False
        if max(map(len, lists), default=0) > limits.items:
            return False
        level = [*chain.from_iterable(map(dict.values, objects)), *chain.from_iterable(lists)]
    return False
