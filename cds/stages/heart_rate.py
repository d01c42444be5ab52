"""Which heart-rate method remains for this case, and the maximum that it works with."""

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from cds.formulas.heart_rate import predict_maximum
from cds.formulas.selection import MEASURED, RPE_ONLY, SelectionFacts, select_method
from cds.model.calculator import Blocker, SelectionRules
from cds.model.case import Case, Fact
from cds.model.dose import MergedDose
from cds.model.formula import IntensityKnowledge
from cds.stages.limits import METHODS, SetMethod

_NAMESPACES = ("", "condition.", "medication.", "procedure.")
PREDICTED = "hrr_predicted"
_WOMEN = "hr_max_women"
#: There is one table of the selection in a process, outside tests.
_MOST_KEPT = 16
_STATES = ("hr_peak_on_current_drugs", "pacemaker_fixed_rate", "lvad")


class HeartRate(Struct, frozen=True):
    """The method (measured, hrr_predicted, rpe_only), its maximum, who decided, what is missing.

    Units: hr_max in beats/min.
    """

    method: str
    hr_max: float | None
    by: tuple[str, ...]
    missing: tuple[str, ...]


def choose_method(
    case: Case, left: SetMethod, profiles: tuple[str, ...], tables: IntensityKnowledge
) -> HeartRate:
    """The method that rules, profiles and the selection rows all leave.

    `profiles`: those that leave no predicted heart rate.
    Source: FORM-SEL-1 to 6 (cds/knowledge/intensity/selection.yaml).
    """
    if left.method == METHODS[2]:
        return HeartRate(RPE_ONLY, None, left.by, ())
    selected = select_method(_facts(case, tables), tables.selection, _policy(case))
    if selected.method == MEASURED:
        return HeartRate(
            MEASURED, case.number("hr_peak_measured"), (selected.rule,), selected.missing
        )
    if left.method == METHODS[1] or profiles:
        return HeartRate(RPE_ONLY, None, (*left.by, *profiles), ("hr_peak_measured",))
    if selected.method == RPE_ONLY:
        return HeartRate(RPE_ONLY, None, (selected.rule,), selected.missing)
    return _predicted(case, selected.methods, selected.rule, tables)


def unusable_by(dose: MergedDose | None) -> tuple[str, ...]:
    """The profiles of a dose that leave no predicted heart rate."""
    if dose is None or dose.heart_rate_usable.value:
        return ()
    return dose.heart_rate_usable.by


def _predicted(
    case: Case, methods: tuple[str, ...], rule: str, tables: IntensityKnowledge
) -> HeartRate:
    age, rest = case.number("age"), case.number("hr_rest")
    if age is None or rest is None:
        missing = tuple(n for n, v in (("age", age), ("hr_rest", rest)) if v is None)
        return HeartRate(RPE_ONLY, None, (rule,), missing)
    sex = case.code("sex")
    found = [tables.by_method(method, sex) for method in methods]
    hr_max = min(predict_maximum(formula, age, rest) for formula in found)
    return HeartRate(PREDICTED, hr_max, (rule,), ())


def nominal_maximum(case: Case, tables: IntensityKnowledge) -> float | None:
    """The lowest prediction for the age: what a ceiling is held against when no maximum may be
    shown. Never printed.

    Units: beats/min.
    """
    age, selection = case.number("age"), tables.selection
    if age is None:
        return None
    methods = (selection.women.default, selection.others.default)
    return min(predict_maximum(tables.by_method(m, case.code("sex")), age) for m in methods)


def _facts(case: Case, tables: IntensityKnowledge) -> SelectionFacts:
    return SelectionFacts(
        age=case.number("age"),
        sex=case.code("sex"),
        rhythm=case.code("rhythm"),
        hr_peak_measured=case.number("hr_peak_measured"),
        lvef=case.number("lvef"),
        states=_states(case.facts, _flags(tables.selection)),
    )


@lru_cache(_MOST_KEPT)
def _flags(rules: SelectionRules) -> Mapping[str, str]:
    """Each flag that may say a state that the selection asks for, with the name of the state."""
    steps = rules.no_method, rules.measured_only
    names = {name for step in steps for blocker in step.blockers for name in _items(blocker)}
    names |= {*_STATES, rules.hint.condition, rules.hint.medication}
    return {f"{prefix}{name}": name for name in names for prefix in _NAMESPACES}


def _items(blocker: Blocker) -> list[str]:
    items = (blocker.item, blocker.unless_false, blocker.implied_absent_by)
    return [name for name in items if name]


def _states(facts: Mapping[str, Fact], flags: Mapping[str, str]) -> dict[str, bool | None]:
    """Present anywhere is present; absent only when some list says so and none disagrees."""
    states: dict[str, bool | None] = {}
    said = [(flags[flag], facts[flag].value) for flag in facts.keys() & flags.keys()]
    for name, value in [(name, value) for name, value in said if isinstance(value, bool)]:
        states[name] = value or states.get(name, False)
    return states


def policies_read(case: Case, method: str) -> frozenset[str]:
    """The policies that the heart rates of this case follow: the equation for a woman's maximum."""
    follows = method == PREDICTED and _policy(case) is not None
    return frozenset({_WOMEN}) if follows else frozenset()


def _policy(case: Case) -> str | None:
    return case.code(f"policy.{_WOMEN}") if case.code("sex") == "female" else None
