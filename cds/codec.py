"""Frozen values as JSON and back: structs, enums, tuples, sets, mappings and days.

Nothing but the classes of the packages that the reader names can come out of a text, so reading
one runs no code of its own. Each value stands in a text once, after its parts: a list begins with
the numbers of the values that it is made of and ends with that of its kind.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from enum import Enum
from importlib import import_module
from math import isfinite
from types import MappingProxyType
from typing import Any

from msgspec.json import decode, encode

from cds.errors import CdsError
from cds.model.fields import field_names

Make = Callable[..., Any]
_SCALARS = frozenset({str, int, float, bool, type(None)})


class CodecError(CdsError):
    """A value that cannot be written, or a class that may not be read."""


def _pair_up(*parts: Any) -> dict[Any, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


#: What is no class of ours, by number; the classes of a text follow.
_BUILT_IN: tuple[tuple[type, Make], ...] = (
    (tuple, lambda *parts: parts),
    (frozenset, lambda *parts: frozenset(parts)),
    (dict, _pair_up),
    (MappingProxyType, lambda *parts: MappingProxyType(_pair_up(*parts))),
    (date, date),
    (re.Pattern, re.compile),
)


def write(value: Any) -> bytes:
    """The value as text.

    Raises: CodecError when something in it is of another kind.
    """
    writer = _Writer()
    writer.note(value)
    names = [f"{kind.__module__}:{kind.__qualname__}" for kind in writer.kinds]
    return encode([names, writer.noted])


def read(text: bytes, packages: Collection[str]) -> Any:
    """The value that was written; its classes must lie in these packages.

    Raises: CodecError when one does not.
    """
    names, noted = decode(text)
    makers = [*(make for _, make in _BUILT_IN), *(_maker(name, packages) for name in names)]
    made: list[Any] = []
    numbered = made.__getitem__
    for entry in noted:
        if type(entry) is list:
            make = makers[entry.pop()]
            entry = make(*map(numbered, entry))
        made.append(entry)
    return made[-1]


class _Writer:
    """Notes every value once, its parts before it."""

    def __init__(self) -> None:
        self._kinds: dict[type, int] = {kind: n for n, (kind, _) in enumerate(_BUILT_IN)}
        self._numbers: dict[Any, int] = {}
        self.noted: list[Any] = []
        self.kinds: list[type] = []

    def note(self, value: Any) -> int:
        """The number of the value."""
        kind = type(value)
        if kind in _SCALARS and not (kind is float and not isfinite(value)):
            return self._number((kind, repr(value)), value)
        entry = [*map(self.note, _parts(value)), self._kind(kind)]
        return self._number(tuple(entry), entry)

    def _number(self, key: Any, entry: Any) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.noted)
            self.noted.append(entry)
        return self._numbers[key]

    def _kind(self, kind: type) -> int:
        if kind not in self._kinds:
            self._kinds[kind] = len(self._kinds)
            self.kinds.append(kind)
        return self._kinds[kind]


def _is_ours(kind: type) -> bool:
    return field_names(kind) is not None or issubclass(kind, Enum) or hasattr(kind, "frozen_parts")


def _parts(value: Any) -> Sequence[Any]:
    if isinstance(value, Enum):
        return [value.value]
    if hasattr(value, "frozen_parts"):
        parts: Sequence[Any] = value.frozen_parts()
        return parts
    kind: Any = type(value)
    if (names := field_names(kind)) is not None:
        return [getattr(value, name) for name in names]
    if isinstance(value, (tuple, frozenset)):
        return list(value)
    if isinstance(value, Mapping):
        return [part for item in value.items() for part in item]
    if isinstance(value, re.Pattern):
        return [value.pattern, value.flags]
    if type(value) is date:
        return [value.year, value.month, value.day]
    raise CodecError(f"A {type(value).__name__} cannot be written.")


def _maker(name: str, packages: Collection[str]) -> Make:
    module, _, qualname = name.partition(":")
    if not any(f"{module}.".startswith(f"{package}.") for package in packages):
        raise CodecError(f"The class {name} may not be read.")
    kind = getattr(import_module(module), qualname, None)
    if not (isinstance(kind, type) and _is_ours(kind) and kind.__module__ == module):
        raise CodecError(f"The class {name} may not be read.")
    return kind
