"""What stands in the way of one thing, each with the tests that keep it there."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from cds.answers.profile_barriers import lacking_barriers, profile_barrier
from cds.answers.rule_barriers import (
    fact_barrier,
    finding_barrier,
    outcome_barrier,
    rule_barrier,
    screening_barrier,
)
from cds.answers.view import View
from cds.answers.water_barriers import water_barriers
from cds.dosing import find_dose
from cds.model.condition import Leaf, Test, Truth
from cds.model.decision import Contraindication, Disposition
from cds.model.effect import Hiit
from cds.model.question import Barrier, Target
from cds.model.rule import IfUnknown
from cds.stages.aquatic import WATER
from cds.stages.contraindications import covers_all
from cds.stages.disposition import blocks, is_minor, narrows, of_finding, of_screening
from cds.stages.hiit import SCOPES
from cds.stages.intensity_bands import CATEGORIES
from cds.stages.movement_verdict import needed_facts, say_bar
from cds.stages.screening import INSUFFICIENT

_ORDER = tuple(Disposition)
_CLOSING = ("absolute", "hold_today")
_CARE = "precaution"
# What the category follows from.
_UPPER = ("hrr_percent.high", "category")


def find_barriers(view: View, target: Target) -> tuple[Barrier, ...]:
    """Everything that stands in the way of the target, each thing once."""
    found: dict[tuple[str, ...], Barrier] = {}
    for barrier in _FINDERS[target.type](view, target.code):
        found.setdefault(barrier.by, barrier)
    return tuple(found.values())


def _of_rule(view: View, code: str) -> Iterator[Barrier]:
    """A rule is its own barrier, whatever its truth."""
    truth = view.truths.get(code, Truth.FALSE)
    wanted = Truth.FALSE if truth is Truth.TRUE else Truth.TRUE
    rule = view.world.service.rules.rules[code]
    yield rule_barrier(view, code, wanted, rule.because, None)


def _of_disposition(view: View, code: str) -> Iterator[Barrier]:
    """Whatever asks for more caution than this."""
    most = _ORDER.index(Disposition(code))
    decision = view.decision
    for finding in decision.contraindications:
        concerns = covers_all(finding) or Disposition(code) is Disposition.PROCEED
        if concerns and _ORDER.index(_asked_by(finding)) < most:
            yield finding_barrier(view, finding)
    if _ORDER.index(of_screening(decision.screening)) < most:
        yield screening_barrier(view)
    yield from _lacking_data(view)
    if Disposition(code) is Disposition.PROCEED:
        yield from lacking_barriers(view)
        narrowing = (outcome for outcome in view.hearing.live if narrows(outcome))
        yield from (outcome_barrier(view, outcome) for outcome in narrowing)


def _asked_by(finding: Contraindication) -> Disposition:
    return of_finding(finding) if covers_all(finding) else Disposition.PROCEED_WITH_LIMITS


def _whole(view: View) -> Iterator[Barrier]:
    """Why nothing at all is prescribed, if so."""
    decision = view.decision
    if decision.plan is not None:
        return
    for finding in decision.contraindications:
        if covers_all(finding) and finding.kind in _CLOSING:
            yield finding_barrier(view, finding)
    if decision.screening.clearance == "discontinue_and_clear":
        yield screening_barrier(view)
    yield from _lacking_data(view)
    yield from lacking_barriers(view)


def _lacking_data(view: View) -> Iterator[Barrier]:
    case, messages = view.hearing.case, view.world.service.knowledge.messages
    adult = view.world.service.knowledge.profiles.age.adult
    if is_minor(case, adult):
        leaf = Leaf("age", Test.AT_LEAST, adult, "a")
        yield fact_barrier(view, leaf, messages["summary.out_of_scope"].format(low=adult))
    if case.flag("deceased"):
        yield fact_barrier(view, Leaf("deceased", Test.ABSENT), messages["summary.deceased"])
    if view.decision.screening.clearance == INSUFFICIENT:
        yield screening_barrier(view)
    for outcome in view.hearing.live:
        if blocks(outcome):
            yield outcome_barrier(view, outcome)


def _of_modality(view: View, code: str) -> Iterator[Barrier]:
    if code == "hiit":
        yield from _of_hiit(view)
    else:
        place = view.world.service.knowledge.names.places.get(code, "")
        yield from _scoped(view, {("modality", code), ("setting", place)})
        yield from _of_place(view, place)
    yield from _whole(view)


def _of_setting(view: View, code: str) -> Iterator[Barrier]:
    yield from _scoped(view, {("setting", code)})
    yield from _of_place(view, code)
    yield from _whole(view)


def _of_place(view: View, code: str) -> Iterator[Barrier]:
    """What must not be so there, and who asks for more supervision than the place has."""
    yield from _of_supervision(view, code)
    for item in view.decision.delivery.items:
        if item.kind == "hard" and code in item.settings and item.state != "met":
            yield rule_barrier(view, item.rule, Truth.FALSE, item.message, None)
    if code == WATER:
        yield from water_barriers(view)


def _of_supervision(view: View, code: str) -> Iterator[Barrier]:
    knowledge, found = view.world.service.knowledge, view.decision.delivery.supervision
    rule = next((r for r in knowledge.delivery.supervision.settings if r.setting == code), None)
    if rule is None or found is None or found.level <= rule.up_to_level:
        return
    message = knowledge.messages["delivery.level"].format(level=found.level, name=found.name)
    for asker in found.asked_by:
        if asker.level > rule.up_to_level:
            yield from (_by_id(view, by, message) for by in asker.by)


def _of_intensity(view: View, code: str) -> Iterator[Barrier]:
    """A category above the allowed one is kept away by whatever sets the upper end."""
    allowed = view.decision.intensity.aerobic.category
    if allowed is not None and CATEGORIES.index(code) > CATEGORIES.index(allowed):
        limits = view.decision.intensity.limited_by
        upper = [limit for limit in limits if limit.attribute in _UPPER] or limits
        for by in dict.fromkeys(limit.by for limit in upper):
            yield _by_id(view, by, view.world.service.knowledge.messages["why_not.upper_end"])
    yield from _scoped(view, {("intensity", code)})
    yield from _whole(view)


def _scoped(view: View, scopes: set[tuple[str, str]]) -> Iterator[Barrier]:
    for finding in view.decision.contraindications:
        if (finding.scope.type, finding.scope.code) in scopes:
            yield finding_barrier(view, finding)


def _of_hiit(view: View) -> Iterator[Barrier]:
    """Every prerequisite that is not met, and every exclusion that is not ruled out."""
    truths = view.truths
    for rule in view.world.service.rules.of_stage("hiit"):
        truth = truths.get(rule.id, Truth.FALSE)
        for effect in rule.then:
            if not isinstance(effect, Hiit):
                continue
            wanted = Truth.TRUE if effect.role == "prerequisite" else Truth.FALSE
            assumed = truth is Truth.UNKNOWN and rule.if_unknown is IfUnknown.ASSUME
            if truth is not wanted and not assumed:
                yield rule_barrier(view, rule.id, wanted, effect.message, effect.remedy)
    for finding in view.decision.contraindications:
        if (finding.scope.type, finding.scope.code) in SCOPES and finding.kind != _CARE:
            yield finding_barrier(view, finding)
    for unmet in view.decision.hiit.unmet:
        for by in unmet.rule.split(", "):
            if by and by != "disposition":
                yield _by_id(view, by, unmet.message)


def _of_exercise(view: View, code: str) -> Iterator[Barrier]:
    """What takes the movement away: rules by their tags, profiles, or an open question."""
    service, hearing, decision = view.world.service, view.hearing, view.decision
    dose = find_dose(service, hearing, view.intake, decision.screening, decision.disposition)
    messages, catalogue = service.knowledge.messages, service.knowledge.catalogue
    for finding in decision.contraindications:
        removed = catalogue.removed_by_tag.get(finding.scope.code or "", frozenset())
        if finding.scope.type == "movement" and code in removed:
            yield finding_barrier(view, finding)
    if dose.scene is not None:
        for bar in dose.scene.bars.get(code, ()):
            if bar.is_safety:
                yield from (_by_id(view, by, say_bar(bar, messages)) for by in bar.by)
        for fact in needed_facts(code, hearing.case, dose.scene):
            leaf = Leaf(fact, Test.KNOWN)
            yield fact_barrier(view, leaf, messages["verdict.unknown_fact"].format(facts=fact))
    yield from _whole(view)


def _by_id(view: View, by: str, message: str) -> Barrier:
    """A limit's origin: a row of the screening, another rule, or a profile."""
    rule = view.world.service.rules.rules.get(by)
    if rule is None:
        return profile_barrier(view, by, message)
    if rule.stage == "screening" and by in view.decision.screening.because:
        return screening_barrier(view)
    return rule_barrier(view, by, Truth.FALSE, message, None)


_Finder = Callable[[View, str], Iterable[Barrier]]
_FINDERS: Mapping[str, _Finder] = {
    "rule": _of_rule,
    "disposition": _of_disposition,
    "modality": _of_modality,
    "setting": _of_setting,
    "intensity": _of_intensity,
    "exercise": _of_exercise,
}
