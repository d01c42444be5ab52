"""Canonical JSON (RFC 8785), quickly: what is recorded and hashed is always the same bytes.

Text is written straight from a dataclass tree, members in order. A number or a key that would
need more than is known here goes through the reference implementation.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from functools import cache, lru_cache
from json.encoder import encode_basestring as quote
from operator import attrgetter
from typing import Any, NamedTuple

import rfc8785

from cds.model.decision import Assumption, ConditionNote, EvidenceNote
from cds.model.fields import field_names

# Between these bounds Python and ECMAScript write a fraction alike: no exponent.
_LEAST, _MOST = 1e-4, 1e15

#: They say what the knowledge says and never a value of a case, so their text is kept; so is that
#: of a comparison that met no fact.
_KEPT = frozenset({EvidenceNote, Assumption})
_MOST_KEPT = 8192

_CONSTANTS = {None: "null", True: "true", False: "false"}


class Canonical(str):
    """Text that is canonical already."""


class _Shape(NamedTuple):
    """The text of a dataclass with a gap for each member, in their order, and what reads them."""

    form: str
    read_all: Callable[[Any], tuple[Any, ...]]


class _Unusual(Exception):
    """Something that is not written here as the standard wants it."""


def plain(value: Any) -> Any:
    """Plain JSON values of a dataclass tree; a whole number is an integer, whatever its type."""
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
    """The canonical text of plain JSON values or a dataclass tree.

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
    parts = [f'"{key}":{canonical(members[key])}' for key in sorted(members)]
    return Canonical("{" + ",".join(parts) + "}")


def _write(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return quote(value)
    if value is None or kind is bool:
        return _CONSTANTS[value]
    if kind is tuple or kind is list:
        return "[" + ",".join([_write(item) for item in value]) + "]"
    if kind is float or kind is int:
        return _write_number(value)
    if (shape := _shape(value.__class__)) is not None:
        return _write_kept(value) if _is_of_knowledge(value) else _write_fields(value, shape)
    if isinstance(value, Mapping):
        return _write_mapping(value)
    return _write(_simplify(value))


def _is_of_knowledge(value: Any) -> bool:
    """Whether a dataclass is known to say nothing of a case."""
    kind = type(value)
    if kind is ConditionNote:
        return value.value is None and value.source is None and value.at is None
    return kind in _KEPT


@lru_cache(_MOST_KEPT)
def _write_kept(value: Any) -> str:
    return _write_fields(value, _shape_of(value.__struct_fields__))


def _write_fields(value: Any, shape: _Shape) -> str:
    form, read_all = shape
    parts = [
        quote(part) if type(part) is str else "null" if part is None else _write(part)
        for part in read_all(value)
    ]
    return form % tuple(parts)


def _write_mapping(value: Mapping[Any, Any]) -> str:
    found = {str(key): item for key, item in value.items()}
    if not all(key.isascii() for key in found):
        raise _Unusual
    return "{" + ",".join([f"{quote(key)}:{_write(found[key])}" for key in sorted(found)]) + "}"


def _write_number(value: float) -> str:
    if _is_whole(value):
        return str(int(value))
    if not _LEAST <= abs(value) < _MOST:
        raise _Unusual
    return repr(value)


def _is_whole(value: float) -> bool:
    return abs(value) < _MOST and value == int(value)


@cache
def _shape(kind: type) -> _Shape | None:
    names = field_names(kind)
    return None if names is None else _shape_of(names)


def _shape_of(fields: tuple[str, ...]) -> _Shape:
    names = sorted(fields)
    form = "{" + ",".join(f'"{name}":%s' for name in names) + "}"
    if len(names) > 1:
        return _Shape(form, attrgetter(*names))
    return _Shape(form, lambda value: tuple(getattr(value, name) for name in names))


def _simplify(value: Any) -> Any:
    """What stands in JSON for a value that JSON does not know."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    raise TypeError(f"{type(value).__name__} is not recorded.")
