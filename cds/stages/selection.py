"""Which movements stay possible for a case, why the others do not, and which ones are taken."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cds.errors import KnowledgeError
from cds.knowledge.catalogue import Catalogue
from cds.model.case import Case
from cds.model.dose import MergedDose
from cds.model.intensity import Intensity
from cds.model.movement import Movement
from cds.model.plan import Preferences
from cds.model.profile import IMPACTS
from cds.model.selection import SelectionTable, Slot

DEMANDS = ("none", "low", "mod", "high")
SAFETY = frozenset(
    {"removed", "closed_modality", "impact", "vigorous", "hiit_no", "blocked_region"}
)
NO_HIIT = "no"
HOME = ("home",)
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason why a movement is not taken; `words` fill the message of its kind."""

    kind: str
    by: tuple[str, ...]
    words: Mapping[str, str]
    tag: str | None = None

    @property
    def is_safety(self) -> bool:
        """Whether it protects the person, not the practicability."""
        return self.kind in SAFETY


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What earlier stages left: the merged dose, the rules' avoid tags, the intensity if known.

    `wanted` are the movements that the profiles want tried first; `closed` maps each kind of
    exercise that is contraindicated now to the rules that say so.
    """

    dose: MergedDose
    rule_tags: Mapping[str, tuple[str, ...]]
    intensity: Intensity | None = None
    wanted: frozenset[str] = frozenset()
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that choosing looks at, and for each barred movement why."""

    catalogue: Catalogue
    table: SelectionTable
    dose: MergedDose
    tags: Mapping[str, tuple[str, ...]]
    preferences: Preferences
    balance_limit: str
    bars: Mapping[str, tuple[Bar, ...]]
    balance_unscreened: bool = False
    wanted: frozenset[str] = frozenset()

    @property
    def unsafe(self) -> frozenset[str]:
        """Movements that a limit of this case bars."""
        return frozenset(m for m, bars in self.bars.items() if any(b.is_safety for b in bars))

    def alternatives(self, movement_id: str) -> tuple[str, ...]:
        """What is possible instead: practicable where possible, safe always."""
        found = self.catalogue.alternatives(movement_id, self.bars)
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
    judge = _Judge(
        catalogue=catalogue,
        table=table,
        dose=dose,
        tags=tags,
        removed=catalogue.removed_by(tuple(tags)),
        place=_place(dose, preferences, table),
        too_unsteady=frozenset(DEMANDS[DEMANDS.index(limit) + 1 :]),
        too_jarring=frozenset(IMPACTS[IMPACTS.index(dose.impact.value) + 1 :]),
        effort=_allowed_effort(dose, narrowed.intensity),
        closed=narrowed.closed,
    )
    bars = {m.id: found for m in catalogue.movements.values() if (found := tuple(judge.bars(m)))}
    return Scene(
        catalogue=catalogue,
        table=table,
        dose=dose,
        tags=tags,
        preferences=preferences,
        balance_limit=limit,
        bars=MappingProxyType(bars),
        balance_unscreened=unscreened,
        wanted=narrowed.wanted,
    )


def choose(scene: Scene, slots: Collection[Slot]) -> Iterator[tuple[Slot, Movement | None]]:
    """For each slot the first movement that nothing bars and no slot has taken yet."""
    taken: set[str] = set()
    for slot in slots:
        movement = next(
            (m for m in candidates(scene, slot) if m.id not in scene.bars and m.id not in taken),
            None,
        )
        if movement is not None:
            taken.add(movement.id)
        yield slot, movement


def candidates(scene: Scene, slot: Slot) -> tuple[Movement, ...]:
    """The slot's movements in the order of trying.

    Liked, what a profile wants first, the slot's list, the others, disliked last.
    """
    movements = scene.catalogue.movements
    listed = [movements[m] for m in slot.order[scene.dose.phase]]
    ordered = list(dict.fromkeys([*listed, *scene.catalogue.serving[slot.id]]))
    liked = named(scene, scene.preferences.likes)
    disliked = named(scene, scene.preferences.dislikes)
    ordered.sort(key=lambda m: (m.id in disliked, m.id not in liked, m.id not in scene.wanted))
    unasked = scene.catalogue.seldom - liked
    return tuple(m for m in ordered if m.id not in unasked)


def find_settings(preferences: Preferences, table: SelectionTable) -> tuple[str, ...]:
    """The catalogue's settings that fit where the person trains; a place not known fits as none."""
    return table.settings.get(preferences.setting or UNKNOWN, table.settings[UNKNOWN])


