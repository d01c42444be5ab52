"""What to have at hand: the minimum kit, and what the movements of this plan need."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from cds.model.case import Case
from cds.model.delivery import Kit, NeededThing, Said
from cds.model.delivery_tables import EquipmentTable, Sentence
from cds.model.movement import Movement


def find_kit(
    movements: Sequence[Movement],
    owned: frozenset[str] | None,
    case: Case,
    profiles: frozenset[str],
    table: EquipmentTable,
) -> Kit:
    """The kit of a plan; `owned` is what is at hand, None when nobody said.

    Source: delivery reference, section 3.
    """
    return Kit(
        minimum=table.minimum,
        minimum_source=table.minimum_source,
        needed=tuple(_needed(movements, owned)),
        notes=tuple(Said(s.text, s.source) for s in _notes(movements, case, profiles, table)),
    )


def _needed(movements: Iterable[Movement], owned: frozenset[str] | None) -> Iterator[NeededThing]:
    by_thing: dict[str, list[str]] = defaultdict(list)
    for movement in movements:
        for part in movement.equipment:
            by_thing[part].append(movement.id)
    for thing, ids in sorted(by_thing.items()):
        at_hand = None if owned is None else not owned.isdisjoint(thing.split("|"))
        yield NeededThing(thing.replace("|", " or ").replace("_", " "), tuple(ids), at_hand)


def _notes(
    movements: Iterable[Movement], case: Case, profiles: frozenset[str], table: EquipmentTable
) -> Iterator[Sentence]:
    parts = {
        choice
        for movement in movements
        for part in movement.equipment
        for choice in part.split("|")
    }
    for note in table.notes:
        if note.sentence.holds_for(profiles) and (not note.needs or note.needs & parts):
            yield note.sentence
    improvised = table.improvised
    unsure = improvised.not_yet.holds_for(profiles) and not case.flag(improvised.grip_fact)
    yield improvised.not_yet if unsure else improvised.allowed
