"""What a calculator answers."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field

from cds.model.formula import Formula
from cds.model.measure import Quantity, Source

Json = Mapping[str, object]


def _nothing() -> Json:
    return MappingProxyType({})


class CalculatorResult(Struct, frozen=True):
    """One answer; `details` holds what only this calculator says (METs, reasons, missing)."""

    name: str
    method: str
    source: Json
    value: float | bool | None = None
    unit: str | None = None
    range: tuple[float, float] | None = None
    range_exact: tuple[float, float] | None = None
    category: str | None = None
    see: Quantity | None = None
    warnings: tuple[str, ...] = ()
    details: Json = field(default_factory=_nothing)

    def to_json(self) -> dict[str, object]:
        """The answer in the contract's shape."""
        see = {"value": self.see.value, "unit": self.see.unit} if self.see else None
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "range": list(self.range) if self.range else None,
            "range_exact": list(self.range_exact) if self.range_exact else None,
            "category": self.category,
            "method": self.method,
            "see": see,
            "warnings": list(self.warnings),
            "source": dict(self.source),
            **self.details,
        }


def describe_source(source: Source, sign_off: str, **more: object) -> Json:
    """The source of an answer, with the state of its clinical sign-off."""
    return {
        "citation": source.citation,
        "locator": source.locator,
        "mark": source.mark,
        "page": source.page,
        "clinical_sign_off": sign_off,
        **more,
    }


def describe_formula(formula: Formula, sign_off: str) -> Json:
    """The source of a formula's answer: row id, expression and population as well."""
    return describe_source(
        formula.source,
        sign_off,
        id=formula.reference,
        name=formula.name,
        expression=formula.expression,
        population=formula.population,
    )


def describe_error(formula: Formula) -> Quantity | None:
    """The formula's error, or None when none is published."""
    return Quantity(formula.see.value, formula.see.unit) if formula.see else None
