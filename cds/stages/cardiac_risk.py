"""Risk of a cardiac event during exercise, for people whom the table is written for."""

from cds.formulas.risk import RiskResult, stratify_risk
from cds.model.answer import CardiacRisk, RiskNote
from cds.model.case import Case
from cds.model.threshold import RiskRules

_STATES = {True: "true", False: "false", None: "unknown"}


def stratify(case: Case, rules: RiskRules) -> CardiacRisk | None:
    """The tier with its supervision and ECG; None for somebody without such heart disease.

    An unknown low item never gives low: then the answer is what the lowest possible tier asks.
    Source: aacvpr-stratification-table (RISK-*).
    """
    listed = {name.removeprefix("condition.") for name in case.listed}
    if listed.isdisjoint(rules.applies_to):
        return None
    result = stratify_risk(_facts(case, rules), rules)
    least = rules.supervision[result.at_least.value]
    return CardiacRisk(
        tier=result.tier.value,
        at_least=result.at_least.value,
        supervision=least.text,
        ecg=least.ecg,
        supervision_level=least.level,
        reasons=tuple(
            RiskNote(r.item.id, r.item.tier, r.item.text, _STATES[r.holds], r.item.mark)
            for r in result.reasons
        ),
        missing=tuple(rules.names[fact] for fact in result.missing),
        notes=tuple(_notes(result, rules)),
    )


def _facts(case: Case, rules: RiskRules) -> dict[str, float | bool | None]:
    """What the case says of every item; conditions answer for those of their name."""
    said = {fact: case.get(name).value for fact, name in rules.names.items()}
    return {fact: None if isinstance(value, str) else value for fact, value in said.items()}


def _notes(result: RiskResult, rules: RiskRules) -> list[str]:
    disputed = any(reason.holds and reason.item.disputed for reason in result.reasons)
    said = ((bool(result.missing), rules.missing), (disputed, rules.disagreement))
    return [text for holds, text in said if holds]
