"""Canonical JSON (RFC 8785), quickly: what is recorded and hashed is always the same bytes.

The standard encoder writes the same text as the canonical form once whole floats are integers
and keys are ASCII; anything else goes through the reference implementation.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any

import rfc8785

# Between these bounds Python and ECMAScript write a fraction alike: no exponent.
_LEAST, _MOST = 1e-4, 1e15


class _Ready(dict[str, Any]):
    """Plain values that the standard encoder writes canonically, so they are read only once.

    Whoever holds one may drop members and put none in.
    """


class Canonical(str):
    """Text that is canonical already."""


class _Unusual(Exception):
    """Something that the standard encoder would write differently."""


def plain(value: Any) -> Any:
    """Plain JSON values of a dataclass tree; a whole number is an integer, whatever its type."""
    try:
        ready = _read(value, strict=True)
    except _Unusual:
        return _read(value, strict=False)
    return _Ready(ready) if type(ready) is dict else ready


def canonical(value: Any) -> Canonical:
    """The canonical text of plain JSON values or a dataclass tree.

    Raises: ValueError when a number has no canonical form.
    """
    if isinstance(value, Canonical):
        return value
    try:
        ready = _read(value, strict=True)
    except _Unusual:
        return Canonical(rfc8785.dumps(plain(value)).decode("utf-8"))
    text = json.dumps(ready, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Canonical(text)


def join_members(members: Mapping[str, Any]) -> Canonical:
    """The canonical text of an object, of which parts may be canonical text already.

    Keys are ASCII letters and '_'.
    """
    parts = [f'"{key}":{canonical(members[key])}' for key in sorted(members)]
    return Canonical("{" + ",".join(parts) + "}")


def _read(value: Any, strict: bool) -> Any:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is float or kind is int:
        return _number(value, strict)
    if kind is _Ready:
        return value
    if kind is dict:
        return {_key(key, strict): _read(item, strict) for key, item in value.items()}
    if kind is tuple or kind is list:
        return [_read(item, strict) for item in value]
    if (shape := _shape(value.__class__)) is not None:
        names, read_all = shape
        return {
            name: part if type(part) is str else _read(part, strict)
            for name, part in zip(names, read_all(value), strict=True)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_key(key, strict): _read(item, strict) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(_read(item, strict) for item in value)
    raise TypeError(f"{type(value).__name__} is not recorded.")


@cache
def _shape(kind: type) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]] | None:
    """The names of the fields of a dataclass, and what reads all of them at once."""
    if not is_dataclass(kind):
        return None
    names = tuple(field.name for field in fields(kind))
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda value: tuple(getattr(value, name) for name in names)


def _key(key: Any, strict: bool) -> str:
    text = str(key)
    if strict and not text.isascii():
        raise _Unusual
    return text


def _number(value: float, strict: bool) -> float:
    size = abs(value)
    if size < _MOST and value == int(value):
        return int(value)
    if strict and not _LEAST <= size < _MOST:
        raise _Unusual
    return value
