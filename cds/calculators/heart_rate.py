"""The heart-rate calculators: maximum, target, chronotropic index, recovery."""

from msgspec.structs import replace

from cds.calculators.request import Inputs
from cds.calculators.result import (
    CalculatorResult,
    describe_error,
    describe_formula,
    describe_source,
)
from cds.errors import IntakeError, Refusal
from cds.formulas.heart_rate import (
    Range,
    chronotropic_index,
    is_incompetent,
    is_recovery_abnormal,
    predict_maximum,
    target_by_maximum,
    target_by_reserve,
)
from cds.formulas.linear import find_cautions
from cds.formulas.rounding import round_inward
from cds.formulas.selection import (
    INSUFFICIENT_DATA,
    MEASURED,
    RPE_ONLY,
    Selection,
    SelectionFacts,
    select_method,
)
from cds.model.formula import Formula, IntensityKnowledge

_CYCLE = "cycle"
_STATES = {True: "abnormal", False: "normal", None: INSUFFICIENT_DATA}


def maximum(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The maximum heart rate by one method, or by the method that the selection rules allow."""
    method = inputs.code("method") or ""
    selection = select_method(
        _selection_facts(inputs, knowledge), knowledge.selection, inputs.code("policy")
    )
    if method == "auto":
        return _selected(selection, inputs, knowledge)
    result = _by_method(method, inputs, knowledge)
    return replace(result, warnings=(*result.warnings, *_objections(selection, inputs, knowledge)))


def target(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The target range, exact and rounded inward for display."""
    hr_max = inputs.need("hr_max")
    reserve, maximum_percent = inputs.pair("hrr_percent"), inputs.pair("hr_max_percent")
    if reserve is not None:
        exact = target_by_reserve(hr_max, inputs.need("hr_rest"), reserve)
        formula = knowledge.formulas["FORM-HRR"]
    else:
        exact = target_by_maximum(hr_max, maximum_percent or (0.0, 0.0))
        formula = knowledge.formulas["FORM-PHRMAX"]
    shown = round_inward(exact.low, exact.high)
    return CalculatorResult(
        name="target_heart_rate",
        method=formula.method,
        source=describe_formula(formula, knowledge.clinical_sign_off),
        value=_point(exact),
        unit=formula.unit,
        range=shown,
        range_exact=(exact.low, exact.high),
        warnings=() if shown else (knowledge.messages["empty_range"],),
    )


def chronotropic(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The chronotropic index and whether it is abnormal."""
    formula = knowledge.formulas["FORM-CI"]
    peak, rest = inputs.need("hr_peak"), inputs.need("hr_rest")
    if peak < rest:
        detail = "The peak heart rate is below the resting one. Check both."
        raise IntakeError([Refusal("/hr_peak", detail)])
    index = chronotropic_index(formula, peak, rest, inputs.need("age"))
    verdict = is_incompetent(index, inputs.flag("on_beta_blocker"), knowledge.chronotropic)
    return CalculatorResult(
        name="chronotropic_index",
        method=formula.method,
        source=describe_formula(formula, knowledge.clinical_sign_off),
        value=index,
        unit=formula.unit,
        category=_STATES[verdict],
        details={
            "abnormal": verdict,
            "reference": knowledge.chronotropic["abnormal_below"].id,
            "missing": [] if verdict is not None else ["on_beta_blocker"],
        },
    )


def recovery(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """Whether the heart rate falls enough in the first minute of recovery."""
    cool_down = inputs.code("cool_down")
    fall = inputs.need("hr_recovery_1min")
    active = None if cool_down is None else cool_down == "active"
    verdict = is_recovery_abnormal(fall, active, knowledge.recovery)
    threshold = knowledge.recovery[cool_down or "active"]
    return CalculatorResult(
        name="heart_rate_recovery",
        method="first_minute",
        source=describe_source(threshold.source, knowledge.clinical_sign_off, id=threshold.id),
        value=fall,
        unit=threshold.unit,
        category=_STATES[verdict],
        details={"abnormal": verdict, "missing": [] if verdict is not None else ["cool_down"]},
    )


def _selected(
    selection: Selection, inputs: Inputs, knowledge: IntensityKnowledge
) -> CalculatorResult:
    if selection.method == RPE_ONLY:
        return _exertion_only(selection, inputs, knowledge)
    results = [_by_method(method, inputs, knowledge) for method in selection.methods]
    lowest = min(results, key=lambda result: result.value or 0.0)
    missing = _ask(selection.missing, knowledge)
    key = "unchecked" if selection.method == MEASURED else "unknown_sex"
    unsure = (knowledge.messages[key].format(names=", ".join(missing)),) if missing else ()
    return replace(
        lowest,
        warnings=lowest.warnings + unsure,
        details={**lowest.details, "selected_by": selection.rule, "missing": list(missing)},
    )


def _exertion_only(
    selection: Selection, inputs: Inputs, knowledge: IntensityKnowledge
) -> CalculatorResult:
    rules = knowledge.selection
    steps = (rules.no_method, rules.measured, rules.measured_only, rules.age_step)
    text = next(step.reason for step in steps if step.rule == selection.rule)
    missing = _ask(selection.missing, knowledge)
    why = knowledge.messages["not_known"] if missing else text
    names = ", ".join(missing or selection.because)
    details: dict[str, object] = {
        "reason": RPE_ONLY,
        "why": selection.reason,
        "selected_by": selection.rule,
        "because": list(selection.because),
        "missing": list(missing),
    }
    if selection.hint:
        details["hint"] = _by_method(selection.hint, inputs, knowledge).to_json()
    return CalculatorResult(
        name="hr_max",
        method=RPE_ONLY,
        source=describe_source(rules.source, knowledge.clinical_sign_off, id=selection.rule),
        category=selection.reason if missing else None,
        unit=knowledge.calculators["hr_max"].unit,
        warnings=(knowledge.messages["no_method"].format(why=why, names=names),),
        details=details,
    )


def _by_method(method: str, inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    formula = _formula(method, inputs, knowledge)
    if method == MEASURED:
        value = inputs.need("hr_peak_measured")
    else:
        value = predict_maximum(
            formula,
            inputs.need("age"),
            inputs.number("hr_rest") or 0.0,
            inputs.code("mode") == _CYCLE,
        )
    return CalculatorResult(
        name="hr_max",
        method=method,
        source=describe_formula(formula, knowledge.clinical_sign_off),
        value=value,
        unit=formula.unit,
        see=describe_error(formula),
        warnings=find_cautions(formula, {"age": inputs.number("age")})
        + _wrong_sex(formula, inputs.code("sex"), knowledge),
        details=_confidence(formula),
    )


def _formula(method: str, inputs: Inputs, knowledge: IntensityKnowledge) -> Formula:
    try:
        return knowledge.by_method(method, inputs.code("sex"))
    except KeyError:
        detail = "This method has a formula for women and one for men only. Choose another method."
        raise IntakeError([Refusal("/sex", detail)]) from None


def _confidence(formula: Formula) -> dict[str, object]:
    if formula.see is None:
        return {"confidence": formula.source.mark}
    see = formula.see
    low = see.low if see.low is not None else see.value
    return {
        "confidence": formula.source.mark,
        "see_range": [low, see.value],
        "see_measure": see.measure,
        "see_mark": see.mark,
    }


def _wrong_sex(formula: Formula, sex: str | None, knowledge: IntensityKnowledge) -> tuple[str, ...]:
    if not formula.sexes or sex in formula.sexes:
        return ()
    return (knowledge.messages["one_sex"].format(names=", ".join(formula.sexes)),)


def _objections(
    selection: Selection, inputs: Inputs, knowledge: IntensityKnowledge
) -> tuple[str, ...]:
    """What the selection rules say against a method that was asked for by name."""
    say = knowledge.messages
    current = inputs.flag("hr_peak_on_current_drugs")
    if inputs.code("method") == MEASURED and current is not True:
        return (say["not_current"],)
    if selection.method != RPE_ONLY or selection.missing:
        return ()
    names = ", ".join(selection.because)
    return (say["objection"].format(rule=selection.rule, names=names),)


def _ask(missing: tuple[str, ...], knowledge: IntensityKnowledge) -> tuple[str, ...]:
    """The inputs to ask for: a list instead of each of its names."""
    lists = knowledge.selection.recognised
    asked = [
        next((group for group, names in lists.items() if name in names), name) for name in missing
    ]
    return tuple(dict.fromkeys(asked))


def _selection_facts(inputs: Inputs, knowledge: IntensityKnowledge) -> SelectionFacts:
    states: dict[str, bool | None] = {}
    for group in ("medications", "conditions"):
        given = inputs.names(group)
        if given is not None:
            states |= {name: name in given for name in knowledge.selection.recognised[group]}
    for flag in ("hr_peak_on_current_drugs", "pacemaker_fixed_rate", "lvad", "tetraplegia"):
        states[flag] = inputs.flag(flag)
    return SelectionFacts(
        age=inputs.number("age"),
        sex=inputs.code("sex"),
        rhythm=inputs.code("rhythm"),
        hr_peak_measured=inputs.number("hr_peak_measured"),
        lvef=inputs.number("lvef"),
        states=states,
    )


def _point(exact: Range) -> float | None:
    return exact.low if exact.low == exact.high else None
