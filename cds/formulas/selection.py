"""Which heart-rate method fits a person: measured, predicted, or none (exertion only)."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from cds.model.calculator import Blocker, SelectionRules, SelectionStep

MEASURED = "measured"
RPE_ONLY = "rpe_only"
INSUFFICIENT_DATA = "insufficient_data"
NOT_PREDICTABLE = "age_outside_prediction"
BLOCKED = "heart_rate_unreliable"
DRUG = "rate_altering"
_CURRENT = "hr_peak_on_current_drugs"


class SelectionFacts(Struct, frozen=True):
    """What the selection looks at; a name without a state in `states` is unknown.

    `states` holds medication classes, conditions and flags by name: True, False or None.

    Units: age in years, hr_peak_measured in beats/min, lvef in per cent.
    """

    age: float | None
    sex: str | None = None
    rhythm: str | None = None
    hr_peak_measured: float | None = None
    lvef: float | None = None
    states: Mapping[str, bool | None] = field(default_factory=dict)


class Selection(Struct, frozen=True):
    """The chosen method, the rule that chose it, and why.

    `methods` holds more than one prediction when the sex is not known: the lowest value counts.
    `because` names what triggered the rule, `missing` what would be needed for another answer,
    `hint` a formula that may be shown as the hint of a ceiling.
    """

    method: str
    rule: str
    reason: str | None = None
    methods: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    hint: str | None = None


def select_method(
    facts: SelectionFacts, rules: SelectionRules, policy: str | None = None
) -> Selection:
    """The heart-rate method that the selection rules allow.

    Source: acsm-getp-10 (FORM-SEL-1 to 6).
    """
    return (
        _without_heart_rate(facts, rules)
        or _measured(facts, rules)
        or _rate_altering(facts, rules)
        or _unpredictable_age(facts, rules)
        or _not_known(facts, rules)
        or _predicted(facts, rules, policy)
    )


def _without_heart_rate(facts: SelectionFacts, rules: SelectionRules) -> Selection | None:
    step = rules.no_method
    rhythm = ("rhythm",) if facts.rhythm in step.rhythms else ()
    present = rhythm + _present(step, facts)
    return Selection(RPE_ONLY, step.rule, BLOCKED, because=present) if present else None


def _measured(facts: SelectionFacts, rules: SelectionRules) -> Selection | None:
    """A measured peak counts; what could still make it unreliable stays a question."""
    if facts.hr_peak_measured is None:
        return None
    current, rule = facts.states.get(_CURRENT), rules.measured.rule
    if current is None:
        return Selection(RPE_ONLY, rule, INSUFFICIENT_DATA, missing=(_CURRENT,))
    if not current:
        return None
    missing = _unknown(rules.no_method, facts)
    return Selection(MEASURED, rule, methods=(MEASURED,), because=(_CURRENT,), missing=missing)


def _rate_altering(facts: SelectionFacts, rules: SelectionRules) -> Selection | None:
    step = rules.measured_only
    present = _present(step, facts)
    if not present:
        return None
    return Selection(RPE_ONLY, step.rule, DRUG, because=present, hint=_hint(facts, rules))


def _not_known(facts: SelectionFacts, rules: SelectionRules) -> Selection | None:
    """Nothing is predicted for someone whose drugs or conditions are not known."""
    first, second = _unknown(rules.no_method, facts), _unknown(rules.measured_only, facts)
    if not first and not second:
        return None
    step = rules.no_method if first else rules.measured_only
    return Selection(RPE_ONLY, step.rule, INSUFFICIENT_DATA, missing=first + second)


def _unpredictable_age(facts: SelectionFacts, rules: SelectionRules) -> Selection | None:
    if facts.age is None:
        return Selection(RPE_ONLY, rules.age_step.rule, INSUFFICIENT_DATA, missing=("age",))
    if facts.age not in rules.ages:
        return Selection(RPE_ONLY, rules.age_step.rule, NOT_PREDICTABLE, because=("age",))
    return None


def _predicted(facts: SelectionFacts, rules: SelectionRules, policy: str | None) -> Selection:
    women, others = (
        policy if policy in choice.choices and policy is not None else choice.default
        for choice in (rules.women, rules.others)
    )
    if facts.sex == "female":
        return Selection(women, rules.women.rule, methods=(women,))
    if facts.sex == "male":
        return Selection(others, rules.others.rule, methods=(others,))
    return Selection(women, rules.women.rule, methods=(women, others), missing=("sex",))


def _hint(facts: SelectionFacts, rules: SelectionRules) -> str | None:
    hint = rules.hint
    fits = (
        facts.states.get(hint.condition) is True
        and facts.states.get(hint.medication) is True
        and facts.age is not None
        and facts.age in hint.ages
        and facts.lvef is not None
        and facts.lvef >= hint.preserved_lvef
    )
    return hint.method if fits else None


def _present(step: SelectionStep, facts: SelectionFacts) -> tuple[str, ...]:
    return _names(step.blockers, facts, True)


def _unknown(step: SelectionStep, facts: SelectionFacts) -> tuple[str, ...]:
    return _names(step.blockers, facts, None)


def _names(
    blockers: Iterable[Blocker], facts: SelectionFacts, wanted: bool | None
) -> tuple[str, ...]:
    states = facts.states
    return tuple([blocker.item for blocker in blockers if _state(blocker, states) is wanted])


def _state(blocker: Blocker, states: Mapping[str, bool | None]) -> bool | None:
    """Whether the blocker holds; a lifting flag decides over its condition."""
    lifting = states.get(blocker.unless_false) if blocker.unless_false else None
    if lifting is not None:
        return lifting
    state = states.get(blocker.item)
    implied = blocker.implied_absent_by
    if state is None and implied is not None and states.get(implied) is False:
        return False
    return state
