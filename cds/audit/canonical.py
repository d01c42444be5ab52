"""The canonical JSON text of a record (RFC 8785): equal values give equal bytes.

`rfc8785` writes any value, one small piece at a time. Nearly all records hold only what the
standard encoder writes in the same way, which is many times as fast; the rest goes the long way.
"""

import json
from typing import Any

import rfc8785

_LARGEST_WHOLE = 2**53 - 1
#: Between these, Python and RFC 8785 print a float alike, but for the point of a whole number.
_SMALLEST, _LARGEST = 1e-4, 1e16


class _RareError(Exception):
    """The value holds something that the standard encoder would write differently."""


def canonical_json(value: Any) -> str:
    """The canonical text of a JSON value.

    Raises: rfc8785.CanonicalizationError when it has none: a number that is not finite or a
    whole number that a double cannot hold.
    """
    try:
        plain = _without_points(value)
    except _RareError:
        return rfc8785.dumps(value).decode("utf-8")
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _without_points(value: Any) -> Any:
    """The value with whole floats as integers, which is how they are written.

    Raises: _RareError.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is dict:
        # Beyond ASCII the order of keys by UTF-16, which is asked for, may be another.
        if not all(map(str.isascii, value)):
            raise _RareError
        return {key: _without_points(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_without_points(item) for item in value]
    return _number(value)


def _number(value: Any) -> int | float:
    if type(value) is int and abs(value) <= _LARGEST_WHOLE:
        return value
    if type(value) is float:
        if value.is_integer() and abs(value) <= _LARGEST_WHOLE:
            return int(value)
        if _SMALLEST <= abs(value) < _LARGEST:
            return value
    raise _RareError
