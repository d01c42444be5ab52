"""The one-repetition maximum from a set to failure."""

from cds.formulas.rounding import clean
from cds.model.formula import Formula

_SINGLE = 1


def one_repetition_maximum(formula: Formula, load: float, repetitions: int) -> float | None:
    """The estimated one-repetition maximum; None beyond the repetitions it holds for.

    One repetition is the maximum itself, where the raw formulas would miss the load.

    Units: kg in, kg out.
    Source: epley-1985, brzycki-1993 (FORM-1RM-EPLEY, FORM-1RM-BRZ, FORM-1RM-LIM).
    """
    parameters = formula.parameters
    if repetitions > parameters["most_repetitions"]:
        return None
    if repetitions <= _SINGLE:
        return clean(load)
    if "divisor" in parameters:
        return clean(load * (1 + repetitions / parameters["divisor"]))
    return clean(load / (parameters["constant"] - parameters["per_repetition"] * repetitions))
