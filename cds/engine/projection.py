"""A case as the flat messages of the Rete networks, each property typed and in the safe subset."""

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from cds.engine.compiler import Attribute
from cds.engine.limits import LIVENESS
from cds.engine.terms import Kind, print_decimal, quote_code
from cds.errors import EngineError
from cds.model.case import Case, Fact

#: One fixed sid and one fixed message id: a message left behind is then noticed at once.
SID = "c"
MESSAGE_ID = "f"
#: The texts of flags and of unknown facts; a property that is not listed is not sent.
_UNKNOWN = {Kind.STATE: '"unknown"', Kind.KNOWN: '"unknown"'}
_ABSENT = {Kind.STATE: '"absent"', Kind.KNOWN: '"known"'}
_HEAD = f'{{"id":"{MESSAGE_ID}","sid":"{SID}","{LIVENESS}":0.5'


class UnsendableCaseError(EngineError):
    """The case holds something that must not reach the C code. The engine itself is well."""


class Slot(NamedTuple):
    """The properties of one fact, with their text when it is what most facts of a case are."""

    attributes: tuple[Attribute, ...]
    fact: str
    is_flag: bool
    if_unknown: str
    if_absent: str


def plan_message(attributes: Iterable[Attribute]) -> tuple[Slot, ...]:
    """The properties of one rule set's message, prepared once."""
    by_fact = groupby(attributes, key=attrgetter("fact"))
    return tuple(_plan_fact(name, tuple(group)) for name, group in by_fact)


def _plan_fact(name: str, attributes: tuple[Attribute, ...]) -> Slot:
    return Slot(
        attributes,
        name,
        attributes[0].fact_type == "flag",
        "".join(_member(a, _UNKNOWN.get(a.kind)) for a in attributes),
        "".join(_member(a, _ABSENT.get(a.kind)) for a in attributes),
    )


def project(case: Case, slots: Iterable[Slot]) -> str:
    """The message that one rule set is given.

    Raises: UnsendableCaseError naming the fact, never its value.
    """
    parts = [_HEAD]
    find = case.facts.get
    for attributes, name, is_flag, if_unknown, if_absent in slots:
        fact = find(name)
        if fact is None or fact.value is None:
            parts.append(if_unknown)
        elif fact.value is False and is_flag:
            parts.append(if_absent)
        else:
            parts += [_member(attribute, _print(case, attribute)) for attribute in attributes]
    return "".join(parts) + "}"


def _member(attribute: Attribute, text: str | None) -> str:
    """A property that has no text is left out."""
    return "" if text is None else f',"{attribute.name}":{text}'


def _print(case: Case, attribute: Attribute) -> str | None:
    """The JSON text of the property of a present fact, or None when it has no such property."""
    fact = case.get(attribute.fact)
    if not _TYPES[attribute.fact_type](fact):
        raise UnsendableCaseError(
            f"fact '{attribute.fact}' carries a value that is not a {attribute.fact_type}. "
            "It cannot be compared. Correct the intake or the derivation of this fact."
        )
    if attribute.kind is Kind.STATE:
        return '"present"'
    if attribute.kind is Kind.KNOWN:
        return '"known"'
    try:
        return _print_value(case, fact, attribute.kind)
    except ValueError as error:
        raise UnsendableCaseError(
            f"fact '{attribute.fact}' is {error}. It cannot be compared safely. "
            "Correct the intake or the derivation of this fact."
        ) from None


def _print_value(case: Case, fact: Fact, kind: Kind) -> str | None:
    if kind is Kind.CODE:
        code = case.code(fact.name)
        return None if code is None else quote_code(code)
    number = case.number(fact.name) if kind is Kind.NUMBER else case.days_ago(fact.name)
    return None if number is None else print_decimal(number)


def _is_number(fact: Fact) -> bool:
    return isinstance(fact.value, (int, float)) and not isinstance(fact.value, bool)


_TYPES: dict[str, Callable[[Fact], bool]] = {
    "flag": lambda fact: isinstance(fact.value, bool),
    "number": _is_number,
    "code": lambda fact: isinstance(fact.value, str),
}
