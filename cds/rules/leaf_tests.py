"""Reads the tests of one leaf: a state, a code, bounds with their unit, or a time ago."""

from collections.abc import Callable

from msgspec import Struct

from cds.errors import UnitError
from cds.knowledge.documents import LocatedDict
from cds.knowledge.fact import FactDefinition
from cds.knowledge.schema import suggest
from cds.model.condition import Leaf, Test
from cds.rules.references import Place
from cds.units import convert

BOUNDS = tuple(
    test.value for test in (Test.GREATER_THAN, Test.AT_LEAST, Test.LESS_THAN, Test.AT_MOST)
)
DURATIONS = (Test.WITHIN.value, Test.LONGER_AGO_THAN.value)
CHOICES = (Test.EQUALS.value, Test.ONE_OF.value)
TESTS = ("is", *CHOICES, *BOUNDS, *DURATIONS)
_DAYS = ("d", "wk", "mo", "a")
_ALLOWED = {
    "flag": ("is", *DURATIONS),
    "number": ("is", *BOUNDS, *DURATIONS),
    "code": ("is", *CHOICES, *DURATIONS),
}
_STATES = {
    "flag": ("present", "absent", "unknown", "known"),
    "number": ("unknown", "known"),
    "code": ("unknown", "known"),
}
# Two tests of one pair say the same thing twice, or contradict each other.
_ONE_OF_EACH = (
    CHOICES,
    (Test.AT_LEAST.value, Test.GREATER_THAN.value),
    (Test.AT_MOST.value, Test.LESS_THAN.value),
)


