"""Turns the checked `selection.yaml` and `calculators.yaml` into structs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cds.knowledge.intensity_tables import build_source
from cds.model.calculator import (
    Blocker,
    CalculatorInputs,
    CeilingHint,
    Choice,
    InputField,
    SelectionRules,
    SelectionStep,
)
from cds.model.measure import Interval

Row = Mapping[str, Any]


def build_selection(row: Row) -> SelectionRules:
    """The rules that select a heart-rate method."""
    ages = row["predict_ages"]
    return SelectionRules(
        source=build_source(row["source"]),
        ages=Interval(at_least=ages["start"], at_most=ages["end"]),
        age_step=SelectionStep(ages["rule"], ages["reason"]),
        measured=_step(row["measured"]),
        no_method=_step(row["no_method"]),
        measured_only=_step(row["measured_only"]),
        hint=_hint(row["ceiling_hint"]),
        women=_choice(row["women"]),
        others=_choice(row["others"]),
        recognised=MappingProxyType(
            {name: frozenset(names) for name, names in row["recognised"].items()}
        ),
    )


def build_calculator(row: Row) -> CalculatorInputs:
    """What one calculator takes."""
    return CalculatorInputs(
        name=row["name"],
        title=row["title"],
        fields=MappingProxyType({item["name"]: _field(item) for item in row["inputs"]}),
        unit=row.get("unit"),
        choice=row.get("choice"),
        requires=_names(row.get("requires", {})),
        optional=_names(row.get("optional", {})),
        exactly_one=tuple(row.get("exactly_one", ())),
    )


def _names(rows: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({name: tuple(names) for name, names in rows.items()})


def _field(row: Row) -> InputField:
    plausible = row.get("plausible")
    return InputField(
        name=row["name"],
        type=row["type"],
        description=row["description"],
        unit=row.get("unit"),
        required=row.get("required", False),
        plausible=(plausible[0], plausible[1]) if plausible else None,
        one_of=tuple(row.get("one_of", ())),
        vocabulary=row.get("vocabulary"),
        conversions=MappingProxyType(row.get("conversions", {})),
        fraction_hint=row.get("fraction_hint", False),
        hint=row.get("hint"),
    )


def _step(row: Row) -> SelectionStep:
    blockers = tuple(Blocker(**item) for item in row.get("items", ()))
    return SelectionStep(row["rule"], row["reason"], blockers, tuple(row.get("rhythms", ())))


def _choice(row: Row) -> Choice:
    return Choice(row["rule"], row["default"], tuple(row["choices"]))


def _hint(row: Row) -> CeilingHint:
    ages = Interval(at_least=row["from_age"], at_most=row["to_age"])
    return CeilingHint(
        row["method"], row["condition"], row["medication"], ages, row["preserved_lvef"]
    )
