"""May this person do this movement? The verdict, why, and what to do instead."""

from collections.abc import Iterator, Mapping

from cds.model.case import Case, State
from cds.model.decision import Requested
from cds.model.movement import Movement
from cds.stages.bars import Bar
from cds.stages.scene import Scene

CONDITIONAL = "conditional"


def check_requested(
    movement_id: str, case: Case, scene: Scene, messages: Mapping[str, str], mets: float | None
) -> Requested:
    """The verdict on one movement; `mets` is the highest METs value of the plan, if known.

    Raises: UnknownCodeError when the catalogue does not hold the movement.
    """
    movement = scene.catalogue.get(movement_id)
    bars = scene.bars.get(movement_id, ())
    blocking = [say_bar(bar, messages) for bar in bars if bar.is_safety]
    if blocking:
        return _verdict(movement_id, "block", blocking, scene)
    cautions = scene.catalogue.cautions_for(movement, tuple(scene.tags))
    unknown = needed_facts(movement_id, case, scene)
    if unknown:
        reason = messages["verdict.unknown_fact"].format(facts=", ".join(unknown))
        return _verdict(movement_id, "insufficient_data", [reason], scene)
    limits = [say_bar(bar, messages) for bar in bars]
    limits += [caution.message for caution in cautions]
    limits += _conditions(movement, scene, messages, mets)
    verdict = "allow_with_limits" if limits else "allow"
    return _verdict(movement_id, verdict, limits, scene)


def needed_facts(movement_id: str, case: Case, scene: Scene) -> tuple[str, ...]:
    """The facts that are not known and without which the movement cannot be judged."""
    cautions = scene.catalogue.cautions_for(scene.catalogue.get(movement_id), tuple(scene.tags))
    needed = {fact for caution in cautions for fact in caution.needs}
    return tuple(sorted(fact for fact in needed if case.get(fact).state is State.UNKNOWN))


def say_bar(bar: Bar, messages: Mapping[str, str]) -> str:
    """The reason in words."""
    return messages[f"verdict.{bar.kind}"].format(
        by=", ".join(bar.by), tag=bar.tag or "", **bar.words
    )


def _verdict(movement_id: str, verdict: str, reasons: list[str], scene: Scene) -> Requested:
    alternatives = () if verdict == "allow" else scene.alternatives(movement_id)
    return Requested("exercise", movement_id, verdict, tuple(reasons), alternatives)


def _conditions(
    movement: Movement, scene: Scene, messages: Mapping[str, str], mets: float | None
) -> Iterator[str]:
    hiit = scene.dose.hiit
    if "HIIT" in movement.flags and hiit.value == CONDITIONAL:
        yield messages["verdict.hiit_conditional"].format(by=", ".join(hiit.by))
    if mets is not None and movement.mets is not None and movement.mets > mets:
        yield messages["verdict.mets"].format(mets=f"{movement.mets:g}", allowed=f"{mets:g}")
