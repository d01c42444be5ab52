"""The exercises of a plan: each with dose, reason, steps and stand-ins; and what tags remove."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile

from msgspec import Struct

from cds.model.avoided import AvoidedKind, AvoidedMovement, AvoidedOfComponent
from cds.model.movement import Movement
from cds.model.plan import EmptyPattern, Exercise
from cds.model.selection import Slot
from cds.stages.components import describe_dose, dose_kind
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
    """The exercises of one component; movements of one kind share the words of their dose."""
    found, doses = list[Exercise](), dict[str, str]()
    for slot, movement in chosen.taken:
        if movement is None or slot.component != ranked.component:
            continue
        kind = dose_kind(movement, slot)
        if kind is not None and kind not in doses:
            doses[kind] = describe_dose(kind, frame)
        dose = movement.dose if kind is None else doses[kind]
        reason = _why(movement, slot, ranked, scene, frame)
        found.append(_exercise(movement, slot, (reason, dose), scene))
    return tuple(found)


def _exercise(movement: Movement, slot: Slot, told: tuple[str, str], scene: Scene) -> Exercise:
    """A movement with the reason for it and its dose."""
    reason, dose = told
    catalogue, barred = scene.catalogue, scene.barred
    return Exercise(
        id=movement.id,
        name=movement.name,
        modality=movement.modality,
        pattern=slot.id,
        reason=reason,
        dose=dose,
        regression=catalogue.step(movement.id, "regression", barred),
        progression=catalogue.step(movement.id, "progression", barred),
        alternatives=scene.alternatives(movement.id),
        cautions=tuple([c.message for c in catalogue.cautions_for(movement, scene.tags.keys())]),
    )


def _why(movement: Movement, slot: Slot, ranked: Ranked, scene: Scene, frame: Frame) -> str:
    """What it covers and for whom, and why this movement and no other."""
    messages = frame.messages
    wanting = scene.wanted.get(movement.id, ())
    key = "covers_for" if ranked.by else "covers"
    covers = messages[f"plan.why.{key}"].format(
        slot=slot.label, names=show_names(ranked.by, frame.names)
    )
    phase = scene.phase_of(slot)
    if movement.id in scene.liked:
        choice = messages["plan.why.liked"]
    elif wanting:
        choice = messages["plan.why.wanted"].format(names=show_names(wanting, frame.names))
    elif movement.id in slot.order[phase][:1]:
        choice = messages[f"plan.why.{phase}"]
    else:
        choice = _after(movement, slot, scene, messages)
    return f"{covers} {choice}"


def _after(movement: Movement, slot: Slot, scene: Scene, messages: Messages) -> str:
    """Why those that are tried first were not taken."""
    earlier = list(takewhile(lambda other: other.id != movement.id, candidates(scene, slot)))
    bars = [bar for other in earlier for bar in scene.bars.get(other.id, ())]
    unsafe = any(bar.is_safety or bar.kind == "balance" for bar in bars)
    key = "safest" if unsafe else "at_hand" if bars else scene.phase_of(slot)
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


def sort_by_component(
    avoided: Iterable[AvoidedMovement], scene: Scene
) -> Mapping[str, tuple[AvoidedOfComponent, ...]]:
    """The same movements in short, under the component that each belongs to."""
    found: dict[str, list[AvoidedOfComponent]] = defaultdict(list)
    for each in avoided:
        component = scene.table.told_under[scene.catalogue.movements[each.id].modality]
        instead = each.message or ", ".join(each.instead)
        found[component].append(AvoidedOfComponent(each.id, ", ".join(each.by), instead))
    return {component: tuple(several) for component, several in found.items()}


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
