"""What values are made from.

They are msgspec structs, which are made in C and cannot change; the few with fields that are not
given (worked out, or kept out of a text) are frozen dataclasses.
"""

from dataclasses import fields, is_dataclass
from functools import cache

from msgspec import Struct


@cache
def field_names(kind: type) -> tuple[str, ...] | None:
    """The fields that a value of this class is made from, in their order; None of other classes."""
    if issubclass(kind, Struct):
        return kind.__struct_fields__
    return tuple(each.name for each in fields(kind) if each.init) if is_dataclass(kind) else None
