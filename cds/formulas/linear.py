"""Formulas of the shape constant plus coefficient times term, with their cautions."""

from collections.abc import Mapping

from cds.formulas.rounding import clean
from cds.model.formula import Formula


def evaluate_formula(formula: Formula, terms: Mapping[str, float]) -> float:
    """The formula's value for the terms that it names.

    Units: each term in the formula's input unit; the formula's unit out.
    Source: the formula's own.
    Raises: KeyError when a term is missing.
    """
    parts = (factor * terms[term] for term, factor in formula.coefficients.items())
    return clean(formula.constant + sum(parts))


def find_cautions(formula: Formula, inputs: Mapping[str, float | None]) -> tuple[str, ...]:
    """The formula's warnings for these inputs, in written order."""
    return tuple(
        caution.message
        for caution in formula.cautions
        if (value := inputs.get(caution.input)) is not None and value in caution.interval
    )
