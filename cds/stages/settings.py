"""Whether the plan can be done at home, at a distance, in a mix, in the clinic or community.

What has to be true must be known to be true: an item that nobody knows leaves the setting, or
the element that it concerns, open and is asked for. Source: delivery reference, section 2.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from cds.model.condition import Truth
from cds.model.decision import Contraindication
from cds.model.delivery import LimitedElement, Question, SettingItem, SettingVerdict
from cds.model.delivery_tables import SettingRule, SupervisionTable
from cds.model.effect import Setting
from cds.model.movement import Movement, Predicate
from cds.stages.outcome import Outcome

_STATES = {Truth.TRUE: "not_met", Truth.FALSE: "met", Truth.UNKNOWN: "unknown"}
_MONITORING = "monitoring"
_WHOLE = "all"
_CLOSING = frozenset({"absolute", "hold_today"})
_WEIGHED = frozenset({"relative"})
#: More than there are rules with an item, each with three truths.
_MOST_KEPT = 1024
Asks = Mapping[str, tuple[Question, ...]]
_by_place = itemgetter(0)


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
    found = [placed for outcome in outcomes for placed in _items_of(outcome)]
    found.sort(key=_by_place)
    return tuple(
        [replace(item, asks=asks[item.rule]) if item.rule in asks else item for _, item in found]
    )


@lru_cache(_MOST_KEPT)
def _items_of(outcome: Outcome) -> tuple[tuple[str, SettingItem], ...]:
    """The items of one rule, each with its place; but for what is asked the same for every case.

    One text of kind, length, name and rule is compared faster than these four.
    """
    items = [_item(outcome, effect) for effect in outcome.effects.get(Setting, ())]
    return tuple([(f"{i.kind}\0{len(i.item):04}\0{i.item}\0{i.rule}", i) for i in items])


def _item(outcome: Outcome, effect: Setting) -> SettingItem:
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
        asks=(),
    )


def judge_settings(place: Place) -> tuple[SettingVerdict, ...]:
    """The verdict on each setting but water."""
    of_settings = [finding for finding in place.found if finding.scope.type == "setting"]
    place, rules = replace(place, found=of_settings), place.table.settings
    listed: dict[str, list[SettingItem]] = defaultdict(list)
    for item in place.items:
        for setting in item.settings:
            listed[setting].append(item)
    asked = {(rule.items, rule.score > 0) for rule in rules}
    held = {(name, scored): _hold(listed[name], scored, place) for name, scored in asked}
    verdicts = [_judge(rule, held[rule.items, rule.score > 0], place) for rule in rules]
    fitting = tuple([v.setting for v in verdicts if v.suitable == "yes"])
    return tuple([_with_others(v, fitting, place.messages) for v in verdicts])


class _Held(Struct, frozen=True):
    """The items of one setting: those on the whole, those with a score, and all by their state."""

    whole: list[SettingItem]
    soft: list[SettingItem]
    by_state: Mapping[str, list[str]]
    limited: tuple[LimitedElement, ...]


def _hold(items: Sequence[SettingItem], scored: bool, place: Place) -> _Held:
    hard = [item for item in items if item.kind == "hard"]
    soft = [item for item in items if item.kind == "soft"] if scored else []
    whole = [item for item in hard if item.element == _WHOLE]
    by_state: dict[str, list[str]] = {"met": [], "not_met": [], "unknown": []}
    for item in (*hard, *soft):
        by_state[item.state].append(item.rule)
    return _Held(whole, soft, by_state, tuple(_limited(hard, place)))


def _judge(rule: SettingRule, held: _Held, place: Place) -> SettingVerdict:
    whole, soft, by_state = held.whole, held.soft, held.by_state
    states, score = [item.state for item in whole], _score(soft)
    barred = (*_level(rule, place), *_findings(rule, place, _CLOSING))
    weighed = _findings(rule, place, _WEIGHED)
    bad = "not_met" in states or barred or score[1] < rule.score
    open_ = "unknown" in states or weighed or score[0] < rule.score
    standing = [*whole, *soft] if score[0] < rule.score else whole
    return SettingVerdict(
        setting=rule.setting,
        suitable="no" if bad else "insufficient_data" if open_ else "yes",
        met=tuple(by_state["met"]),
        not_met=tuple(by_state["not_met"]),
        unknown=tuple(by_state["unknown"]),
        score=score if soft else None,
        limited=held.limited,
        reasons=(*barred, *weighed, *_reasons(standing, place.messages)),
        remains=tuple(dict.fromkeys([i.otherwise for i in standing if i.state != "met"])),
    )


def _score(soft: Sequence[SettingItem]) -> tuple[int, int]:
    """How many are met at least, and at most."""
    if not soft:
        return 0, 0
    states = [item.state for item in soft]
    met = states.count("met")
    return met, met + states.count("unknown")


def _level(rule: SettingRule, place: Place) -> Iterator[str]:
    if place.level > rule.up_to_level:
        level = place.table.levels[place.level]
        yield place.messages["delivery.level"].format(level=level.level, name=level.name)


def _findings(rule: SettingRule, place: Place, kinds: Collection[str]) -> list[str]:
    """What rules have against the setting; `found` of the place are those on settings."""
    if not place.found:
        return []
    found = [finding for finding in place.found if finding.scope.code == rule.items]
    return [finding.message for finding in found if finding.kind in kinds]


def _limited(hard: Iterable[SettingItem], place: Place) -> Iterator[LimitedElement]:
    """The elements of this plan that are not done there."""
    for item in hard:
        if item.state == "met" or item.element == _WHOLE:
            continue
        movements = place.concerned.get(item.element, ())
        if movements or item.element == _MONITORING:
            yield LimitedElement(item.element, item.rule, item.state, movements, item.otherwise)


def members_of(
    elements: Mapping[str, Predicate], movements: Iterable[Movement]
) -> Mapping[str, frozenset[str]]:
    """The ids of the movements that belong to each element of a plan."""
    listed = tuple(movements)
    return {element: predicate.ids_among(listed) for element, predicate in elements.items()}


def concerned(
    movements: Sequence[Movement], elements: Mapping[str, frozenset[str]]
) -> Mapping[str, tuple[str, ...]]:
    """The movements that belong to each element of a plan, where there are any."""
    ids = [movement.id for movement in movements]
    found = {name: tuple([m for m in ids if m in members]) for name, members in elements.items()}
    return {element: held for element, held in found.items() if held}


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


def is_asked(outcome: Outcome, setting: str | None, elements: Collection[str]) -> bool:
    """Whether an undecided rule is worth a question: its setting and element are in question."""
    if not (outcome.asks or outcome.assumes) or Setting not in outcome.effects:
        return True
    for effect in outcome.effects[Setting]:
        if setting in effect.settings and effect.element in elements:
            return True
    return False
