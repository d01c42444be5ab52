"""Reads a rule's `when` into a condition, with every name, unit and value checked."""

import math
from collections.abc import Callable
from typing import Any as Anything

from cds.errors import UnitError
from cds.knowledge.documents import LocatedDict, LocatedList
from cds.knowledge.fact import FactDefinition
from cds.knowledge.schema import suggest
from cds.model.condition import All, Any, AtLeast, Condition, Leaf, Test
from cds.rules.references import Place, References
from cds.units import convert

_SUBJECTS = ("fact", "condition", "medication", "procedure", "policy")
_GROUPS = ("all", "any", "at_least_n")
_BOUNDS = tuple(
    test.value for test in (Test.GREATER_THAN, Test.AT_LEAST, Test.LESS_THAN, Test.AT_MOST)
)
_DURATIONS = (Test.WITHIN.value, Test.LONGER_AGO_THAN.value)
_CHOICES = (Test.EQUALS.value, Test.ONE_OF.value)
_TESTS = ("is", *_CHOICES, *_BOUNDS, *_DURATIONS)
_ALLOWED = {
    "flag": ("is", *_DURATIONS),
    "number": ("is", *_BOUNDS, *_DURATIONS),
    "code": ("is", *_CHOICES, *_DURATIONS),
}
_STATES = {
    "flag": ("present", "absent", "unknown", "known"),
    "number": ("unknown", "known"),
    "code": ("unknown", "known"),
}


