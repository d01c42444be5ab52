"""Which slots a plan fills, and which movement is taken for each."""

from collections.abc import Collection, Iterator, Sequence

from cds.model.movement import Movement
from cds.model.selection import Slot
from cds.stages.scene import HOME, Scene, as_id, find_settings

Taken = tuple[tuple[Slot, Movement | None], ...]


def open_slots(scene: Scene, kinds: Collection[str]) -> tuple[Slot, ...]:
    """The patterns of a plan with these components, in the order of the table."""
    return tuple(
        slot
        for slot in scene.table.slots
        if scene.dose.phase in slot.phases
        and (slot.component in kinds if slot.when is None else slot.when in kinds)
    )


def fit_session(
    slots: Sequence[Slot], order: Sequence[str], most: int
) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """What a session holds and what it leaves out: first one pattern of each component."""
    leading: dict[str, str] = {}
    for slot in slots:
        leading.setdefault(slot.component, slot.id)
    first = [leading[name] for name in order if name in leading]
    taken = list(dict.fromkeys([*first, *(slot.id for slot in slots)]))[:most]
    return (
        tuple(slot for slot in slots if slot.id in taken),
        tuple(slot for slot in slots if slot.id not in taken),
    )


def most_exercises(scene: Scene) -> int:
    """How many exercises a session holds at most."""
    places = find_settings(scene.preferences, scene.table)
    return scene.table.at_most_home if places == HOME else scene.table.at_most


def choose(scene: Scene, slots: Collection[Slot]) -> Iterator[tuple[Slot, Movement | None]]:
    """For each slot the first movement that nothing bars and no slot has taken yet."""
    taken: set[str] = set()
    for slot in slots:
        first = None
        for movement in candidates(scene, slot):
            if movement.id not in scene.barred and movement.id not in taken:
                taken.add(movement.id)
                first = movement
                break
        yield slot, first


def candidates(scene: Scene, slot: Slot) -> tuple[Movement, ...]:
    """The slot's movements in the order of trying.

    Liked, what a profile wants first, the slot's list, the others, disliked last.
    """
    catalogue, liked, disliked = scene.catalogue, scene.liked, scene.disliked
    key, wanted = (slot.id, scene.phase_of(slot)), scene.wanted
    if liked.isdisjoint(catalogue.seldom):
        tried = catalogue.offered[key]
        if scene.named.isdisjoint(catalogue.offered_ids[key]):
            return tried
    else:
        unasked = catalogue.seldom - liked
        tried = tuple([m for m in catalogue.tried[key] if m.id not in unasked])
    return tuple(
        sorted(tried, key=lambda m: (m.id in disliked, m.id not in liked, m.id not in wanted))
    )


def kinds_named(scene: Scene) -> frozenset[str]:
    """The kinds of exercise that somebody names, as such or by a movement."""
    table, movements = scene.table, scene.catalogue.movements
    words = {as_id(word) for word in scene.preferences.named}
    meant = {m for word in words for m in table.words.get(word, ())}
    return frozenset(words | {movements[m].modality for m in meant})
