"""Frozen values as JSON and back: dataclasses, enums, tuples, sets, mappings and days.

Nothing but the classes of the packages that the reader names can come out of a text, so reading
one runs no code of its own. A list begins with the number of what it stands for.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from enum import Enum
from importlib import import_module
from types import MappingProxyType
from typing import Any

from cds.errors import CdsError
from cds.model.fields import field_names

Make = Callable[[list[Any]], Any]
_SCALARS = frozenset({str, int, float, bool, type(None)})


class CodecError(CdsError):
    """A value that cannot be written, or a class that may not be read."""


def _pair_up(parts: list[Any]) -> dict[Any, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


#: What is no class of ours, by number; the classes of a text follow.
_BUILT_IN: tuple[tuple[type, Make], ...] = (
    (tuple, tuple),
    (frozenset, frozenset),
    (dict, _pair_up),
    (MappingProxyType, lambda parts: MappingProxyType(_pair_up(parts))),
    (date, lambda parts: date(*parts)),
    (re.Pattern, lambda parts: re.compile(*parts)),
)


def write(value: Any) -> str:
    """The value as text.

    Raises: CodecError when something in it is of another kind.
    """
    writer = _Writer()
    packed = writer.pack(value)
    names = [f"{kind.__module__}:{kind.__qualname__}" for kind in writer.kinds]
    return json.dumps([names, packed], ensure_ascii=False, separators=(",", ":"))


def read(text: str, packages: Collection[str]) -> Any:
    """The value that was written; its classes must lie in these packages.

    Raises: CodecError when one does not.
    """
    names, packed = json.loads(text)
    return _unpack(
        packed, [*(make for _, make in _BUILT_IN), *(_maker(n, packages) for n in names)]
    )


class _Writer:
    def __init__(self) -> None:
        self._numbers: dict[type, int] = {kind: n for n, (kind, _) in enumerate(_BUILT_IN)}
        self.kinds: list[type] = []

    def pack(self, value: Any) -> Any:
        if type(value) in _SCALARS:
            return value
        kind = type(value)
        parts = _parts(value)
        if kind not in self._numbers:
            self._numbers[kind] = len(self._numbers)
            self.kinds.append(kind)
        return [self._numbers[kind], *map(self.pack, parts)]


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


def _unpack(value: Any, makers: Sequence[Make]) -> Any:
    if type(value) is not list:
        return value
    return makers[value[0]](
        [_unpack(part, makers) if type(part) is list else part for part in value[1:]]
    )


def _maker(name: str, packages: Collection[str]) -> Make:
    module, _, qualname = name.partition(":")
    if not any(f"{module}.".startswith(f"{package}.") for package in packages):
        raise CodecError(f"The class {name} may not be read.")
    kind = getattr(import_module(module), qualname, None)
    if not (isinstance(kind, type) and _is_ours(kind) and kind.__module__ == module):
        raise CodecError(f"The class {name} may not be read.")
    return lambda parts: kind(*parts)