def considered(scene: Scene, slots: Collection[Slot]) -> frozenset[str]:
    """Every movement that serves one of these slots, offered or not."""
    return frozenset(m.id for slot in slots for m in scene.catalogue.serving[slot.id])


def named(scene: Scene, words: Collection[str]) -> frozenset[str]:
    """The movements that somebody means by these words."""
    found: set[str] = set()
    for word in words:
        plain = word.strip().lower().replace(" ", "_")
        found.update(scene.table.words.get(plain, ()))
        found.update(
            m.id
            for m in scene.catalogue.movements.values()
            if plain and (plain == m.id.lower() or plain.replace("_", " ") in m.name.lower())
        )
    return frozenset(found)


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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where training happens and what is at hand there."""

    settings: frozenset[str]
    equipped: bool
    owned: frozenset[str]

    def has(self, part: str) -> bool:
        """A clinic or pool has its own; at home what a household has and what was named."""
        return self.equipped or any(choice in self.owned for choice in part.split("|"))


def _place(dose: MergedDose, preferences: Preferences, table: SelectionTable) -> _Place:
    settings = find_settings(preferences, table)
    if preferences.setting not in table.settings:
        equipped = dose.supervision.value >= table.clinic_from_supervision
    else:
        equipped = settings != HOME
    named_things = {e.strip().lower().replace(" ", "_") for e in preferences.equipment or ()}
    return _Place(frozenset(settings), equipped, table.household | named_things)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges one movement at a time."""

    catalogue: Catalogue
    table: SelectionTable
    dose: MergedDose
    tags: Mapping[str, tuple[str, ...]]
    removed: Mapping[str, frozenset[str]]
    place: _Place
    too_unsteady: frozenset[str]
    too_jarring: frozenset[str]
    effort: tuple[float, tuple[str, ...]]
    closed: Mapping[str, tuple[str, ...]]

    def bars(self, movement: Movement) -> Iterator[Bar]:
        """Every reason against it, the safety of the person first."""
        if movement.id in self.removed:
            yield from self._by_tags(movement)
        if self.closed:
            yield from self._by_modality(movement)
        yield from self._by_dose(movement)
        if self.dose.resistance.blocked_regions:
            yield from self._by_region(movement)
        yield from self._by_practice(movement)

    def _by_tags(self, movement: Movement) -> Iterator[Bar]:
        for tag in sorted(self.removed[movement.id]):
            known = self.catalogue.tags[tag]
            yield Bar("removed", self.tags[tag], {"label": known.label, "why": known.why}, tag)

    def _by_modality(self, movement: Movement) -> Iterator[Bar]:
        """What is contraindicated as a kind; resistance means everything that loads."""
        for modality, rules in sorted(self.closed.items()):
            kinds = self.table.loading if modality == "resistance" else (modality,)
            if movement.modality in kinds:
                yield Bar("closed_modality", rules, {"modality": modality.replace("_", " ")})

    def _by_dose(self, movement: Movement) -> Iterator[Bar]:
        if movement.impact_level in self.too_jarring:
            impact = self.dose.impact
            words = {"impact": movement.impact_level, "allowed": impact.value}
            yield Bar("impact", impact.by, words)
        if not movement.flags:
            return
        highest, by = self.effort
        strains = "VIG" in movement.flags or "HIIT" in movement.flags
        if strains and highest < self.table.vigorous_rpe:
            yield Bar("vigorous", by, {})
        if "HIIT" in movement.flags and self.dose.hiit.value == NO_HIIT:
            yield Bar("hiit_no", self.dose.hiit.by, {})

    def _by_region(self, movement: Movement) -> Iterator[Bar]:
        for region in self.dose.resistance.blocked_regions:
            covered = self.table.blocked_regions[region.value]
            if movement.modality in self.table.loading and movement.region in covered:
                yield Bar("blocked_region", region.by, {"region": region.value.replace("_", " ")})

    def _by_practice(self, movement: Movement) -> Iterator[Bar]:
        if movement.balance_demand in self.too_unsteady:
            yield Bar("balance", (), {})
        if self.place.settings.isdisjoint(movement.setting):
            yield Bar("setting", (), {"settings": " or ".join(movement.setting)})
        if lacking := [part for part in movement.equipment if not self.place.has(part)]:
            needs = ", ".join(part.replace("|", " or ").replace("_", " ") for part in lacking)
            yield Bar("equipment", (), {"equipment": needs})