class ConditionReader:
    """Reads the conditions of one file; a part with a problem reads as None."""

    def __init__(self, references: References, place: Place) -> None:
        self._references = references
        self._place = place

    def read(self, node: Anything, line: int) -> Condition | None:
        """The condition written at `node`."""
        if not isinstance(node, LocatedDict):
            self._refuse(
                line,
                "A condition is a mapping: one of all, any, at_least_n, or a test of a fact.",
            )
            return None
        heads = [key for key in node if key in (*_SUBJECTS, *_GROUPS)]
        if len(heads) != 1:
            self._refuse(
                node.line,
                "Each condition has exactly one of "
                f"{', '.join((*_GROUPS, *_SUBJECTS))}.{_nearest(node)}",
            )
            return None
        readers: dict[str, Callable[[LocatedDict], Condition | None]] = {
            "all": self._all,
            "any": self._any,
            "at_least_n": self._at_least,
        }
        return readers.get(heads[0], self._leaf)(node)

    def _all(self, node: LocatedDict) -> Condition | None:
        parts = self._parts(node, "all")
        return All(parts) if parts else None

    def _any(self, node: LocatedDict) -> Condition | None:
        parts = self._parts(node, "any")
        return Any(parts) if parts else None

    def _at_least(self, node: LocatedDict) -> Condition | None:
        body, line = node["at_least_n"], node.lines["at_least_n"]
        if not isinstance(body, LocatedDict) or set(body) != {"n", "of"}:
            self._refuse(line, "at_least_n is written {n: 2, of: [...]}.")
            return None
        parts = self._parts(body, "of")
        count = body["n"]
        if not parts:
            return None
        if type(count) is not int or not 1 <= count <= len(parts):
            self._refuse(line, f"n is a count from 1 to {len(parts)}, the number of parts.")
            return None
        return AtLeast(count, parts)

    def _parts(self, node: LocatedDict, key: str) -> tuple[Condition, ...]:
        items = node[key]
        if not isinstance(items, LocatedList) or not items:
            self._refuse(
                node.lines[key],
                f"'{key}' is a list with at least one condition. "
                "An empty one would always or never hold.",
            )
            return ()
        if key in _GROUPS:
            self._only(node, (key,))
        read = [self.read(item, line) for item, line in zip(items, items.lines, strict=True)]
        return tuple(part for part in read if part is not None) if None not in read else ()

    def _leaf(self, node: LocatedDict) -> Condition | None:
        kind = next(key for key in _SUBJECTS if key in node)
        definition = self._definition(kind, node)
        if definition is None or not self._only(node, (kind, *_TESTS, "unit")):
            return None
        tests = [key for key in node if key in _TESTS]
        wrong = [key for key in tests if key not in _ALLOWED[definition.type]]
        if wrong:
            self._refuse(
                node.lines[wrong[0]],
                f"'{wrong[0]}' does not fit "
                f"'{definition.name}', which is a {definition.type}. "
                f"Use one of: {', '.join(_ALLOWED[definition.type])}.",
            )
            return None
        if not tests and definition.type != "flag":
            self._refuse(
                node.line,
                f"'{definition.name}' is a {definition.type} and needs "
                f"a test: {', '.join(_ALLOWED[definition.type])}.",
            )
            return None
        read = [self._test(definition, node, key) for key in tests or ("is",)]
        leaves = tuple(leaf for leaf in read if leaf is not None)
        if len(leaves) != len(read) or not self._satisfiable(node, leaves):
            return None
        return leaves[0] if len(leaves) == 1 else All(leaves)

    def _definition(self, kind: str, node: LocatedDict) -> FactDefinition | None:
        name = node[kind]
        full = name if kind == "fact" else f"{kind}.{name}"
        vocabulary = self._references.vocabulary
        if isinstance(name, str) and full in vocabulary:
            return vocabulary[full]
        hint = suggest(str(full), vocabulary).replace(f"'{kind}.", "'")
        self._refuse(
            node.lines[kind],
            f"There is no {kind} '{name}'. The rule could never see it.{hint}",
        )
        return None

    def _test(self, definition: FactDefinition, node: LocatedDict, key: str) -> Leaf | None:
        if key == "is":
            return self._state(definition, node)
        if key in _BOUNDS:
            return self._bound(definition, node, key)
        if key in _DURATIONS:
            return self._duration(definition, node, key)
        return self._choice(definition, node, key)

    def _state(self, definition: FactDefinition, node: LocatedDict) -> Leaf | None:
        state = node.get("is", "present")
        if state not in _STATES[definition.type]:
            self._refuse(
                node.lines["is"],
                f"'{definition.name}' is a {definition.type}: "
                f"'is' takes {', '.join(_STATES[definition.type])}.",
            )
            return None
        return Leaf(definition.name, Test(state))

    def _choice(self, definition: FactDefinition, node: LocatedDict, key: str) -> Leaf | None:
        written = node[key] if key == "one_of" else [node[key]]
        if not isinstance(written, list) or not written:
            self._refuse(node.lines[key], "'one_of' is a list of codes.")
            return None
        for code in written:
            if code not in definition.values:
                self._refuse(
                    node.lines[key],
                    f"'{code}' is no value of '{definition.name}'."
                    f"{suggest(str(code), definition.values)} "
                    f"Its values: {', '.join(definition.values)}.",
                )
                return None
        if key == "equals":
            return Leaf(definition.name, Test.EQUALS, written[0])
        return Leaf(definition.name, Test.ONE_OF, tuple(sorted(set(written))))

    def _bound(self, definition: FactDefinition, node: LocatedDict, key: str) -> Leaf | None:
        line, value, unit = node.lines[key], node[key], node.get("unit")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._refuse(line, f"'{key}' takes a number.")
            return None
        if not isinstance(unit, str):
            self._refuse(
                line,
                f"'{key}: {value}' has no unit. A number without a unit cannot be "
                f"compared. Add 'unit: \"{definition.unit}\"'.",
            )
            return None
        converted = self._converted(definition, float(value), unit, line)
        if converted is None:
            return None
        if (
            not (definition.low or -math.inf)
            <= converted
            <= (definition.high if definition.high is not None else math.inf)
        ):
            self._refuse(
                line,
                f"'{key}: {value} {unit}' lies outside what '{definition.name}' can "
                f"be ({definition.low} to {definition.high} {definition.unit}), so it "
                "would always or never hold. Check the number and its unit.",
            )
            return None
        return Leaf(definition.name, Test(key), converted, definition.unit)

    def _converted(
        self, definition: FactDefinition, value: float, unit: str, line: int
    ) -> float | None:
        try:
            return definition.to_canonical(value, unit)
        except UnitError as error:
            self._refuse(
                line,
                f"'{definition.name}' is measured in {definition.unit}. {error.message}",
            )
            return None

    def _duration(self, definition: FactDefinition, node: LocatedDict, key: str) -> Leaf | None:
        body, line = node[key], node.lines[key]
        if not isinstance(body, LocatedDict) or set(body) != {"value", "unit"}:
            self._refuse(line, f"'{key}' is written {{value: 8, unit: wk}} (d, wk, mo or a).")
            return None
        try:
            days = convert(float(body["value"]), body["unit"], "d")
        except (UnitError, TypeError, ValueError):
            self._refuse(line, f"'{key}' takes a number and one of the units d, wk, mo, a.")
            return None
        return Leaf(definition.name, Test(key), days, "d")

    def _satisfiable(self, node: LocatedDict, leaves: tuple[Leaf, ...]) -> bool:
        low = [leaf for leaf in leaves if leaf.test in (Test.AT_LEAST, Test.GREATER_THAN)]
        high = [leaf for leaf in leaves if leaf.test in (Test.AT_MOST, Test.LESS_THAN)]
        for below in low:
            for above in high:
                strict = Test.GREATER_THAN is below.test or Test.LESS_THAN is above.test
                lower, upper = _number(below), _number(above)
                if lower > upper or (strict and lower == upper):
                    self._refuse(node.line, "No value satisfies both bounds. Check them.")
                    return False
        return True

    def _only(self, node: LocatedDict, keys: tuple[str, ...]) -> bool:
        extra = [key for key in node if key not in keys]
        for key in extra:
            self._refuse(
                node.lines[key],
                f"The key '{key}' is not known here.{suggest(key, keys)}",
            )
        return not extra

    def _refuse(self, line: int, message: str) -> None:
        """Note a problem; the part then reads as None."""
        self._place.refuse(line, message)


def _number(leaf: Leaf) -> float:
    return leaf.value if isinstance(leaf.value, (int, float)) else math.nan


def _nearest(node: LocatedDict) -> str:
    for key in node:
        if key not in _TESTS and (hint := suggest(key, (*_GROUPS, *_SUBJECTS))):
            return hint
    return ""
