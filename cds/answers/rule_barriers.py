"""Barriers that rules, the screening or the service's own limits set up."""

from cds.answers.standing import screening_tests, standing_tests
from cds.answers.view import View
from cds.engine.evaluator import truth_of
from cds.model.condition import Leaf, Truth
from cds.model.decision import Contraindication
from cds.model.question import Barrier, Standing
from cds.stages.outcome import Outcome


def rule_barrier(
    view: View, rule_id: str, wanted: Truth | None, message: str, remedy: str | None
) -> Barrier:
    """The rule, and the truth of it that would help."""
    service = view.world.service
    outcome = service.outcomes[rule_id][view.truths.get(rule_id, Truth.FALSE)]
    tests = standing_tests(view, rule_id, wanted)
    title = outcome.rule.title
    return Barrier((rule_id,), rule_id, title, message, remedy, outcome.state, tests)


def finding_barrier(view: View, finding: Contraindication) -> Barrier:
    """A finding goes when its rule no longer holds."""
    return rule_barrier(view, finding.id, Truth.FALSE, finding.message, finding.reopens)


def outcome_barrier(view: View, outcome: Outcome) -> Barrier:
    """A rule without a finding: one that limits, or must be known and is not."""
    key = "why_not.undecided" if outcome.truth is Truth.UNKNOWN else "why_not.limits"
    message = view.world.service.knowledge.messages[key].format(title=outcome.rule.title)
    return rule_barrier(view, outcome.rule.id, Truth.FALSE, message, None)


def screening_barrier(view: View) -> Barrier:
    """The rows of the screening algorithm that hold, or cannot be told apart."""
    screening, rules = view.decision.screening, view.world.service.rules.rules
    first = screening.because[0] if len(screening.because) == 1 else None
    messages = view.world.service.knowledge.messages
    return Barrier(
        by=screening.because,
        rule=first,
        title=rules[first].title if first else messages["why_not.screening"],
        message=screening.message,
        remedy=screening.progression,
        state="fired" if first and view.truths.get(first) is Truth.TRUE else "unknown",
        tests=screening_tests(view),
    )


def fact_barrier(view: View, leaf: Leaf, message: str) -> Barrier:
    """A limit of the service itself: one test of one fact that is not met."""
    truth = truth_of(leaf)(view.hearing.case)
    label = view.world.service.knowledge.vocabulary[leaf.fact].label
    tests = (Standing(leaf, truth, Truth.TRUE),)
    return Barrier((leaf.fact,), None, label, message, None, "fired", tests)
