"""A case as the flat messages of the Rete networks, each property typed and in the safe subset."""

from collections.abc import Callable, Iterable

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


def project(
    case: Case, attributes: Iterable[Attribute], printed: dict[tuple[str, Kind], str | None]
) -> str:
    """The message that one rule set is given; `printed` keeps values from one set to the next.

    Raises: UnsendableCaseError naming the fact, never its value.
    """
    parts = [_HEAD]
    facts = case.facts
    for attribute in attributes:
        fact = facts.get(attribute.fact)
        # Most facts of a case are unknown or flags that are absent: no need to ask further.
        if fact is None or fact.value is None:
            text = _UNKNOWN.get(attribute.kind)
        elif fact.value is False and attribute.fact_type == "flag":
            text = _ABSENT.get(attribute.kind)
        else:
            text = _recall(case, attribute, printed)
        if text is not None:
            parts.append(f'"{attribute.name}":{text}')
    return ",".join(parts) + "}"


def _recall(
    case: Case, attribute: Attribute, printed: dict[tuple[str, Kind], str | None]
) -> str | None:
    key = (attribute.fact, attribute.kind)
    if key not in printed:
        printed[key] = _print(case, attribute)
    return printed[key]


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
