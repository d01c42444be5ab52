"""The exercises of the week, how hard they should feel, and how to begin and end."""

from collections.abc import Iterator

from cds.handout.amounts import amount_of
from cds.handout.document import Block, Move, Points, Prose, Scale, Section, Sentence
from cds.handout.reading import Pair, Part, Task, Told
from cds.handout.tongue import Tongue


def exercise_sections(told: Told, tongue: Tongue) -> Iterator[Section]:
    """What to do, how hard, warm-up and cool-down."""
    parts = told.parts or ()
    helped = tongue.maybe(f"help.{told.supervision}")
    yield Section("week", tongue.say("heading.week"), (Prose((helped,)),) if helped else ())
    for part in parts:
        yield _part(part, tongue)
    yield from _hard(parts, tongue)
    yield from _warming(parts, tongue)


def moves_of(told: Told, tongue: Tongue) -> Iterator[Sentence]:
    """The name of every exercise."""
    for part in told.parts or ():
        for task in part.tasks:
            yield _name(task.exercise, tongue)


def _part(part: Part, tongue: Tongue) -> Section:
    title = tongue.maybe(f"kind.{part.modality}") or tongue.say("kind.other")
    blocks: list[Block] = [_move(task, part, tongue) for task in part.tasks]
    mind = [tongue.maybe(f"how.{part.modality}")]
    mind += [tongue.say("how.weight")] if part.loaded else []
    mind += [tongue.say("item.none")] if not part.tasks else []
    mind += [_closed(region, tongue) for region in part.closed_regions]
    if said := tuple(sentence for sentence in mind if sentence):
        blocks.append(Prose(said))
    return Section(f"part.{part.modality}", title, tuple(blocks), level=3, icon=part.modality)


def _move(task: Task, part: Part, tongue: Tongue) -> Move:
    plain = [tongue.plain(caution) for caution in task.cautions]
    mind = [found.sentence if found else tongue.say("item.ask") for found in plain]
    steps = [
        tongue.say(f"item.{way}", move=_name(id, tongue).text)
        for way, id in (("easier", task.easier), ("harder", task.harder))
        if id is not None and tongue.maybe(f"movement.{id}")
    ]
    return Move(
        exercise=task.exercise,
        name=_name(task.exercise, tongue),
        amount=(*amount_of(task, part, tongue), *mind),
        steps=tuple(steps),
    )


def _name(id: str, tongue: Tongue) -> Sentence:
    return tongue.maybe(f"movement.{id}") or tongue.say("item.ask")


def _closed(region: str, tongue: Tongue) -> Sentence:
    words = tongue.maybe(f"region.{region}")
    return tongue.say("leave.region", region=words.text) if words else tongue.say("item.ask")


def _hard(parts: tuple[Part, ...], tongue: Tongue) -> Iterator[Section]:
    """How hard the parts with a stated effort should feel."""
    seen: dict[tuple[object, ...], Part] = {}
    for part in parts:
        if part.effort or part.category or part.heart_rate or part.ceiling is not None:
            key = (part.effort, part.category, part.heart_rate, part.ceiling)
            seen.setdefault(key, part)
    for part in seen.values():
        title = tongue.say("heading.hard")
        yield Section("hard", title, tuple(_effort(part, tongue)))


def _effort(part: Part, tongue: Tongue) -> Iterator[Block]:
    points: list[Sentence] = []
    if part.effort is not None:
        yield Prose((tongue.say("hard.effort"), _stay(part.effort, tongue)))
        yield _scale(part.effort, tongue)
    if talk := tongue.maybe(f"talk.{part.category}"):
        points.append(tongue.say("hard.talk", sentence=talk.text))
    if part.heart_rate is not None:
        low, high = (tongue.number(value) for value in part.heart_rate)
        points.append(tongue.say("hard.heart_rate", low=low, high=high))
    if part.ceiling is not None:
        points.append(tongue.say("hard.ceiling", limit=tongue.number(part.ceiling)))
    if points:
        yield Points(tuple(points))


def _stay(effort: Pair, tongue: Tongue) -> Sentence:
    low, high = (tongue.number(value) for value in effort)
    if low == high:
        return tongue.say("hard.point", value=low)
    return tongue.say("hard.range", low=low, high=high)


def _scale(effort: Pair, tongue: Tongue) -> Scale:
    label = tongue.say("hard.scale")
    return Scale(*effort, label, tongue.say("hard.rest"), tongue.say("hard.most"))


def _warming(parts: tuple[Part, ...], tongue: Tongue) -> Iterator[Section]:
    spans = {
        "warm.up": next((part.warm_up for part in parts if part.warm_up), None),
        "warm.down": next((part.cool_down for part in parts if part.cool_down), None),
    }
    said = [tongue.say(id, minutes=tongue.span(span)) for id, span in spans.items() if span]
    if said:
        yield Section("warm_up", tongue.say("heading.warm_up"), (Points(tuple(said)),))
