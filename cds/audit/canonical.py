"""Canonical JSON (RFC 8785), quickly: what is recorded and hashed is always the same bytes.

msgspec writes a tree of structs as the standard wants it, but for whole fractions: these are found
by what the types say, and lose their point. Whatever else it might write otherwise (other numbers,
keys or kinds of values) goes through the reference implementation.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import Enum, StrEnum
from functools import cache, partial
from itertools import chain, groupby
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import rfc8785
from msgspec import Struct

from cds.model.fields import field_names

# Between these bounds msgspec and ECMAScript write a fraction alike: no exponent.
_LEAST, _MOST = 1e-4, 1e15
_WORDS = frozenset({str, bool, NoneType, date})
# How a whole fraction ends, and some words in a string.
_POINT = re.compile(rb"\.0(?=[],}]|\Z)")
# The end of a whole number that is the value of a name: only a quotation mark that ends a text
# stands between such a character and a colon.
_AFTER_NAME = re.compile(rb'[^\\{[,:]":-?\d+\Z')
_LONGEST = 24
_ENCODER = msgspec.json.Encoder(order="sorted", enc_hook=dict)


class Canonical(str):
    """Text that is canonical already."""


class _Unusual(Exception):
    """Something that is not written here as the standard wants it."""


def plain(value: Any) -> Any:
    """Plain JSON values of a tree of structs; a whole number is an integer, whatever its type."""
    kind: Any = type(value)
    if value is None or kind is str or kind is bool:
        return value
    if kind is float or kind is int:
        return int(value) if _is_whole(value) else value
    if kind is tuple or kind is list:
        return [plain(item) for item in value]
    if (names := field_names(kind)) is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return plain(_simplify(value))


def canonical(value: Any) -> Canonical:
    """The canonical text of plain JSON values or a tree of structs.

    Raises: ValueError when a number has no canonical form.
    """
    if isinstance(value, Canonical):
        return value
    try:
        return Canonical(_write(value))
    except _Unusual:
        return Canonical(rfc8785.dumps(plain(value)).decode("utf-8"))


def join_members(members: Mapping[str, Any]) -> Canonical:
    """The canonical text of an object, of which parts may be canonical text already.

    Keys are ASCII letters and '_'.
    """
    parts = [(",", f'"{key}":', canonical(members[key])) for key in sorted(members)]
    # In one step: each copy of a long text costs more than writing most members.
    return Canonical("".join(("{", *list(chain.from_iterable(parts))[1:], "}")))


def _write(value: Any) -> str:
    """The text.

    Raises: _Unusual.
    """
    has_whole = _has_whole(_numbers(value))
    text = _ENCODER.encode(value)
    return (_without_points(text) if has_whole else text).decode("utf-8")


def _numbers(value: Any) -> Iterator[float]:
    """All numbers in the value; msgspec writes whatever else there is as it has to be.

    Raises: _Unusual where it does not.
    """
    level = [value]
    while level:
        below: list[Any] = []
        for kind, parts in groupby(level, type):
            if kind is float or kind is int:
                yield from parts
            elif kind not in _WORDS and (read := _reader(kind)) is not None:
                below += read(parts)
        level = below


def _has_whole(numbers: Iterable[float]) -> bool:
    """Whether some are fractions that are whole."""
    found = False
    for number in numbers:
        if number == 0 and str(number) == "-0.0":
            raise _Unusual
        if _is_whole(number):
            found |= type(number) is float
        elif not _LEAST <= abs(number) < _MOST:
            raise _Unusual
    return found


def _without_points(text: bytes) -> bytes:
    """The same with whole fractions as integers: 2 instead of 2.0."""
    if b"\\" not in text:
        return _drop_points(text)
    # No text of JSON holds these two characters, so they can stand for a while.
    hidden = text.replace(b"\\\\", b"\0").replace(b'\\"', b"\1")
    return _drop_points(hidden).replace(b"\1", b'\\"').replace(b"\0", b"\\\\")


def _drop_points(text: bytes) -> bytes:
    """The same, where every quotation mark begins or ends a string."""
    parts, marks = _POINT.split(text), 0
    if all(_AFTER_NAME.search(part, len(part) - _LONGEST) for part in parts[:-1]):
        return b"".join(parts)
    for number, part in enumerate(parts):
        if marks % 2:
            parts[number] = b".0" + part
        marks += part.count(b'"')
    return b"".join(parts)


def _is_whole(value: float) -> bool:
    return abs(value) < _MOST and value == int(value)


@cache
def _reader(kind: type) -> Callable[[Iterable[Any]], Iterable[Any]] | None:
    """What reads all parts of such values that may hold more than words; None if there are none."""
    if kind is tuple or kind is list:
        return chain.from_iterable
    if issubclass(kind, Mapping):
        return lambda values: chain.from_iterable(map(_values_of, values))
    if issubclass(kind, Struct):
        hints = get_type_hints(kind)
        return _reader_of([name for name in hints if not _is_in_words(hints[name])])
    if issubclass(kind, StrEnum):
        return None
    raise _Unusual


def _reader_of(names: list[str]) -> Callable[[Iterable[Any]], Iterable[Any]] | None:
    if not names:
        return None
    read = partial(map, attrgetter(*names))
    return read if len(names) == 1 else lambda values: chain.from_iterable(read(values))


def _values_of(value: Mapping[Any, Any]) -> Iterable[Any]:
    if not all(type(key) is str and key.isascii() for key in value):
        raise _Unusual
    return value.values()


def _is_in_words(hint: Any, within: tuple[Any, ...] = ()) -> bool:
    """Whether a field of this type holds texts, days, yes or no and nothing else."""
    if get_origin(hint) in (tuple, Union, UnionType):
        return all(_is_in_words(one, within) for one in get_args(hint) if one is not ...)
    if not isinstance(hint, type) or hint in _WORDS or hint in within:
        return hint in _WORDS or hint in within
    if issubclass(hint, Struct):
        hints = get_type_hints(hint).values()
        return all(_is_in_words(one, (*within, hint)) for one in hints)
    return issubclass(hint, StrEnum)


def _simplify(value: Any) -> Any:
    """What stands in JSON for a value that JSON does not know."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    raise TypeError(f"{type(value).__name__} is not recorded.")
