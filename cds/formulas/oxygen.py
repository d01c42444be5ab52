"""Oxygen uptake and energy: activities, targets, metabolic equivalents."""

from collections.abc import Mapping

from cds.errors import ImplausibleValueError
from cds.formulas.heart_rate import Range
from cds.formulas.linear import evaluate_formula
from cds.formulas.rounding import clean
from cds.model.formula import Formula

_PER_CENT = 100.0


def uptake_of_activity(formula: Formula, inputs: Mapping[str, float]) -> float:
    """The steady-state oxygen uptake of walking, running, cycling or stepping.

    Units: speed m/min, grade as a fraction, power kg.m/min, weight kg, step rate /min, step
    height m; mL/min/kg out.
    Source: acsm-getp-10 table 6.3 (FORM-WALK, -RUN, -CYC, -ARM, -STEP).
    Raises: KeyError when an input that the formula needs is missing.
    """
    terms = dict(inputs)
    if "speed" in inputs and "grade" in inputs:
        terms["speed_x_grade"] = inputs["speed"] * inputs["grade"]
    if "power" in inputs and "weight" in inputs:
        terms["power_per_weight"] = inputs["power"] / inputs["weight"]
    if "step_rate" in inputs and "step_height" in inputs:
        terms["step_rate_x_height"] = inputs["step_rate"] * inputs["step_height"]
    return evaluate_formula(formula, terms)


def target_uptake(formula: Formula, vo2max: float, percent: tuple[float, float]) -> Range:
    """The exact target range by oxygen-uptake reserve.

    Units: mL/min/kg and per cent in, mL/min/kg out.
    Source: swain-leutholtz-1997 (FORM-VO2R).
    Raises: ImplausibleValueError when the maximum is not above the resting uptake.
    """
    rest = formula.parameters["resting_uptake"]
    if vo2max <= rest:
        raise ImplausibleValueError(
            "The maximum oxygen uptake is not above the resting uptake, so there is no reserve "
            "to prescribe from. Check it and its unit."
        )
    low, high = (clean(rest + p / _PER_CENT * (vo2max - rest)) for p in percent)
    return Range(low, high)


def metabolic_equivalents(formula: Formula, uptake: float) -> float:
    """Oxygen uptake in metabolic equivalents.

    Units: mL/min/kg in, {METs} out.
    Source: acsm-getp-10 (FORM-MET).
    """
    return clean(uptake / formula.parameters["uptake_per_met"])


def uptake_of_mets(formula: Formula, mets: float) -> float:
    """Metabolic equivalents in oxygen uptake; the inverse of `metabolic_equivalents`.

    Units: {METs} in, mL/min/kg out.
    Source: acsm-getp-10 (FORM-MET).
    """
    return clean(mets * formula.parameters["uptake_per_met"])


def energy_expenditure(formula: Formula, mets: float, weight: float) -> float:
    """Energy spent per minute.

    Units: {METs} and kg in, kcal/min out.
    Source: acsm-getp-10 (FORM-KCAL).
    """
    parameters = formula.parameters
    return clean(mets * parameters["uptake_per_met"] * weight / parameters["divisor"])
