"""The category calculator: which intensity a number is."""

from cds.calculators.request import Inputs
from cds.calculators.result import CalculatorResult, describe_source
from cds.formulas.category import find_band, find_disagreements, table_for_age
from cds.model.formula import CategoryTable, IntensityKnowledge

_METS = "mets"


def intensity(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The category of one measure of intensity, and the scales that name it differently."""
    names = knowledge.calculators["intensity_category"].exactly_one
    measure = next(name for name in names if inputs.number(name) is not None)
    value = inputs.need(measure)
    table, warnings = _table(measure, inputs.number("age"), knowledge)
    band = find_band(table, value)
    others = find_disagreements(knowledge.disagreements, table, value)
    return CalculatorResult(
        name="intensity_category",
        method=table.name,
        source=describe_source(
            table.source, knowledge.clinical_sign_off, id=band.id, name=table.title
        ),
        value=value,
        unit=table.unit,
        category=band.category,
        warnings=warnings
        + tuple(
            knowledge.messages["other_scale"].format(scale=o.scale, category=o.band.category)
            for o in others
        ),
        details={"band": {"from": band.low, "below": band.high}, "note": table.note},
    )


def _table(
    measure: str, age: float | None, knowledge: IntensityKnowledge
) -> tuple[CategoryTable, tuple[str, ...]]:
    table = knowledge.tables[measure]
    if age is None:
        return table, ()
    if measure != _METS:
        return table, (knowledge.messages["age_unused"],)
    by_age = table_for_age(knowledge.tables.values(), age)
    if by_age is None:
        return table, (knowledge.messages["no_age_table"],)
    return by_age, ()
