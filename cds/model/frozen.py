"""Values: frozen for the type checker, and made fast."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:  # which knows the fields of each class
    from dataclasses import replace as replace

T = TypeVar("T")


@overload
def frozen(made_of: type[T]) -> type[T]: ...


@overload
def frozen(*, eq: bool = True) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made_of: type[Any] | None = None, *, eq: bool = True) -> Any:
    """A dataclass that mypy holds to be frozen, compared and hashed by its fields unless not `eq`.

    The interpreter does not hold it to be frozen, as that makes each instance take four times as
    long, and a decision makes hundreds (ADR 10).
    """
    make = dataclass(slots=True, eq=eq, unsafe_hash=eq)
    return make if made_of is None else make(made_of)


if not TYPE_CHECKING:

    def replace(value: T, /, **changes: Any) -> T:
        """The same value but for these fields, as `dataclasses.replace` makes it.

        That one reads what a class says of its fields each time, and takes five times as long.
        """
        kind = type(value)
        names = _given(kind)
        return kind(*map(changes.get, names, map(getattr, repeat(value), names)))


@cache
def _given(kind: type[Any]) -> tuple[str, ...]:
    """The fields that a class is made from, in their order."""
    return tuple(each.name for each in fields(kind) if each.init)
