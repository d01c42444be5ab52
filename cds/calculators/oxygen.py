"""The oxygen calculators: target uptake, uptake of an activity."""

from cds.calculators.request import Inputs
from cds.calculators.result import CalculatorResult, describe_error, describe_formula
from cds.formulas.linear import find_cautions
from cds.formulas.oxygen import (
    energy_expenditure,
    metabolic_equivalents,
    target_uptake,
    uptake_of_activity,
)
from cds.model.formula import IntensityKnowledge

_QUANTITIES = ("speed", "grade", "power", "weight", "step_rate", "step_height")
_ON_FOOT = ("walking", "running")
_LEVEL = 0.0


def target(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The target range of oxygen uptake, with its metabolic equivalents."""
    formula, met = knowledge.formulas["FORM-VO2R"], knowledge.formulas["FORM-MET"]
    exact = target_uptake(formula, inputs.need("vo2max"), inputs.pair("vo2r_percent") or (0, 0))
    bounds = (exact.low, exact.high)
    mets = [metabolic_equivalents(met, uptake) for uptake in bounds]
    point = exact.low == exact.high
    return CalculatorResult(
        name="target_vo2",
        method=formula.method,
        source=describe_formula(formula, knowledge.clinical_sign_off),
        value=exact.low if point else None,
        unit=formula.unit,
        range=bounds,
        range_exact=bounds,
        details={"range_mets": mets, "mets": mets[0] if point else None},
    )


def activity(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The oxygen uptake of an activity, with metabolic equivalents and energy."""
    name = inputs.code("activity") or ""
    formula = knowledge.by_method(name)
    given = {key: value for key in _QUANTITIES if (value := inputs.number(key)) is not None}
    warnings = find_cautions(formula, given)
    if name in _ON_FOOT and "grade" not in given:
        given["grade"] = _LEVEL
        warnings += (knowledge.messages["level_ground"],)
    uptake = uptake_of_activity(formula, given)
    mets = metabolic_equivalents(knowledge.formulas["FORM-MET"], uptake)
    weight = given.get("weight")
    energy = None
    if weight is not None:
        energy = energy_expenditure(knowledge.formulas["FORM-KCAL"], mets, weight)
    return CalculatorResult(
        name="oxygen_uptake",
        method=name,
        source=describe_formula(formula, knowledge.clinical_sign_off),
        value=uptake,
        unit=formula.unit,
        see=describe_error(formula),
        warnings=warnings,
        details={"mets": mets, "kcal_per_min": energy},
    )
