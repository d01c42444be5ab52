"""A case as the flat messages of the Rete networks, each property typed and in the safe subset.

A network is told the state or the code of a fact only when one of its chains asks for that very
state or code: a property that is missing equals nothing, so it can make no other chain true.
Each chain has a term that is its key, so a network that is told none of its keys can fire nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from cds.engine.compiler import Attribute
from cds.engine.limits import LIVENESS
from cds.engine.terms import Kind, print_decimal, quote_code
from cds.errors import EngineError
from cds.model.case import Absences, Case, Fact, FactValue

#: One fixed sid and one fixed message id: a message left behind is then noticed at once.
SID = "c"
MESSAGE_ID = "f"
#: The texts of flags and of unknown and other facts; a kind that is not listed has none.
_UNKNOWN = {Kind.STATE: '"unknown"', Kind.KNOWN: '"unknown"'}
_ABSENT = {Kind.STATE: '"absent"', Kind.KNOWN: '"known"'}
_PRESENT = {Kind.STATE: '"present"', Kind.KNOWN: '"known"'}
_HEAD = f'{{"id":"{MESSAGE_ID}","sid":"{SID}","{LIVENESS}":0.5'

#: More than the ways in which lists are reviewed or not.
_MOST_LISTS = 16
#: The codes of a fact, or the numbers of it that are met often.
_MOST_KEPT = 64

#: What is told to which network, by its number, and whether that is the key of one of its chains.
Members = tuple[tuple[int, str, bool], ...]


class Printed(NamedTuple):
    """What is printed of a fact, with the start of its member for each network that reads it.

    A network that asks for given codes only is told no other.
    """

    print: Callable[[date, Fact], str | None]
    places: tuple[tuple[int, str, Attribute], ...]


class UnsendableCaseError(EngineError):
    """The case holds something that must not reach the C code. The engine itself is well."""


class Present(NamedTuple):
    """What is told of a fact of this type that has a value: its state, its value and its age."""

    type: str
    state: Members
    printed: tuple[Printed, ...]


class Slot(NamedTuple):
    """What the networks of a turn are told of a fact in each of its states."""

    type: str
    if_unknown: Members
    if_absent: Members
    if_present: Callable[[date, Fact], Members]


class Slots(NamedTuple):
    """The facts that a turn reads, and what is told of those that a case does not itself hold:
    they are unknown, or a reviewed list denies them.
    """

    by_fact: Mapping[str, Slot]
    otherwise: Callable[[Absences], tuple[tuple[str, Members], ...]]


class Message(NamedTuple):
    """What a network is told, and whether one of its chains can be true of it."""

    text: str
    awake: bool


def plan_messages(networks: Sequence[Sequence[Attribute]]) -> Slots:
    """What the networks of one turn read, fact by fact, prepared once."""
    read = [
        (attribute.fact, number, attribute)
        for number, attributes in enumerate(networks)
        for attribute in attributes
    ]
    by_fact = groupby(sorted(read, key=itemgetter(0)), key=itemgetter(0))
    slots = {name: _plan_fact([entry[1:] for entry in group]) for name, group in by_fact}
    return Slots(slots, lru_cache(_MOST_LISTS)(partial(_tell_otherwise, slots)))


def _tell_otherwise(
    slots: Mapping[str, Slot], absences: Absences
) -> tuple[tuple[str, Members], ...]:
    told = (
        (name, slot.if_absent if name in absences.facts else slot.if_unknown)
        for name, slot in slots.items()
    )
    return tuple((name, members) for name, members in told if members)


def _plan_fact(read: Sequence[tuple[int, Attribute]]) -> Slot:
    kinds = sorted({attribute.kind for _, attribute in read} - _PRESENT.keys())
    type_, printed = read[0][1].fact_type, tuple(_plan_print(kind, read) for kind in kinds)
    tell = partial(_tell_present, Present(type_, _members(read, _PRESENT), printed))
    return Slot(
        type_,
        _members(read, _UNKNOWN),
        _members(read, _ABSENT),
        tell if Kind.DAYS_AGO in kinds else _keep(tell),
    )


def _keep(tell: Callable[[date, Fact], Members]) -> Callable[[date, Fact], Members]:
    """The same of a fact of which no age is told: what is told of a value is told again."""

    @lru_cache(_MOST_KEPT, typed=True)
    def of_value(name: str, value: FactValue) -> Members:
        return tell(date.min, Fact(name, value))

    return lambda _, fact: of_value(fact.name, fact.value)


def _plan_print(kind: Kind, read: Iterable[tuple[int, Attribute]]) -> Printed:
    places = [
        (number, f',"{attribute.name}":', attribute)
        for number, attribute in read
        if attribute.kind is kind
    ]
    return Printed(_PRINTS[kind], tuple(places))


def _members(read: Iterable[tuple[int, Attribute]], texts: dict[Kind, str]) -> Members:
    told = [(number, attribute, texts.get(attribute.kind)) for number, attribute in read]
    return tuple(
        (number, f',"{attribute.name}":{text}', text in attribute.keys)
        for number, attribute, text in told
        if text in attribute.equals
    )


def project(case: Case, slots: Slots, networks: int) -> list[Message]:
    """The messages that the networks of one turn are given.

    Raises: UnsendableCaseError naming the fact, never its value.
    """
    texts, awake = [_HEAD] * networks, [False] * networks
    for told in _tell(case, slots):
        for number, text, is_key in told:
            texts[number] += text
            if is_key:
                awake[number] = True
    return [Message(text + "}", woken) for text, woken in zip(texts, awake, strict=True)]


def _tell(case: Case, slots: Slots) -> Iterator[Members]:
    own, by_fact, today = case.own, slots.by_fact, case.evaluation_date
    for name, told in slots.otherwise(case.absences):
        if name not in own:
            yield told
    for name in sorted(own.keys() & by_fact.keys()):
        fact, slot = own[name], by_fact[name]
        if fact.value is None:
            told = slot.if_unknown
        elif fact.value is False and slot.type == "flag":
            told = slot.if_absent
        else:
            told = slot.if_present(today, fact)
        if told:
            yield told


def _tell_present(present: Present, today: date, fact: Fact) -> Members:
    if not _TYPES[present.type](fact):
        raise UnsendableCaseError(
            f"fact '{fact.name}' carries a value that is not a {present.type}. "
            "It cannot be compared. Correct the intake or the derivation of this fact."
        )
    told = present.state
    for print_value, places in present.printed:
        try:
            text = print_value(today, fact)
        except ValueError as error:
            raise UnsendableCaseError(
                f"fact '{fact.name}' is {error}. It cannot be compared safely. "
                "Correct the intake or the derivation of this fact."
            ) from None
        if text is not None:
            told += tuple(
                [
                    (number, member + text, text in asked.keys or "" in asked.keys)
                    for number, member, asked in places
                    if not asked.equals or text in asked.equals
                ]
            )
    return told


def _print_number(_: date, fact: Fact) -> str | None:
    value = fact.value
    return None if value is None or isinstance(value, (bool, str)) else print_decimal(value)


def _print_code(_: date, fact: Fact) -> str | None:
    return quote_code(fact.value) if isinstance(fact.value, str) else None


def _print_age(today: date, fact: Fact) -> str | None:
    return None if fact.at is None else print_decimal((today - fact.at).days)


def _is_number(fact: Fact) -> bool:
    return isinstance(fact.value, (int, float)) and not isinstance(fact.value, bool)


_TYPES: dict[str, Callable[[Fact], bool]] = {
    "flag": lambda fact: isinstance(fact.value, bool),
    "number": _is_number,
    "code": lambda fact: isinstance(fact.value, str),
}

_PRINTS: dict[Kind, Callable[[date, Fact], str | None]] = {
    Kind.NUMBER: _print_number,
    Kind.CODE: _print_code,
    Kind.DAYS_AGO: _print_age,
}
