"""What a rule does, in a few words without its sentences: how its cases say it a second time."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from cds.model.effect import Bound, Effect, Scope
from cds.model.rule import Rule

# Read by people, and free to be worded better.
_SENTENCES = frozenset(
    {
        *("message", "alternatives", "reason", "meanwhile", "remedy", "reopens", "decided_by"),
        *("progression", "sources", "resolution", "rescreen"),
        *("criterion", "otherwise"),
    }
)


def rule_words(rule: Rule) -> tuple[str, ...]:
    """First what the rule does while it is unknown, then each effect, in written order."""
    return (f"unknown {rule.if_unknown}", *(effect_words(effect) for effect in rule.then))


def effect_words(effect: Effect) -> str:
    """The name of the effect and its codes and numbers, in the order of its fields."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(effect).__name__)
    return " ".join((name.removeprefix("_"), *_parts(effect)))


def _parts(effect: Effect) -> Iterator[str]:
    for name in effect.__struct_fields__:
        value = getattr(effect, name)
        if name not in _SENTENCES and value not in (None, ()):
            text = _say(value)
            named = isinstance(value, Bound)
            yield f"{name} {text}" if named else text


def _say(value: Any) -> str:
    if isinstance(value, Scope):
        return f"{value.type}:{value.code}" if value.code else value.type
    if isinstance(value, Bound):
        start = value.fact or ("" if value.value is None else f"{value.value:g}")
        share = f"{value.times:g}*" if value.times != 1 else ""
        return f"{share}{start}{value.plus:+g}" if value.plus else f"{share}{start}"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return value.value if isinstance(value, StrEnum) else str(value)
