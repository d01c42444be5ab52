"""A case as the flat messages of the Rete networks, each property typed and in the safe subset.

A network is told the state or the code of a fact only when one of its chains asks for that very
state or code: a property that is missing equals nothing, so it can make no other chain true.
Each chain has a term that is its key, so a network that is told none of its keys can fire nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from cds.engine.compiler import Attribute
from cds.engine.limits import LIVENESS
from cds.engine.terms import Kind, print_decimal, quote_code
from cds.errors import EngineError
from cds.model.case import Case, Common, Fact, FactValue, unknown_fact

#: One fixed sid and one fixed message id: a message left behind is then noticed at once.
SID = "c"
MESSAGE_ID = "f"
#: The texts of flags and of unknown and other facts; a kind that is not listed has none.
_UNKNOWN = {Kind.STATE: '"unknown"', Kind.KNOWN: '"unknown"'}
_ABSENT = {Kind.STATE: '"absent"', Kind.KNOWN: '"known"'}
_PRESENT = {Kind.STATE: '"present"', Kind.KNOWN: '"known"'}
_HEAD = f'{{"id":"{MESSAGE_ID}","sid":"{SID}","{LIVENESS}":0.5'

#: More than the ways in which lists are reviewed and read.
_MOST_LISTS = 32
#: The codes of a fact, or the numbers of it that are met often.
_MOST_KEPT = 64


class Told(NamedTuple):
    """What is told of a fact: each member with the number of its network, and the bits of the
    networks for which it is the key of a chain."""

    keys: int
    members: tuple[tuple[int, str], ...]


class Printed(NamedTuple):
    """How a number or an age is printed, and what is told of it but for that text."""

    print: Callable[[date, Fact], str | None]
    told: Told


class UnsendableCaseError(EngineError):
    """The case holds something that must not reach the C code. The engine itself is well."""


class Present(NamedTuple):
    """What is told of a fact of this type that has a value: its state, with it each code that some
    network asks for, by its print, and what else is printed."""

    type: str
    state: Told
    codes: Mapping[str, Told]
    printed: tuple[Printed, ...]


class Slot(NamedTuple):
    """What the networks of a turn are told of a fact in each of its states."""

    type: str
    if_unknown: Told
    if_absent: Told
    if_present: Callable[[date, Fact], Told]


class Otherwise(NamedTuple):
    """What is told of facts that a case does not itself hold: they are unknown, or denied by its
    lists. The `keys` of each fact, and what each network is told of each.
    """

    keys: tuple[tuple[str, int], ...]
    members: tuple[tuple[tuple[str, str], ...], ...]


class Slots(NamedTuple):
    """The facts that the networks of a turn read, and what is told of those that a case does not
    itself hold. `doubted` are all but the flags of which nothing is told unless they are present.
    """

    by_fact: Mapping[str, Slot]
    doubted: frozenset[str]
    otherwise: Callable[[Common], Otherwise]


def plan_messages(networks: Sequence[Sequence[Attribute]]) -> Slots:
    """What the networks of one turn read, fact by fact, prepared once."""
    read = [
        (attribute.fact, number, attribute)
        for number, attributes in enumerate(networks)
        for attribute in attributes
    ]
    by_fact = groupby(sorted(read, key=itemgetter(0)), key=itemgetter(0))
    slots = {name: _plan_fact([entry[1:] for entry in group]) for name, group in by_fact}
    doubted = frozenset(
        name
        for name, slot in slots.items()
        if slot.type != "flag" or slot.if_unknown.members or slot.if_absent.members
    )
    otherwise = partial(_tell_otherwise, slots, len(networks))
    return Slots(slots, doubted, lru_cache(_MOST_LISTS)(otherwise))


def _tell_otherwise(slots: Mapping[str, Slot], networks: int, common: Common) -> Otherwise:
    told = {
        name: _tell(common.facts.get(name) or unknown_fact(name), slot, date.min)
        for name, slot in slots.items()
    }
    members: list[list[tuple[str, str]]] = [[] for _ in range(networks)]
    for name, one in told.items():
        for number, text in one.members:
            members[number].append((name, text))
    keys = tuple((name, one.keys) for name, one in told.items() if one.keys)
    return Otherwise(keys, tuple(map(tuple, members)))


def _plan_fact(read: Sequence[tuple[int, Attribute]]) -> Slot:
    kinds = {attribute.kind for _, attribute in read}
    type_, state = read[0][1].fact_type, _tell_state(read, _PRESENT)
    codes = {code for _, asked in read if asked.kind is Kind.CODE for code in asked.equals}
    by_code = {code: _join(state, _tell_state(read, {Kind.CODE: code})) for code in codes}
    printed = [Printed(_PRINTS[kind], _tell_any(read, kind)) for kind in _PRINTS if kind in kinds]
    tell = partial(_tell_present, Present(type_, state, by_code, tuple(printed)))
    return Slot(
        type_,
        _tell_state(read, _UNKNOWN),
        _tell_state(read, _ABSENT),
        tell if Kind.DAYS_AGO in kinds else _keep(tell),
    )


def _keep(tell: Callable[[date, Fact], Told]) -> Callable[[date, Fact], Told]:
    """The same of a fact of which no age is told: what is told of a value is told again."""

    @lru_cache(_MOST_KEPT, typed=True)
    def of_value(name: str, value: FactValue) -> Told:
        return tell(date.min, Fact(name, value))

    return lambda _, fact: of_value(fact.name, fact.value)


def _tell_state(read: Iterable[tuple[int, Attribute]], texts: Mapping[Kind, str]) -> Told:
    """Told to the networks that ask for that very text."""
    return _told(
        (number, f',"{attribute.name}":{text}', text in attribute.keys)
        for number, attribute in read
        if (text := texts.get(attribute.kind)) in attribute.equals
    )


def _tell_any(read: Iterable[tuple[int, Attribute]], kind: Kind) -> Told:
    """Told to all networks that compare it by order."""
    return _told(
        (number, f',"{attribute.name}":', bool(attribute.keys))
        for number, attribute in read
        if attribute.kind is kind
    )


def _told(members: Iterable[tuple[int, str, bool]]) -> Told:
    """Of members that are, or are not, the key of a chain of their network."""
    found = tuple(members)
    keys = {1 << number for number, _, is_key in found if is_key}
    return Told(sum(keys), tuple((number, text) for number, text, _ in found))


def _join(one: Told, other: Told) -> Told:
    return Told(one.keys | other.keys, one.members + other.members)


def project(
    case: Case, slots: Slots, networks: int, *, asleep_too: bool = False
) -> list[tuple[int, str]]:
    """The messages of one turn, each with the number of its network.

    A network that is told no key of a chain is given none; `asleep_too` writes them all.
    Raises: UnsendableCaseError naming the fact, never its value.
    """
    own, otherwise, today = case.own, slots.otherwise(case.common), case.evaluation_date
    by_fact, doubted = slots.by_fact, slots.doubted
    told = [
        _tell(own[name], by_fact[name], today)
        for name in own.keys() & by_fact.keys()
        if own[name].value is not False or name in doubted
    ]
    awake = (1 << networks) - 1 if asleep_too else 0
    for name, keys in otherwise.keys:
        if name not in own:
            awake |= keys
    for keys, _ in told:
        awake |= keys
    texts = {
        number: [text for name, text in otherwise.members[number] if name not in own]
        for number in range(networks)
        if awake >> number & 1
    }
    for _, members in told:
        for number, text in members:
            if number in texts:
                texts[number].append(text)
    return [(number, f"{_HEAD}{''.join(sorted(text))}}}") for number, text in texts.items()]


def _tell(fact: Fact, slot: Slot, today: date) -> Told:
    if fact.value is None:
        return slot.if_unknown
    if fact.value is False and slot.type == "flag":
        return slot.if_absent
    return slot.if_present(today, fact)


def _tell_present(present: Present, today: date, fact: Fact) -> Told:
    type_, told, codes, printed = present
    if not _TYPES[type_](fact):
        raise UnsendableCaseError(
            f"fact '{fact.name}' carries a value that is not a {type_}. "
            "It cannot be compared. Correct the intake or the derivation of this fact."
        )
    try:
        if codes and isinstance(fact.value, str):
            told = codes.get(quote_code(fact.value), told)
        for print_value, (keys, starts) in printed:
            text = print_value(today, fact)
            if text is not None:
                members = tuple([(number, start + text) for number, start in starts])
                told = _join(told, Told(keys, members))
    except ValueError as error:
        raise UnsendableCaseError(
            f"fact '{fact.name}' is {error}. It cannot be compared safely. "
            "Correct the intake or the derivation of this fact."
        ) from None
    return told


def _print_number(_: date, fact: Fact) -> str:
    assert isinstance(fact.value, (int, float))
    return print_decimal(fact.value)


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
    Kind.DAYS_AGO: _print_age,
}
