"""The scene of a case: every movement judged once, with what is at hand and who set each tag."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from msgspec import Struct, field

from cds.errors import KnowledgeError
from cds.knowledge.catalogue import Catalogue
from cds.model.case import Case
from cds.model.dose import MergedDose
from cds.model.intensity import Intensity
from cds.model.plan import Preferences
from cds.model.profile import IMPACTS
from cds.model.selection import SelectionTable, Slot
from cds.stages.bars import WATER, Bar, Judge, Place, practical_bars
from cds.stages.intensity_bands import LIGHT
from cds.stages.phase_dose import START

DEMANDS = ("none", "low", "mod", "high")
HOME = ("home",)
UNKNOWN = "unknown"


class Narrowed(Struct, frozen=True):
    """What earlier stages left: the merged dose, the rules' avoid tags, the intensity if known.

    `wanted` maps each movement that profiles want tried first to them; `closed` maps each kind of
    exercise that is contraindicated now to the rules that say so.
    """

    dose: MergedDose
    rule_tags: Mapping[str, tuple[str, ...]]
    intensity: Intensity | None = None
    wanted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Scene(Struct, frozen=True):
    """Everything that choosing looks at, and for each barred movement why.

    `barred` are the movements with a reason, `unsafe` those that a limit of this case bars,
    `removed` those that tags remove, `liked` and `disliked` those that the person means, `named`
    both and those that are wanted. It is `light` where no more than light effort is left.
    """

    catalogue: Catalogue
    table: SelectionTable
    dose: MergedDose
    tags: Mapping[str, tuple[str, ...]]
    preferences: Preferences
    balance_limit: str
    bars: Mapping[str, tuple[Bar, ...]]
    unsafe: frozenset[str]
    removed: Mapping[str, frozenset[str]]
    balance_unscreened: bool = False
    wanted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    water: bool = False
    liked: frozenset[str] = frozenset()
    disliked: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    light: bool = False

    def phase_of(self, slot: Slot) -> str:
        """The phase in whose order movements are tried; light effort begins as the start does."""
        return START if self.light and slot.component == "aerobic" else self.dose.phase

    def alternatives(self, movement_id: str) -> tuple[str, ...]:
        """What is possible instead: practicable where possible, safe always."""
        found = self.catalogue.alternatives(movement_id, self.barred)
        return found or self.catalogue.alternatives(movement_id, self.unsafe)


def set_scene(
    case: Case, catalogue: Catalogue, narrowed: Narrowed, preferences: Preferences
) -> Scene:
    """The scene of a case: tags of profiles and rules united, every movement judged once.

    Raises: KnowledgeError when the selection table is missing.
    """
    dose = narrowed.dose
    table = catalogue.selection
    if table is None:
        raise KnowledgeError("How exercises are chosen was not loaded. Mend selection.yaml.")
    tags = _unite(dose, narrowed.rule_tags)
    limit, unscreened = _balance_limit(case, dose, table)
    place = _place(dose, preferences, table)
    removed = catalogue.removed_by(tuple(tags))
    too_unsteady = frozenset(DEMANDS[DEMANDS.index(limit) + 1 :])
    judge = Judge(
        catalogue=catalogue,
        table=table,
        dose=dose,
        tags=tags,
        removed=removed,
        too_jarring=frozenset(IMPACTS[IMPACTS.index(dose.impact.value) + 1 :]),
        effort=_allowed_effort(dose, narrowed.intensity),
        closed=narrowed.closed,
    )
    liked = _meant(preferences.likes, catalogue, table)
    disliked = _meant(preferences.dislikes, catalogue, table)
    unsafe, practical = judge.safety_bars(), practical_bars(catalogue, place, too_unsteady)
    both = {m: (*unsafe[m], *practical[m]) for m in unsafe.keys() & practical.keys()}
    bars = {**practical, **unsafe, **both}
    return Scene(
        catalogue=catalogue,
        table=table,
        dose=dose,
        tags=tags,
        preferences=preferences,
        balance_limit=limit,
        bars=MappingProxyType(bars),
        unsafe=frozenset(unsafe),
        barred=frozenset(bars),
        removed=removed,
        balance_unscreened=unscreened,
        wanted=narrowed.wanted,
        water=WATER in place.settings,
        liked=liked,
        disliked=disliked,
        named=frozenset(narrowed.wanted.keys() | liked | disliked),
        light=narrowed.intensity is not None and narrowed.intensity.aerobic.category in LIGHT,
    )


def find_settings(preferences: Preferences, table: SelectionTable) -> tuple[str, ...]:
    """The catalogue's settings that fit where the person trains; a place not known fits as none."""
    return table.settings.get(preferences.setting or UNKNOWN, table.settings[UNKNOWN])


