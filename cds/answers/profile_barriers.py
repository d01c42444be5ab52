"""Barriers that dose profiles set up, and conditions without one."""

from collections.abc import Iterator

from cds.answers.standing import flag_tests, screening_tests
from cds.answers.view import View
from cds.model.condition import Leaf, Test, Truth
from cds.model.profile import FactRule
from cds.model.question import Barrier, Standing
from cds.stages.active_profiles import active_profiles, unprofiled, weeks_fact
from cds.stages.healing import held_stages
from cds.stages.phase_dose import START
from cds.stages.screening import NEEDS_CLEARANCE


def profile_barrier(view: View, profile: str, message: str) -> Barrier:
    """A profile goes when what brought it does, and asks less at the end of its first phase."""
    table = view.world.service.knowledge.profiles
    about = table.profiles.get(profile)
    title = about.name if about else profile
    tests = tuple(dict.fromkeys((*_brought_by(view, profile), *_keeping_at_start(view, profile))))
    return Barrier((profile,), None, title, message, None, "fired", tests)


def lacking_barriers(view: View) -> Iterator[Barrier]:
    """Conditions for which no dose is known."""
    knowledge = view.world.service.knowledge
    message = knowledge.messages["requested.no_dose"]
    for entry in unprofiled(view.hearing.case, knowledge.profiles):
        fact = entry.condition
        title, tests = knowledge.vocabulary[fact].label, (_present(fact),)
        yield Barrier((fact,), None, title, message, None, "fired", tests)


def _brought_by(view: View, profile: str) -> Iterator[Standing]:
    table = view.world.service.knowledge.profiles
    for use in active_profiles(view.hearing.case, table):
        if use.profile != profile:
            continue
        for fact in use.because:
            rules = [r for r in table.facts if (r.profile, r.fact) == (profile, fact)]
            yield from (_holding(leaf) for rule in rules for leaf in _leaves(rule, view))
            if not rules:
                yield _present(fact)


def _keeping_at_start(view: View, profile: str) -> Iterator[Standing]:
    """Why the dose is that of the start: the base, a clearance, or a stage of healing."""
    case, decision = view.hearing.case, view.decision
    if decision.plan is None or decision.plan.phase != START:
        return
    if case.flag("regular_exercise") is not True:
        yield from flag_tests(view, "regular_exercise")
    if decision.screening.clearance in NEEDS_CLEARANCE:
        yield from screening_tests(view)
    table = view.world.service.knowledge.profiles
    uses = active_profiles(case, table)
    for held in held_stages(case, uses, table):
        use = next((use for use in uses if use.profile == held.profile == profile), None)
        weeks = weeks_fact(use, table) if use else None
        if weeks is not None and held.stage.to_week is not None:
            leaf = Leaf(weeks, Test.AT_LEAST, held.stage.to_week, "wk")
            yield Standing(leaf, Truth.FALSE, Truth.TRUE)


def _leaves(rule: FactRule, view: View) -> Iterator[Leaf]:
    unit = view.world.service.knowledge.vocabulary[rule.fact].unit
    if rule.at_least is not None:
        yield Leaf(rule.fact, Test.AT_LEAST, rule.at_least, unit)
    if rule.at_most is not None:
        yield Leaf(rule.fact, Test.AT_MOST, rule.at_most, unit)
    if rule.at_least is None and rule.at_most is None:
        yield Leaf(rule.fact, Test.PRESENT)


def _present(fact: str) -> Standing:
    return _holding(Leaf(fact, Test.PRESENT))


def _holding(leaf: Leaf) -> Standing:
    return Standing(leaf, Truth.TRUE, Truth.FALSE)
