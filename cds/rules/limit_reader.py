"""Reads limits and heart-rate zones: bounds with a unit, as a number or as a fact."""

import math

from msgspec import Struct

from cds.knowledge.documents import LocatedDict, line_of
from cds.knowledge.schema import flatten_errors
from cds.model.effect import Bound, HeartRateZone, Limit
from cds.rules.effect_schemas import CODE_LIMITS, NUMERIC_LIMITS, SCALES, BoundSchema
from cds.rules.references import Place, References


class LimitReader(Struct, frozen=True):
    """Reads the effects that bound something."""

    references: References
    place: Place

    def limit(self, body: LocatedDict) -> Limit | None:
        """An upper bound, or the lower one of supervision."""
        attribute = body["attribute"]
        side = "at_least" if attribute == "supervision_level" else "at_most"
        other = "at_most" if side == "at_least" else "at_least"
        if side not in body or other in body:
            self._no(
                body.lines.get(other, body.line),
                f"A limit on {attribute} is written with '{side}' only, because limits never "
                f"loosen. Use '{side}'.",
            )
            return None
        if attribute in CODE_LIMITS and "unit" in body:
            self._no(
                body.lines["unit"], f"A limit on {attribute} is a word, not a number. Drop 'unit'."
            )
            return None
        if attribute in CODE_LIMITS:
            return self._code_limit(body, attribute)
        bound = self._bound(body, side, attribute)
        if bound is None:
            return None
        low, high = (bound, None) if side == "at_least" else (None, bound)
        return Limit(
            attribute,
            at_most=high,
            at_least=low,
            unit=NUMERIC_LIMITS[attribute],
            message=body["message"],
        )

    def _code_limit(self, body: LocatedDict, attribute: str) -> Limit | None:
        code, known = body["at_most"], frozenset(CODE_LIMITS[attribute])
        if not self.place.known(body.lines["at_most"], attribute, str(code), known):
            return None
        return Limit(attribute, code=str(code), message=body["message"])

    def _bound(self, body: LocatedDict, side: str, attribute: str) -> Bound | None:
        line, unit, written = body.lines[side], NUMERIC_LIMITS[attribute], body[side]
        if body.get("unit") != unit:
            self._no(
                body.lines.get("unit", line),
                f"A limit on {attribute} is in {unit}, and a number without it could be misread. "
                f"Write 'unit: \"{unit}\"'.",
            )
            return None
        if isinstance(written, (int, float)) and not isinstance(written, bool):
            return self._number(float(written), line, attribute)
        if not isinstance(written, LocatedDict):
            self._no(line, f"'{side}' takes a number, or {{fact: name, plus: -10}}.")
            return None
        faults = list(flatten_errors(BoundSchema(), written))
        for path, message in faults:
            self._no(line_of(written, path), message)
        if faults or not self._same_unit(written, unit):
            return None
        plus, times = (float(written.get(k, d)) for k, d in (("plus", 0.0), ("times", 1.0)))
        return Bound(fact=written["fact"], plus=plus, times=times)

    def _number(self, value: float, line: int, attribute: str) -> Bound | None:
        low, high = SCALES.get(attribute, (0.0, math.inf))
        if low < value <= high or value == low != 0:
            return Bound(value=value)
        self._no(
            line,
            f"{value:g} does not lie on the scale of {attribute}, so the limit would say nothing "
            "or forbid everything. Check the number.",
        )
        return None

    def _same_unit(self, written: LocatedDict, unit: str) -> bool:
        name, line = written["fact"], written.lines["fact"]
        if not self.place.known(line, "fact", name, frozenset(self.references.vocabulary)):
            return False
        if self.references.vocabulary[name].unit != unit:
            self._no(
                line,
                f"'{name}' is not measured in {unit}, so it cannot be a bound here. Choose a fact "
                "that is.",
            )
            return False
        return True

    def heart_rate_zone(self, body: LocatedDict) -> HeartRateZone | None:
        """A zone between two bounds."""
        lower, upper = (self._bound(body, side, "hr_bpm") for side in ("lower", "upper"))
        if not lower or not upper:
            return None
        if lower.fact == upper.fact and _is_above(lower, upper):
            self._no(
                body.lines["lower"], "'lower' is not below 'upper', so the zone is empty. Mend it."
            )
            return None
        return HeartRateZone(lower, upper, body["message"])

    def _no(self, line: int, message: str) -> None:
        """Note a problem."""
        self.place.refuse(line, message)


def _is_above(lower: Bound, upper: Bound) -> bool:
    """Whether no value of the fact leaves room between the bounds."""
    if lower.value is not None and upper.value is not None:
        return lower.value >= upper.value
    return lower.times >= upper.times and lower.plus >= upper.plus