def _unite(
    dose: MergedDose, rule_tags: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    united = {tag.value: set(tag.by) for tag in dose.avoid_tags}
    for tag, rules in rule_tags.items():
        united.setdefault(tag, set()).update(rules)
    return MappingProxyType({tag: tuple(sorted(united[tag])) for tag in sorted(united)})


def _allowed_effort(dose: MergedDose, intensity: Intensity | None) -> tuple[float, tuple[str, ...]]:
    """The highest RPE that remains, and who set it."""
    high, by = dose.rpe_6_20.high.value, dose.rpe_6_20.high.by
    if intensity is not None and intensity.aerobic.rpe_6_20 is not None:
        narrowed = intensity.aerobic.rpe_6_20[1]
        if narrowed < high:
            setters = [x.by for x in intensity.limited_by if x.attribute == "rpe_6_20.high"]
            return narrowed, tuple(setters) or by
    return high, by


def _balance_limit(case: Case, dose: MergedDose, table: SelectionTable) -> tuple[str, bool]:
    """The balance demand that is allowed, and whether it is low for want of a screening."""
    rule = table.balance
    if dose.supervision.value >= rule.guarded_from_supervision:
        return rule.guarded, False
    falls, unsteady = case.number(rule.fell_fact), case.flag(rule.unsteady_fact)
    fell = falls is not None and falls >= rule.fell_at_least
    if fell or unsteady or rule.profiles & set(dose.profiles):
        return rule.easy, False
    age = case.number(rule.age_fact)
    if falls is None and (age is None or age >= rule.unknown_from_age):
        return rule.easy, True
    return rule.usual, False


def _place(dose: MergedDose, preferences: Preferences, table: SelectionTable) -> Place:
    settings = find_settings(preferences, table)
    if preferences.setting not in table.settings:
        equipped = dose.supervision.value >= table.clinic_from_supervision
    else:
        equipped = settings != HOME
    things = {as_id(e) for e in preferences.equipment or ()}
    wished = settings != HOME and _wants_water(preferences, table)
    if things & table.pool or wished:
        settings, things = (*settings, WATER), things | table.pool
    return Place(frozenset(settings), equipped, table.household | things)


def as_id(word: str) -> str:
    """A word as ids are spelled."""
    return word.strip().lower().replace(" ", "_")


def _meant(words: Collection[str], catalogue: Catalogue, table: SelectionTable) -> frozenset[str]:
    """The movements that somebody means by these words."""
    found: set[str] = set()
    for word in words:
        plain = as_id(word)
        found.update(table.words.get(plain, ()))
        part, spelled = plain.replace("_", " "), catalogue.spelled if plain else ()
        found.update([m for m, id_, name in spelled if plain == id_ or part in name])
    return frozenset(found)


def _wants_water(preferences: Preferences, table: SelectionTable) -> bool:
    """Who likes the water or is asked about it is taken to have a pool at hand, but not at home."""
    meant = {m for word in preferences.named for m in table.words.get(as_id(word), ())}
    return not meant.isdisjoint(table.words["aquatic"])
