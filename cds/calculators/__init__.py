"""The calculators: each formula with inputs in units, error, source and validity warnings."""

from cds.calculators.registry import CALCULATORS, Calculator, calculate
from cds.calculators.request import request_schema
from cds.calculators.result import CalculatorResult

__all__ = ["CALCULATORS", "Calculator", "CalculatorResult", "calculate", "request_schema"]
