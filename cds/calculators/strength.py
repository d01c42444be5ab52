"""The strength calculator: one-repetition maximum."""

from cds.calculators.request import Inputs
from cds.calculators.result import CalculatorResult, describe_formula
from cds.formulas.strength import one_repetition_maximum
from cds.model.formula import IntensityKnowledge

OUT_OF_RANGE = "out_of_range"


def one_rep_max(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The one-repetition maximum; no value beyond the repetitions that the equation holds for."""
    equation = inputs.code("equation") or ""
    formula = knowledge.by_method(equation)
    value = one_repetition_maximum(formula, inputs.need("load"), int(inputs.need("repetitions")))
    refused = value is None
    say, most = knowledge.messages, formula.parameters["most_repetitions"]
    beyond = (say["too_many_repetitions"].format(most=f"{most:g}"),) if refused else ()
    return CalculatorResult(
        name="one_rep_max",
        method=equation,
        source=describe_formula(formula, knowledge.clinical_sign_off),
        value=value,
        unit=formula.unit,
        category=OUT_OF_RANGE if refused else None,
        warnings=beyond,
        details={
            "status": OUT_OF_RANGE if refused else "ok",
            "not_for": say["no_maximum_test"],
        },
    )