class LeafReader(Struct, frozen=True):
    """Reads the tests that one node makes of one fact."""

    definition: FactDefinition
    node: LocatedDict
    place: Place

    def read(self) -> tuple[Leaf, ...]:
        """Every test of the node, or none when a problem was noted."""
        tests = [key for key in self.node if key in TESTS]
        if not self._fit(tests) or not self._go_together(tests):
            return ()
        readers: dict[str, Callable[[str], Leaf | None]] = {
            "is": self._state,
            **dict.fromkeys(BOUNDS, self._bound),
            **dict.fromkeys(DURATIONS, self._duration),
            **dict.fromkeys(CHOICES, self._choice),
        }
        read = [readers[key](key) for key in tests or ("is",)]
        leaves = tuple(leaf for leaf in read if leaf is not None)
        if len(leaves) != len(read) or not self._reported_is_plain():
            return ()
        known = (Leaf(self.definition.name, Test.KNOWN),) if "reported" in self.node else ()
        return (*known, *leaves)

    def _reported_is_plain(self) -> bool:
        if self.node.get("reported", True) is True:
            return True
        return self._no(
            self.node.lines["reported"],
            "'reported' is written 'reported: true': the leaf counts only when the fact is known. "
            "Leave the key out otherwise.",
        )

    def _fit(self, tests: list[str]) -> bool:
        """Whether the fact's type can be tested so."""
        name, type_ = self.definition.name, self.definition.type.value
        allowed = ", ".join(_ALLOWED[type_])
        for key in tests:
            if key not in _ALLOWED[type_]:
                return self._no(
                    self.node.lines[key],
                    f"'{key}' does not fit '{name}', which is a {type_}. Use one of: {allowed}.",
                )
        if not tests and type_ != "flag":
            return self._no(
                self.node.line,
                f"'{name}' is a {type_}, which is never just present. Add a test: {allowed}.",
            )
        if "unit" in self.node and not set(tests) & set(BOUNDS):
            return self._no(
                self.node.lines["unit"],
                "'unit' belongs to a number, and this test compares none. Take it out.",
            )
        return True

    def _go_together(self, tests: list[str]) -> bool:
        if "is" in tests and len(tests) > 1:
            return self._no(
                self.node.lines["is"],
                "'is' stands alone: the other test already needs a known value. Take 'is' out.",
            )
        for pair in _ONE_OF_EACH:
            if set(pair) <= set(tests):
                return self._no(
                    self.node.lines[pair[1]],
                    f"'{pair[0]}' and '{pair[1]}' stand together, so one of them says nothing. "
                    "Keep one.",
                )
        return True

    def _state(self, key: str) -> Leaf | None:
        state, states = self.node.get("is", "present"), _STATES[self.definition.type.value]
        if state in states:
            return Leaf(self.definition.name, Test(state))
        self._no(
            self.node.lines[key],
            f"'{self.definition.name}' is a {self.definition.type.value}: "
            f"'is' takes {', '.join(states)}.",
        )
        return None

    def _choice(self, key: str) -> Leaf | None:
        name, values, line = self.definition.name, self.definition.values, self.node.lines[key]
        written = self.node[key] if key == "one_of" else [self.node[key]]
        if not isinstance(written, list) or not written:
            self._no(line, "'one_of' takes a list of codes, like [a, b].")
            return None
        for code in written:
            if code not in values:
                mend = "Quote it." if str(code) in values else suggest(str(code), values).strip()
                among = f"Its values: {', '.join(values)}."
                parts = (f"'{code}' is no value of '{name}'.", mend, among)
                self._no(line, " ".join(part for part in parts if part))
                return None
        if len(set(written)) < len(written):
            self._no(line, f"A value of '{name}' stands twice. Keep one.")
            return None
        if key == "equals":
            return Leaf(name, Test.EQUALS, written[0])
        if len(written) == len(values):
            self._no(line, f"These are all values of '{name}'. Write 'is: known' if that is meant.")
            return None
        return Leaf(name, Test.ONE_OF, tuple(sorted(written)))

    def _bound(self, key: str) -> Leaf | None:
        line, value, unit = self.node.lines[key], self.node[key], self.node.get("unit")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._no(line, f"'{key}' takes a number, like 12 or 1.5. This is none.")
            return None
        if not isinstance(unit, str):
            self._no(
                line,
                f"'{key}: {value}' has no unit. A number without a unit cannot be compared. "
                f"Add 'unit: \"{self.definition.unit}\"'.",
            )
            return None
        try:
            converted = self.definition.to_canonical(float(value), unit)
        except UnitError as error:
            self._no(
                line,
                f"'{self.definition.name}' is measured in {self.definition.unit}. {error.message}",
            )
            return None
        if not self._decides(key, converted):
            return None
        return Leaf(self.definition.name, Test(key), converted, self.definition.unit)

    def _decides(self, key: str, value: float) -> bool:
        """Whether a plausible value can pass the bound.

        A bound that every known value passes is allowed: it is unknown until the value is known.
        """
        fact, low, high = self.definition, self.definition.low, self.definition.high
        if low is None or high is None:
            return True
        never = (key == "greater_than" and value == high) or (key == "less_than" and value == low)
        if low <= value <= high and not never:
            return True
        return self._no(
            self.node.lines[key],
            f"'{key}: {self.node[key]} {self.node['unit']}' always or never holds, because "
            f"'{fact.name}' lies from {low:g} to {high:g} {fact.unit}. Check the number and its "
            "unit.",
        )

    def _duration(self, key: str) -> Leaf | None:
        body, line = self.node[key], self.node.lines[key]
        if not isinstance(body, LocatedDict) or set(body) != {"value", "unit"}:
            self._no(line, f"'{key}' is written {{value: 8, unit: wk}}, the unit d, wk, mo or a.")
            return None
        value, unit = body["value"], body["unit"]
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or value <= 0 or unit not in _DAYS:
            self._no(line, f"'{key}' takes a number above zero and one of the units d, wk, mo, a.")
            return None
        return Leaf(self.definition.name, Test(key), convert(float(value), unit, "d"), "d")

    def _no(self, line: int, message: str) -> bool:
        """Note a problem."""
        self.place.refuse(line, message)
        return False
