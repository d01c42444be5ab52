"""Goals from what was measured: the person's own first, then what keeps safe, then conditions."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from cds.derived_facts import WEEKLY_MINUTES
from cds.knowledge.vocabulary import Vocabulary
from cds.model.case import Case
from cds.model.goal import Goal, GoalMeasure, GoalTable
from cds.model.plan import Plan, PlannedMeasure
from cds.model.profile import Profile

OWN = "own"
_KINDS = ("safety", "condition")
_LIMITING = 2  # the weight of a profile that limits function
_WORD = re.compile(r"[a-z0-9]+")


class GoalInputs(Struct, frozen=True):
    """What goals are set from; without a plan only the person's own words are repeated."""

    case: Case
    vocabulary: Vocabulary
    table: GoalTable
    profiles: Mapping[str, Profile]
    wishes: tuple[str, ...]
    plan: Plan | None


def set_goals(inputs: GoalInputs) -> tuple[Goal, ...]:
    """Every goal once: a measure that serves an own goal sets no other one."""
    own = tuple([_own(wish, inputs) for wish in inputs.wishes])
    if inputs.plan is None:
        return own
    taken = {goal.measure for goal in own if goal.target is not None}
    found = [goal for goal in _measured(inputs, inputs.plan) if goal.measure not in taken]
    found += _open(inputs, inputs.plan, {goal.domain for goal in (*own, *found)})
    found += _weekly(inputs, inputs.plan)
    return (*own, *sorted(found, key=lambda goal: _KINDS.index(goal.kind)))


def _own(wish: str, inputs: GoalInputs) -> Goal:
    """The person's words as they are, with a measure when a word names one."""
    table, words = inputs.table, frozenset(_WORD.findall(wish.lower()))
    named = [fact for own in table.own if not words.isdisjoint(own.words) for fact in own.facts]
    plan, measures = inputs.plan, table.by_fact
    facts = [fact for fact in named if plan is None or not _is_out(measures[fact], plan)]
    counted = any(word.isdigit() for word in words)
    if not facts:
        vague = not words.isdisjoint(table.vague)
        ask = table.ask_vague if vague else None if counted else table.ask_concrete
        return Goal(wish, OWN, ask=ask)
    if plan is not None:
        for named_fact in facts:
            goal = _goal(measures[named_fact], inputs, plan)
            if goal is not None:
                return replace(goal, text=wish, kind=OWN)
    fact = inputs.vocabulary[facts[0]]
    ask = table.ask_measure.format(question=fact.question)
    known = inputs.case.number(facts[0]) is not None
    again = None if counted else table.ask_concrete
    domain = measures[fact.name].domain
    return Goal(wish, OWN, domain, fact.name, fact.label, ask=again if known else ask)


def _measured(inputs: GoalInputs, plan: Plan) -> Iterator[Goal]:
    facts = inputs.case.facts
    for measure in [measure for measure in inputs.table.measures if measure.fact in facts]:
        goal = _goal(measure, inputs, plan)
        if goal is not None:
            yield goal


def _goal(measure: GoalMeasure, inputs: GoalInputs, plan: Plan) -> Goal | None:
    """The goal of one measure, when it was measured and is worth one."""
    value = inputs.case.number(measure.fact)
    if value is None or not _is_worth(measure, inputs.case) or _is_out(measure, plan):
        return None
    planned = _planned(plan, measure.fact)
    fact, size = inputs.vocabulary[measure.fact], _size(measure, planned, inputs.profiles)
    target = size.value if measure.target else _moved(value, size.value, measure.better)
    if fact.integer and not measure.target:
        target = math.floor(target) if measure.better == "lower" else math.ceil(target)
    return Goal(
        text=measure.text,
        kind=measure.kind,
        domain=measure.domain,
        measure=measure.fact,
        label=fact.label,
        baseline=value,
        at=inputs.case.get(measure.fact).at,
        target=target,
        unit=fact.unit,
        by=_by(inputs.case.evaluation_date, measure.weeks),
        why=measure.why,
        because=tuple(dict.fromkeys(p for m in planned for p in m.profiles)),
        mark=size.mark,
        citation=size.citation or inputs.table.source.citation,
    )


class _Size(Struct, frozen=True):
    """How far: the target itself or the change to it, and where the number comes from."""

    value: float
    mark: str
    citation: str | None


def _size(
    measure: GoalMeasure, planned: Sequence[PlannedMeasure], profiles: Mapping[str, Profile]
) -> _Size:
    """The table's own number, else the largest change that the person's profiles name."""
    number = measure.target or measure.change
    if number is not None:
        return _Size(number.value, number.source.mark, number.source.citation)
    like = profiles[measure.like].outcome_measures if measure.like else ()
    named = (planned, [m for m in like if m.fact == measure.fact])
    own, others = (
        [_Size(m.change.value, m.mark, m.citation) for m in group if m.change] for group in named
    )
    return max(own or others, key=lambda size: size.value)


def _moved(value: float, change: float, better: str) -> float:
    return round(value + change if better == "higher" else value - change, 2)


def _is_worth(measure: GoalMeasure, case: Case) -> bool:
    """Whether the value is on the wrong side of its mark, the mark included."""
    mark = measure.worth_from
    value = case.number(mark.fact or measure.fact)
    if value is None:
        return False
    return value <= mark.value if measure.better == "higher" else value >= mark.value


def _is_out(measure: GoalMeasure, plan: Plan) -> bool:
    """Whether it is no goal beside a profile of the plan."""
    return bool(measure.not_with) and not set(measure.not_with).isdisjoint(plan.profiles)


def _planned(plan: Plan, fact: str) -> list[PlannedMeasure]:
    return [measure for measure in plan.outcome_measures if measure.fact == fact]


def _open(inputs: GoalInputs, plan: Plan, done: set[str | None]) -> Iterator[Goal]:
    """What to measure first, once for each domain that a limiting profile names."""
    measures = inputs.table.by_fact
    for planned in plan.outcome_measures:
        measure = measures.get(planned.fact or "")
        if measure is None or measure.domain in done:
            continue
        if not any([inputs.profiles[id_].weight >= _LIMITING for id_ in planned.profiles]):
            continue
        if _is_out(measure, plan):
            continue
        fact = inputs.vocabulary[measure.fact]
        if measure.domain in inputs.table.domains and inputs.case.number(measure.fact) is None:
            done.add(measure.domain)
            ask = inputs.table.ask_measure.format(question=fact.question)
            yield Goal(
                measure.text,
                measure.kind,
                measure.domain,
                measure.fact,
                fact.label,
                ask=ask,
                because=planned.profiles,
            )


def _weekly(inputs: GoalInputs, plan: Plan) -> Iterator[Goal]:
    """The minutes a week that the plan builds to; none where no quota may be set."""
    weekly, case = inputs.table.weekly, inputs.case
    now = case.number(WEEKLY_MINUTES)
    for part in plan.components:
        goal = part.volume.goal_minutes_per_week
        if goal is not None and goal[0] > (now or 0):
            yield Goal(
                weekly.text,
                "condition",
                "endurance",
                label=weekly.label,
                baseline=now,
                target=goal[0],
                unit="min/wk",
                by=_by(case.evaluation_date, weekly.weeks),
                why=weekly.why,
                because=plan.profiles,
                mark=inputs.table.source.mark,
                citation=inputs.table.source.citation,
            )


def _by(day: date, weeks: int) -> date:
    return day + timedelta(weeks=weeks)
