"""Frozen values come back as they were, and nothing else can come out of a text."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from cds.codec import CodecError, read, write

HERE = (__name__,)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Part:
    colour: Colour
    size: float
    double: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", self.size * 2)


@pytest.mark.parametrize(
    "value",
    [
        ("a", 1, 1.0, True, None, ()),
        frozenset({"x", "y"}),
        {("a", 1): "b", "c": ()},
        MappingProxyType({"a": Part(Colour.RED, 0.1)}),
        date(2026, 2, 28),
        re.compile("a+", re.IGNORECASE),
    ],
)
def test_what_was_written_is_read_with_its_type(value: Any) -> None:
    found = read(write(value), HERE)

    assert (found, type(found)) == (value, type(value))


def test_numbers_keep_their_type() -> None:
    assert [type(number) for number in read(write((1, 1.0, True)), HERE)] == [int, float, bool]


def test_what_is_equal_is_written_once_and_shared() -> None:
    one, other, third = read(write(((1, "a"), (1, "a"), (1.0, "a"))), HERE)

    assert one is other
    assert (type(one[0]), type(third[0])) == (int, float)


def test_a_class_of_another_package_is_refused() -> None:
    text = write(Part(Colour.RED, 1.0))

    with pytest.raises(CodecError, match="may not be read"):
        read(text, ("cds.model",))


@pytest.mark.parametrize("name", ["os:system", "subprocess:Popen", "cds.modelling:Any"])
def test_no_function_or_class_from_elsewhere_can_be_named(name: str) -> None:
    with pytest.raises(CodecError, match="may not be read"):
        read(f'[["{name}"],["true",[0,6]]]'.encode(), ("cds.model",))


@pytest.mark.parametrize("name", ["cds.model.condition:leaves", "cds.model.condition:Iterator"])
def test_a_module_of_ours_gives_only_what_is_frozen(name: str) -> None:
    with pytest.raises(CodecError, match="may not be read"):
        read(f'[["{name}"],["true",[0,6]]]'.encode(), ("cds.model",))


@pytest.mark.parametrize("value", [object(), [1], {1, 2}, float("nan"), float("inf")])
def test_what_can_change_and_what_no_json_holds_is_not_written(value: Any) -> None:
    with pytest.raises(CodecError, match="cannot be written"):
        write(value)
