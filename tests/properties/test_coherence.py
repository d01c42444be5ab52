"""Every decision holds together: what bars a plan bars it, and every sentence has a source."""

from collections.abc import Iterator

from hypothesis import given

from cds.decide import decide
from cds.model.answer import Decision
from cds.model.decision import Disposition
from cds.model.effect import Limit
from cds.model.intake import Intake, SubmittedFact
from cds.service import Service
from tests.properties.effort import patients
from tests.properties.people import TODAY, build, healthy, intakes

NO_PLAN = frozenset(
    {
        Disposition.EMERGENCY,
        Disposition.DO_NOT_EXERCISE,
        Disposition.HOLD_TODAY,
        Disposition.INSUFFICIENT_DATA,
    }
)
_ABOUT_LISTS = ("conditions_reviewed", "medications_reviewed")
_UPPER = ("hr_bpm", "hrr_percent", "rpe_6_20", "rpe_0_10", "mets")


def faults(decision: Decision, service: Service) -> Iterator[str]:
    """Everything in a decision that does not hold together."""
    yield from _barred(decision)
    yield from _unresolved(decision, service)
    yield from _without_source(decision)
    yield from _without_alternative(decision)
    yield from _ranges(decision)
    yield from (f"no question for {m.fact}" for m in decision.missing if not m.question)
    yield from _unanswerable(decision, service)
    yield from _intervals(decision)
    forbidden = decision.plan is None or decision.plan.hiit == "no"
    if forbidden and decision.hiit.eligible in ("yes", "after_clearance"):
        yield "there is no plan, or it forbids HIIT, and the screen allows it"


def _unanswerable(decision: Decision, service: Service) -> Iterator[str]:
    """Facts that are asked for and that no request can state."""
    vocabulary = service.knowledge.vocabulary
    for asked in decision.missing:
        if not vocabulary[asked.fact].submittable and asked.fact not in _ABOUT_LISTS:
            yield f"asked for {asked.fact}, which is worked out here"


def _intervals(decision: Decision) -> Iterator[str]:
    protocol, ceiling = decision.hiit.protocol, decision.intensity.aerobic.hr_ceiling_bpm
    if protocol is None:
        return
    if decision.hiit.eligible not in ("yes", "after_clearance"):
        yield f"an interval protocol, and HIIT is {decision.hiit.eligible}"
    if protocol.hr_bpm is not None and ceiling is not None and protocol.hr_bpm[1] > ceiling:
        yield "intervals above the ceiling"


def _barred(decision: Decision) -> Iterator[str]:
    absolute = any(
        f.kind == "absolute" and f.scope.type == "all" for f in decision.contraindications
    )
    if absolute and decision.disposition not in (
        Disposition.EMERGENCY,
        Disposition.DO_NOT_EXERCISE,
    ):
        yield f"an absolute contraindication ends in {decision.disposition.value}"
    if decision.disposition in NO_PLAN:
        if decision.plan is not None:
            yield f"{decision.disposition.value} with a plan"
        if decision.intensity.aerobic.hr_bpm is not None:
            yield f"{decision.disposition.value} with a target heart rate"


def _unresolved(decision: Decision, service: Service) -> Iterator[str]:
    explained = {e.id for e in decision.explanations}
    known = explained | set(service.knowledge.profiles.profiles) | set(service.rules.rules)
    lists = [decision.screening.because]
    for group in (decision.contraindications, decision.referrals, decision.education,
                  decision.conflicts, decision.delivery.monitoring,
                  decision.delivery.stop_criteria):  # fmt: skip
        lists += [entry.because for entry in group]
    for because in lists:
        for id_ in because:
            if id_ not in explained and id_.partition(".")[0] not in ("condition", "procedure"):
                yield f"because of {id_}, which is not explained"
    for limited in decision.intensity.limited_by:
        for by in limited.by.split(", "):
            if by not in known and not by.isupper() and by not in _BY_THEMSELVES:
                yield f"limited by {by}, which nobody knows"


_BY_THEMSELVES = frozenset({"screening", "age"})


def _without_source(decision: Decision) -> Iterator[str]:
    for explanation in decision.explanations:
        if not explanation.evidence:
            yield f"{explanation.id} has no evidence"
        for entry in explanation.evidence:
            if not (entry.text and entry.locator and entry.mark in ("V", "K", "O")):
                yield f"{explanation.id} cites {entry.citation} without text, locator or mark"


