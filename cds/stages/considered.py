"""Which components a plan holds; of the others, why not."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from cds.model.plan import Omission
from cds.model.profile import Profile
from cds.model.selection import Slot
from cds.stages.plan_text import Messages
from cds.stages.priority import Ranked
from cds.stages.scene import Scene
from cds.stages.selection import Taken

_WATER = "aquatic"
# Kinds of which a profile says whether they suit.
JUDGED = ("aquatic", "mind_body")


class Considered(Struct, frozen=True):
    """What the plan holds, most important first, and what it leaves out."""

    shown: tuple[Ranked, ...]
    omitted: tuple[Omission, ...]


def consider(
    ranked: Sequence[Ranked],
    scene: Scene,
    closed: Mapping[str, tuple[str, ...]],
    profiles: Sequence[Profile],
    messages: Messages,
) -> Considered:
    """Every component is considered; what a rule closes or nobody asks for is told."""
    shown, omitted = [], []
    for each in ranked:
        why = _why_not(each, scene, closed, profiles)
        if why is None:
            shown.append(each)
        elif why[0] != "not_asked" or each.component in scene.table.told:
            omitted.append(_omit(each.component, *why, messages))
    return Considered(tuple(shown), tuple(omitted))


def _why_not(
    ranked: Ranked,
    scene: Scene,
    closed: Mapping[str, tuple[str, ...]],
    profiles: Sequence[Profile],
) -> tuple[str, tuple[str, ...]] | None:
    """The kind of reason and who gives it, or None when the component stays."""
    covered = scene.table.components[ranked.component]
    if set(covered) <= closed.keys():
        return "closed", tuple(dict.fromkeys(by for kind in covered for by in closed[kind]))
    if excluding := _excluding(ranked.component, profiles):
        return "excluded", excluding
    optional = ranked.component not in scene.table.always
    if optional and not (ranked.by or ranked.named):
        return "not_asked", ()
    if optional and not _has_safe(ranked.component, scene):
        return "no_option", _barring(ranked.component, scene)
    if ranked.component == _WATER and not scene.water:
        return "no_place", ranked.by
    return None


def _excluding(component: str, profiles: Sequence[Profile]) -> tuple[str, ...]:
    """The profiles whose programme holds none of it."""
    if component not in JUDGED:
        return ()
    said = [(profile.id, getattr(profile, component)) for profile in profiles]
    return tuple(id_ for id_, kind in said if kind is not None and kind.suitable == "no")


def omit_empty(
    considered: Considered, taken: Taken, scene: Scene, messages: Messages
) -> Considered:
    """Optional components without a movement are left out; why is told once.

    Balance stays: without a movement a clinician has to choose one.
    """
    kept = {*scene.table.always, "balance"}
    kept |= {slot.component for slot, movement in taken if movement is not None}
    tried = {slot.component for slot, _ in taken}
    told = [
        _omit(name, "no_option", _barring(name, scene), messages)
        for name in (each.component for each in considered.shown)
        if name not in kept and name in tried
    ]
    shown = tuple(each for each in considered.shown if each.component in kept)
    return Considered(shown, (*considered.omitted, *told))


def _has_safe(component: str, scene: Scene) -> bool:
    unsafe = scene.unsafe
    return any(m not in unsafe for m in _serving(component, scene))


def _barring(component: str, scene: Scene) -> tuple[str, ...]:
    """Who took every movement of the component away."""
    bars = [bar for m in _serving(component, scene) for bar in scene.bars.get(m, ())]
    return tuple(sorted({by for bar in bars if bar.is_safety for by in bar.by}))


def _serving(component: str, scene: Scene) -> Iterator[str]:
    for slot in scene.table.slots:
        if slot.component == component:
            yield from (movement.id for movement in scene.catalogue.serving[slot.id])


def _omit(component: str, kind: str, by: tuple[str, ...], messages: Messages) -> Omission:
    words = {"component": messages[f"plan.name.{component}"], "by": ", ".join(by)}
    return Omission(component, kind, messages[f"plan.omitted.{kind}"].format(**words), by)


def omit_patterns(slots: Sequence[Slot], most: int, messages: Messages) -> Iterator[Omission]:
    """Patterns for which a session has no room."""
    for slot in slots:
        text = messages["plan.omitted.session_full"].format(pattern=slot.label, most=most)
        yield Omission(slot.id, "session_full", text, ())
