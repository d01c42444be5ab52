"""What a rule could wrongly say: each small change of its condition, or of what follows from it.

A mutant that no case notices stands for a fault that nobody would notice either.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace as replace_dataclass
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cds.knowledge.fact import FactDefinition
from cds.model.condition import (
    DATE_TESTS,
    NUMERIC_TESTS,
    All,
    Any,
    AtLeast,
    Condition,
    Leaf,
    Operand,
    Test,
    leaves,
)
from cds.model.effect import Bound, Effect
from cds.model.rule import IfUnknown, Rule
from cds.rules.effect_words import rule_words

Definitions = Mapping[str, FactDefinition]

_EDGE = {
    Test.AT_LEAST: Test.GREATER_THAN,
    Test.GREATER_THAN: Test.AT_LEAST,
    Test.LESS_THAN: Test.AT_MOST,
    Test.AT_MOST: Test.LESS_THAN,
}
_OPPOSITE = {
    Test.AT_LEAST: Test.LESS_THAN,
    Test.LESS_THAN: Test.AT_LEAST,
    Test.GREATER_THAN: Test.AT_MOST,
    Test.AT_MOST: Test.GREATER_THAN,
    Test.WITHIN: Test.LONGER_AGO_THAN,
    Test.LONGER_AGO_THAN: Test.WITHIN,
    Test.PRESENT: Test.ABSENT,
    Test.ABSENT: Test.PRESENT,
    Test.KNOWN: Test.UNKNOWN,
    Test.UNKNOWN: Test.KNOWN,
}


class Mutant(Struct, frozen=True):
    """One changed condition, and in words what was changed; a rule has no two of one name."""

    name: str
    when: Condition


def mutate(when: Condition, definitions: Definitions) -> Iterator[Mutant]:
    """Every mutant of the condition, each with one change."""
    yield Mutant("drop everything", _always(next(leaves(when)).fact))
    yield from _mutate(when, definitions, "")


def _always(fact: str) -> Condition:
    """What holds whatever is known; the language has no group without parts."""
    return Any((Leaf(fact, Test.KNOWN), Leaf(fact, Test.UNKNOWN)))


def _mutate(node: Condition, definitions: Definitions, at: str) -> Iterator[Mutant]:
    if isinstance(node, Leaf):
        for what, leaf in _change_leaf(node, definitions[node.fact]):
            yield Mutant(f"{at}{_say(node)}: {what}", leaf)
        return
    yield from _change_group(node, at)
    for index, part in enumerate(node.parts):
        for mutant in _mutate(part, definitions, f"{at}{index + 1}/"):
            parts = (*node.parts[:index], mutant.when, *node.parts[index + 1 :])
            yield Mutant(mutant.name, replace(node, parts=parts))


def _change_group(node: All | Any | AtLeast, at: str) -> Iterator[Mutant]:
    count = len(node.parts)
    if count < 2:
        return
    for index, part in enumerate(node.parts):
        parts = (*node.parts[:index], *node.parts[index + 1 :])
        yield Mutant(f"{at}{index + 1}/{_say(part)}: drop", replace(node, parts=parts))
    if isinstance(node, AtLeast):
        yield Mutant(f"{at}at_least_n {node.count}: one more", replace(node, count=node.count + 1))
        fewer = replace(node, count=node.count - 1)
        yield Mutant(
            f"{at}at_least_n {node.count}: one fewer",
            fewer if fewer.count else _always(next(leaves(node)).fact),
        )
    else:
        name, other = ("all", Any) if isinstance(node, All) else ("any", All)
        yield Mutant(f"{at}{name}: flip", other(node.parts))


def _change_leaf(leaf: Leaf, definition: FactDefinition) -> Iterator[tuple[str, Leaf]]:
    for tests in (_EDGE, _OPPOSITE):
        if leaf.test in tests:
            yield f"as {tests[leaf.test]}", replace(leaf, test=tests[leaf.test])
    if isinstance(leaf.value, float):
        yield from _shift(leaf, leaf.value, definition)
    if leaf.test in NUMERIC_TESTS and isinstance(leaf.value, float):
        yield from _change_unit(leaf, leaf.value, definition)
    if leaf.test is Test.EQUALS:
        other = next(code for code in definition.values if code != leaf.value)
        yield f"as {other}", replace(leaf, value=other)
    if isinstance(leaf.value, tuple):
        for code in leaf.value:
            kept = tuple(other for other in leaf.value if other != code)
            yield f"without {code}", replace(leaf, value=kept)


def _shift(leaf: Leaf, value: float, definition: FactDefinition) -> Iterator[tuple[str, Leaf]]:
    """By one unit of record, up and down."""
    step = 1.0 if leaf.test in DATE_TESTS else definition.step
    yield f"{step:g} higher", replace(leaf, value=value + step)
    yield f"{step:g} lower", replace(leaf, value=value - step)


def _change_unit(
    leaf: Leaf, value: float, definition: FactDefinition
) -> Iterator[tuple[str, Leaf]]:
    """The same number in each unit that it could be written in without being refused."""
    for unit in definition.plausible_units(value):
        changed = definition.to_canonical(value, unit)
        if changed != value:
            yield f"in {unit}", replace(leaf, value=changed)


def _say(node: Condition) -> str:
    if not isinstance(node, Leaf):
        return "group"
    return " ".join(part for part in (node.fact, node.test, _say_value(node.value)) if part)


def _say_value(value: Operand) -> str:
    if isinstance(value, tuple):
        return "|".join(value)
    return f"{value:g}" if isinstance(value, float) else value or ""


def mutate_words(rule: Rule) -> Mapping[str, tuple[str, ...]]:
    """By what was changed: the words of the rule after each change of what it does."""
    effects = rule.then
    changed = {
        f"while unknown {other}": replace_dataclass(rule, if_unknown=other)
        for other in IfUnknown
        if other is not rule.if_unknown
    }
    for index, effect in enumerate(effects):
        before, after = effects[:index], effects[index + 1 :]
        changed[f"effect {index + 1}: drop"] = replace_dataclass(rule, then=(*before, *after))
        for what, other_effect in _change_effect(effect):
            name = f"effect {index + 1}: {what}"
            changed[name] = replace_dataclass(rule, then=(*before, other_effect, *after))
    return {name: rule_words(other) for name, other in changed.items()}


def _change_effect(effect: Effect) -> Iterator[tuple[str, Effect]]:
    """Each code swapped for every other, each number moved by one, each tag left out."""
    for name in effect.__struct_fields__:
        value = getattr(effect, name)
        if isinstance(value, StrEnum):
            others: Iterable[object] = (other for other in type(value) if other is not value)
        elif isinstance(value, Bound):
            others = (replace(value, plus=value.plus + by) for by in (-1, 1))
        elif name == "tags":
            others = (tuple(tag for tag in value if tag != gone) for gone in value)
        elif name == "dose":
            others = (
                tuple(
                    replace(part, **{end: getattr(part, end) + by}) if part is changed else part
                    for part in value
                )
                for changed in value
                for end in ("low", "high")
                for by in (-1, 1)
            )
        else:
            continue
        for other in others:
            yield f"{name} {other}", replace(effect, **{name: other})
