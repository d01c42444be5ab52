"""Packages are imported without what they bring along and the service never uses."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

_compile: Any = re.compile
_modules: dict[str, Any] = sys.modules


@contextmanager
def doing_without(package: str) -> Iterator[None]:
    """What is imported meanwhile, and can do without this package, does not find it."""
    hidden = package not in _modules
    if hidden:
        _modules[package] = None
    try:
        yield
    finally:
        if hidden:
            del _modules[package]


@contextmanager
def compiling_late() -> Iterator[None]:
    """Each pattern of what is imported meanwhile is compiled when it is first used."""
    late: Any = _LatePattern
    re.compile = late
    try:
        yield
    finally:
        re.compile = _compile


class _LatePattern:
    def __init__(self, *told: Any) -> None:
        self._told = told

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # a class that holds it asks whether it is abstract
            raise AttributeError(name)
        return getattr(self._compiled, name)

    @cached_property
    def _compiled(self) -> Any:
        return _compile(*self._told)
