"""Every calculator by name, and the one way to run them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct

from cds.calculators import category, heart_rate, oxygen, screens, strength
from cds.calculators.request import Inputs, read_inputs
from cds.calculators.result import CalculatorResult
from cds.errors import ImplausibleValueError, IntakeError, Refusal, UnknownCodeError
from cds.knowledge.schema import suggest
from cds.model.formula import IntensityKnowledge

Compute = Callable[[Inputs, IntensityKnowledge], CalculatorResult]


class Calculator(Struct, frozen=True):
    """One calculator: its computation, and the input to look at when it is impossible."""

    name: str
    compute: Compute
    suspect: str = ""


CALCULATORS: Mapping[str, Calculator] = MappingProxyType(
    {
        calculator.name: calculator
        for calculator in (
            Calculator("hr_max", heart_rate.maximum),
            Calculator("target_heart_rate", heart_rate.target, "/hr_rest"),
            Calculator("target_vo2", oxygen.target, "/vo2max"),
            Calculator("oxygen_uptake", oxygen.activity),
            Calculator("one_rep_max", strength.one_rep_max),
            Calculator("intensity_category", category.intensity),
            Calculator("chronotropic_index", heart_rate.chronotropic, "/hr_rest"),
            Calculator("heart_rate_recovery", heart_rate.recovery),
            Calculator("falls_screen", screens.falls),
            Calculator("risk_stratification", screens.risk),
        )
    }
)


def calculate(
    name: str, inputs: Mapping[str, object], knowledge: IntensityKnowledge
) -> CalculatorResult:
    """The answer of one calculator.

    Raises: UnknownCodeError when there is no such calculator; IntakeError with every refused
    part of the inputs.
    """
    calculator = CALCULATORS.get(name)
    if calculator is None:
        raise UnknownCodeError(f"There is no calculator of this name.{suggest(name, CALCULATORS)}")
    accepted = read_inputs(inputs, knowledge.calculators[name], knowledge.selection.recognised)
    try:
        return calculator.compute(accepted, knowledge)
    except ImplausibleValueError as error:
        raise IntakeError([Refusal(calculator.suspect, error.message)]) from error
