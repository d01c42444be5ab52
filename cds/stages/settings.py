"""Whether the plan can be done at home, at a distance, in a mix, in the clinic or community.

What has to be true must be known to be true: an item that nobody knows leaves the setting, or
the element that it concerns, open and is asked for. Source: delivery reference, section 2.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cds.model.condition import Truth
from cds.model.decision import Contraindication
from cds.model.delivery import LimitedElement, Question, SettingItem, SettingVerdict
from cds.model.delivery_tables import SettingRule, SupervisionTable
from cds.model.effect import Setting
from cds.model.movement import Movement
from cds.stages.outcome import Outcome

_STATES = {Truth.TRUE: "not_met", Truth.FALSE: "met", Truth.UNKNOWN: "unknown"}
_MONITORING = "monitoring"
_WHOLE = "all"
_CLOSING = frozenset({"absolute", "hold_today"})
_WEIGHED = frozenset({"relative"})
Asks = Mapping[str, tuple[Question, ...]]


class Place(Struct, frozen=True):
    """What the verdict on settings looks at.

    `concerned` are the movements of the plan that belong to each element.
    """

    items: tuple[SettingItem, ...]
    level: int
    found: Sequence[Contraindication]
    concerned: Mapping[str, tuple[str, ...]]
    table: SupervisionTable
    messages: Mapping[str, str]


def find_items(outcomes: Iterable[Outcome], asks: Asks) -> tuple[SettingItem, ...]:
    """Each item of the rules that was heard, met or not, in the order of their names.

    A rule holds while its item is not met.
    """
    found = []
    for outcome in outcomes:
        for effect in outcome.effects.get(Setting, ()):
            found.append(_item(outcome, effect, asks))
    return tuple(sorted(found, key=lambda item: (item.kind, len(item.item), item.item, item.rule)))


def _item(outcome: Outcome, effect: Setting, asks: Asks) -> SettingItem:
    unknown = outcome.truth is Truth.UNKNOWN
    return SettingItem(
        rule=outcome.rule.id,
        item=effect.item,
        kind=effect.kind,
        settings=effect.settings,
        element=effect.element,
        state=_STATES[outcome.truth],
        applies=outcome.applies,
        criterion=effect.criterion,
        message=effect.message,
        otherwise=effect.otherwise,
        asks=asks.get(outcome.rule.id, ()) if unknown else (),
    )


def judge_settings(place: Place) -> tuple[SettingVerdict, ...]:
    """The verdict on each setting but water."""
    verdicts = [_judge(rule, place) for rule in place.table.settings]
    fitting = tuple(v.setting for v in verdicts if v.suitable == "yes")
    return tuple(_with_others(v, fitting, place.messages) for v in verdicts)


def _judge(rule: SettingRule, place: Place) -> SettingVerdict:
    items = [item for item in place.items if rule.items in item.settings]
    whole = [i for i in items if i.kind == "hard" and i.element == _WHOLE]
    soft = [item for item in items if item.kind == "soft"] if rule.score else []
    score = _score(soft)
    barred = (*_level(rule, place), *_findings(rule, place, _CLOSING))
    weighed = tuple(_findings(rule, place, _WEIGHED))
    bad = _in_state(whole, "not_met") or barred or score[1] < rule.score
    open_ = _in_state(whole, "unknown") or weighed or score[0] < rule.score
    counted = [*(i for i in items if i.kind == "hard"), *soft]
    standing = [*whole, *(soft if score[0] < rule.score else [])]
    return SettingVerdict(
        setting=rule.setting,
        suitable="no" if bad else "insufficient_data" if open_ else "yes",
        met=_in_state(counted, "met"),
        not_met=_in_state(counted, "not_met"),
        unknown=_in_state(counted, "unknown"),
        score=score if soft else None,
        limited=tuple(_limited(items, place)),
        reasons=(*barred, *weighed, *_reasons(standing, place.messages)),
        remains=tuple(dict.fromkeys(i.otherwise for i in standing if i.state != "met")),
    )


def _in_state(items: Iterable[SettingItem], state: str) -> tuple[str, ...]:
    return tuple(item.rule for item in items if item.state == state)


def _score(soft: Sequence[SettingItem]) -> tuple[int, int]:
    """How many are met at least, and at most."""
    met = len(_in_state(soft, "met"))
    return met, met + len(_in_state(soft, "unknown"))


def _level(rule: SettingRule, place: Place) -> Iterator[str]:
    if place.level > rule.up_to_level:
        level = place.table.levels[place.level]
        yield place.messages["delivery.level"].format(level=level.level, name=level.name)


def _findings(rule: SettingRule, place: Place, kinds: Collection[str]) -> Iterator[str]:
    """What rules have against the setting."""
    for finding in place.found:
        scope = (finding.scope.type, finding.scope.code)
        if scope == ("setting", rule.items) and finding.kind in kinds:
            yield finding.message


def _limited(items: Iterable[SettingItem], place: Place) -> Iterator[LimitedElement]:
    """The elements of this plan that are not done there."""
    for item in items:
        if item.kind != "hard" or item.element == _WHOLE or item.state == "met":
            continue
        movements = place.concerned.get(item.element, ())
        if movements or item.element == _MONITORING:
            yield LimitedElement(item.element, item.rule, item.state, movements, item.otherwise)


def concerned(
    movements: Sequence[Movement], table: SupervisionTable
) -> Mapping[str, tuple[str, ...]]:
    """The movements that belong to each element of a plan, where there are any."""
    found = {
        element: tuple([m.id for m in movements if predicate.holds(m)])
        for element, predicate in table.elements.items()
    }
    return {element: ids for element, ids in found.items() if ids}


def _reasons(items: Iterable[SettingItem], messages: Mapping[str, str]) -> Iterator[str]:
    for item in items:
        if item.state == "not_met":
            yield item.message
        elif item.state == "unknown":
            yield messages["delivery.not_known"].format(criterion=item.criterion)


def _with_others(
    verdict: SettingVerdict, fitting: tuple[str, ...], messages: Mapping[str, str]
) -> SettingVerdict:
    """What is not suitable comes with the settings that are."""
    if verdict.suitable == "yes" or not fitting:
        return verdict
    places = ", ".join(messages[f"delivery.place.{setting}"] for setting in fitting)
    told = messages["delivery.others"].format(places=places)
    return replace(verdict, remains=(*verdict.remains, told))


def is_asked(outcome: Outcome, setting: str | None, elements: Iterable[str]) -> bool:
    """Whether an undecided rule is worth a question: its setting and element are in question."""
    effects = outcome.effects.get(Setting, ())
    if outcome.truth is not Truth.UNKNOWN or not effects:
        return True
    return any(setting in e.settings and e.element in elements for e in effects)
