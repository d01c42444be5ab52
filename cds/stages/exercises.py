"""The exercises of a plan: each with dose, reason, steps and stand-ins; and what tags remove."""

from collections.abc import Iterator
from itertools import takewhile

from msgspec import Struct

from cds.model.movement import Movement
from cds.model.plan import AvoidedKind, AvoidedMovement, EmptyPattern, Exercise
from cds.model.selection import Slot
from cds.stages.components import describe_dose
from cds.stages.frame import Frame
from cds.stages.plan_text import Messages, show_names
from cds.stages.priority import Ranked
from cds.stages.scene import Scene
from cds.stages.selection import Taken, candidates


class Chosen(Struct, frozen=True):
    """The slots of one session with the movement of each, and the slots it has no room for."""

    taken: Taken
    no_room: tuple[Slot, ...]
    most: int


def chosen_for(ranked: Ranked, chosen: Chosen, scene: Scene, frame: Frame) -> tuple[Exercise, ...]:
    """The exercises of one component."""
    return tuple(
        [
            _exercise(movement, slot, _why(movement, slot, ranked, scene, frame), scene, frame)
            for slot, movement in chosen.taken
            if movement is not None and slot.component == ranked.component
        ]
    )


def _exercise(movement: Movement, slot: Slot, reason: str, scene: Scene, frame: Frame) -> Exercise:
    return Exercise(
        id=movement.id,
        name=movement.name,
        modality=movement.modality,
        pattern=slot.id,
        reason=reason,
        dose=describe_dose(movement, slot, frame),
        regression=scene.catalogue.step(movement.id, "regression", scene.barred),
        progression=scene.catalogue.step(movement.id, "progression", scene.barred),
        alternatives=scene.alternatives(movement.id),
        cautions=tuple(
            [c.message for c in scene.catalogue.cautions_for(movement, scene.tags.keys())]
        ),
    )


def _why(movement: Movement, slot: Slot, ranked: Ranked, scene: Scene, frame: Frame) -> str:
    """What it covers and for whom, and why this movement and no other."""
    messages = frame.messages
    wanting = scene.wanted.get(movement.id, ())
    key = "covers_for" if ranked.by else "covers"
    covers = messages[f"plan.why.{key}"].format(
        slot=slot.label, names=show_names(ranked.by, frame.names)
    )
    order = slot.order[scene.dose.phase]
    if movement.id in scene.liked:
        choice = messages["plan.why.liked"]
    elif wanting:
        choice = messages["plan.why.wanted"].format(names=show_names(wanting, frame.names))
    elif movement.id in order[:1]:
        choice = messages[f"plan.why.{scene.dose.phase}"]
    else:
        choice = _after(movement, slot, scene, messages)
    return f"{covers} {choice}"


def _after(movement: Movement, slot: Slot, scene: Scene, messages: Messages) -> str:
    """Why those that are tried first were not taken."""
    earlier = list(takewhile(lambda other: other.id != movement.id, candidates(scene, slot)))
    bars = [bar for other in earlier for bar in scene.bars.get(other.id, ())]
    unsafe = any(bar.is_safety or bar.kind == "balance" for bar in bars)
    key = "safest" if unsafe else "at_hand" if bars else scene.dose.phase
    return messages[f"plan.why.{key}"].format(count=len(earlier))


def list_avoided(scene: Scene, messages: Messages) -> Iterator[AvoidedMovement]:
    """Every movement of the catalogue that a tag removes; most share their tags with others."""
    told = {
        tags: (tuple(sorted(tags)), tuple(sorted({by for tag in tags for by in scene.tags[tag]})))
        for tags in frozenset(scene.removed.values())
    }
    for movement_id, removing in scene.removed.items():
        instead = scene.alternatives(movement_id)
        tags, by = told[removing]
        yield AvoidedMovement(
            id=movement_id,
            name=scene.catalogue.movements[movement_id].name,
            tags=tags,
            by=by,
            instead=instead,
            message=None if instead else messages["plan.no_alternative"],
        )


def tag_kinds(scene: Scene) -> Iterator[AvoidedKind]:
    """Each avoid tag of the case once, with why and who set it."""
    for tag, by in scene.tags.items():
        known = scene.catalogue.tags[tag]
        count = len(scene.catalogue.removed_by_tag[tag])
        yield AvoidedKind(tag, known.label, known.why, by, count)


def describe_empty(scene: Scene, taken: Taken, messages: Messages) -> Iterator[EmptyPattern]:
    """The patterns for which nothing safe is left."""
    for slot, movement in taken:
        if movement is None:
            bars = [b for m in candidates(scene, slot) for b in scene.bars.get(m.id, ())]
            setters = tuple(sorted({by for bar in bars for by in bar.by}))
            text = messages["plan.none"].format(slot=slot.label)
            yield EmptyPattern(slot.id, text, setters)
