"""Values: frozen for the type checker, and made fast."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform, overload

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