def _without_alternative(decision: Decision) -> Iterator[str]:
    if decision.disposition is Disposition.EMERGENCY:
        yield from (
            f"{f.id} leaves something" for f in decision.contraindications if f.alternatives
        )
        return
    for finding in decision.contraindications:
        final = finding.kind == "absolute" and finding.scope.type == "all"
        if not final and not finding.alternatives:
            yield f"{finding.id} says what to avoid, and not what remains"


def _ranges(decision: Decision) -> Iterator[str]:
    components = decision.plan.components if decision.plan else ()
    aerobic = decision.intensity.aerobic
    pairs = {name: getattr(aerobic, name) for name in _UPPER}
    if decision.intensity.resistance is not None:
        pairs["percent_1rm"] = decision.intensity.resistance.percent_1rm
    for name, pair in pairs.items():
        if pair is not None and pair[0] > pair[1]:
            yield f"{name} runs from high to low"
    ceiling = aerobic.hr_ceiling_bpm
    shown = (
        [(c.modality, c.intensity.hr_bpm) for c in decision.plan.components]
        if decision.plan
        else []
    )
    for name, zone in [("intensity", aerobic.hr_bpm), *shown]:
        if zone is not None and ceiling is not None and zone[1] > ceiling:
            yield f"{name}: a heart rate above its ceiling"
        if zone is not None and decision.intensity.hr_method == "none":
            yield f"{name}: a heart rate where there is no method"
    for component in components:
        if component.modality == "hiit":
            # Intervals are harder than continuous work; their own screening and ceiling hold.
            continue
        own, whole = component.intensity, aerobic
        for name in ("hrr_percent", "rpe_6_20", "hr_bpm"):
            pair, outer = getattr(own, name), getattr(whole, name)
            if pair is not None and (outer is None or pair[1] > outer[1]):
                yield f"{component.modality}: {name} above that of the intensity"


def test_every_decision_holds_together(service: Service) -> None:
    @patients(70)
    @given(intake=intakes(service))
    def check(intake: Intake) -> None:
        assert sorted(set(faults(decide(service, intake, TODAY), service))) == []

    check()


def test_no_value_is_above_any_limit_of_a_rule(service: Service) -> None:
    """Seen from outside: the message of a limit is shown, and its number is not passed."""

    @patients(30)
    @given(intake=intakes(service))
    def check(intake: Intake) -> None:
        decision = decide(service, intake, TODAY)
        assert sorted(_passed(decision, service)) == []

    check()


def _passed(decision: Decision, service: Service) -> Iterator[str]:
    aerobic, resistance = decision.intensity.aerobic, decision.intensity.resistance
    shown = {name: getattr(aerobic, name) for name in _UPPER}
    shown["percent_1rm"] = resistance.percent_1rm if resistance else None
    fired = {e.rule for e in decision.explanations if e.state == "fired"}
    for id_ in sorted(fired):
        for effect in service.rules.rules[id_].then:
            if not isinstance(effect, Limit) or effect.at_most is None:
                continue
            pair, bound = shown.get(effect.attribute), effect.at_most.value
            if bound is not None and pair is not None and pair[1] > bound:
                yield f"{effect.attribute} {pair[1]:g} above {bound:g} of {id_}"


def test_the_dead_and_children_get_no_prescription(service: Service) -> None:
    facts = healthy(service)
    dead = build(facts | {"deceased": True})
    child = build(facts | {"age": 12})
    assert decide(service, dead, TODAY).disposition is Disposition.DO_NOT_EXERCISE
    for intake in (dead, child):
        decision = decide(service, intake, TODAY)
        assert decision.plan is None
        assert decision.intensity.aerobic.hr_bpm is None


def test_an_emergency_says_only_what_to_do(service: Service) -> None:
    facts = healthy(service) | {"sx_ischemic_pain": True, "sx_acute": True}
    decision = decide(service, build(facts), TODAY)
    assert decision.disposition is Disposition.EMERGENCY
    assert decision.plan is None
    assert decision.intensity.hr_method == "none"
    assert decision.screening.red_flags != ()


def test_a_stated_unknown_is_as_good_as_silence(service: Service) -> None:
    facts = healthy(service)
    del facts["sx_dyspnea"]
    silent = build(facts)
    unknown = Intake(
        facts=(*silent.facts, SubmittedFact("sx_dyspnea", None)),
        conditions_reviewed=True,
        medications_reviewed=True,
        request=silent.request,
    )
    assert decide(service, silent, TODAY) == decide(service, unknown, TODAY)
