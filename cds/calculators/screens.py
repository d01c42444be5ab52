"""The falls screen and the cardiac risk stratification."""

from cds.calculators.request import Inputs
from cds.calculators.result import CalculatorResult, describe_source
from cds.formulas.falls import FallsFacts, FallsResult, screen_falls
from cds.formulas.risk import RiskReason, RiskResult, stratify_risk
from cds.model.formula import IntensityKnowledge
from cds.model.threshold import RiskRules

_FLAG = {True: "at_risk", False: "not_flagged", None: "insufficient_data"}
_STATE = {True: "true", False: "false", None: "unknown"}
_TESTED = "exercise_test_done"


def falls(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The falls flag, with the tests that set it."""
    rules = knowledge.falls
    facts = FallsFacts(
        age=inputs.number("age"),
        sex=inputs.code("sex"),
        chair_stands_30s=inputs.number("chair_stands_30s"),
        tug=inputs.number("tug"),
        tandem_stance=inputs.number("tandem_stance"),
        falls_12mo=inputs.number("falls_12mo"),
        history={name: inputs.flag(name) for name in rules.history_flags},
    )
    result = screen_falls(facts, rules)
    return CalculatorResult(
        name="falls_screen",
        method="any_test",
        source=describe_source(
            rules.chair_stand_source,
            knowledge.clinical_sign_off,
            id=sorted({test.rule for test in result.tests}),
        ),
        value=result.flag,
        category=_FLAG[result.flag],
        warnings=_falls_warnings(result, knowledge),
        details={
            "flagged_by": [t.rule for t in result.tests if t.flags],
            "tests": [{"rule": t.rule, "input": t.input, "flags": t.flags} for t in result.tests],
            "missing": sorted({name for t in result.tests for name in t.missing}),
            "not_done": list(result.not_done),
        },
    )


def risk(inputs: Inputs, knowledge: IntensityKnowledge) -> CalculatorResult:
    """The AACVPR tier, with every item that set it."""
    rules = knowledge.risk
    names = knowledge.calculators["risk_stratification"].fields
    facts = {
        name: inputs.flag(name) if field.type == "flag" else inputs.number(name)
        for name, field in names.items()
    }
    result = stratify_risk(facts, rules, inputs.flag(_TESTED))
    return CalculatorResult(
        name="risk_stratification",
        method="aacvpr",
        source=describe_source(rules.source, knowledge.clinical_sign_off),
        category=result.tier.value,
        warnings=_risk_warnings(result, rules),
        details={
            "at_least": result.at_least.value,
            "reasons": [_reason(reason) for reason in result.reasons],
            "missing": list(result.missing),
            "not_stated": list(result.not_stated),
            "estimated": result.estimated,
            "supervision": _supervision(result, rules, knowledge.clinical_sign_off),
        },
    )


def _falls_warnings(result: FallsResult, knowledge: IntensityKnowledge) -> tuple[str, ...]:
    say = knowledge.messages
    warnings = [say["outside_age"].format(name=name) for name in result.not_applicable]
    if any(test.input == "tug" for test in result.tests):
        warnings.append(knowledge.falls.tug_caution)
    if result.flag is False and result.not_done:
        warnings.append(say["not_done"].format(names=", ".join(result.not_done)))
    return tuple(warnings)


def _risk_warnings(result: RiskResult, rules: RiskRules) -> tuple[str, ...]:
    disputed = any(reason.holds and reason.item.disputed for reason in result.reasons)
    said = (
        (result.estimated, rules.without_test),
        (bool(result.missing), rules.missing),
        (disputed, rules.disagreement),
    )
    return tuple(text for holds, text in said if holds)


def _supervision(result: RiskResult, rules: RiskRules, sign_off: str) -> dict[str, object]:
    """What the tier asks for; while something is unknown, what the lowest possible tier does."""
    least = rules.supervision[result.at_least.value]
    source = describe_source(rules.supervision_source, sign_off)
    return {"id": least.id, "at_least": least.text, "ecg": least.ecg, "source": source}


def _reason(reason: RiskReason) -> dict[str, object]:
    item = reason.item
    return {
        "id": item.id,
        "tier": item.tier,
        "text": item.text,
        "mark": item.mark,
        "state": _STATE[reason.holds],
    }
