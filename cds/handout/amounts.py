"""How much of an exercise: the dose of the plan in plain words."""

import re
from collections.abc import Iterator

from cds.handout.document import Sentence
from cds.handout.reading import Pair, Part, Task
from cds.handout.tongue import Tongue

_SPAN = r"(\d+(?:-\d+)?)"
_WAY = r"(?P<way>/side|/day| each way| each)?"
_HOLD = re.compile(rf"{_SPAN} x {_SPAN} s{_WAY}")
_HOLD_FIRST = re.compile(rf"{_SPAN} s x {_SPAN}{_WAY}")
_ROUNDS = re.compile(rf"{_SPAN} x {_SPAN}{_WAY}")
_TIMES = re.compile(rf"{_SPAN}(?: reps?)?{_WAY}")
_MINUTES = re.compile(rf"{_SPAN} min{_WAY}")
_EVERY_DAY = 7.0


def amount_of(task: Task, part: Part, tongue: Tongue) -> tuple[Sentence, ...]:
    """What to do and how often; the clinician is asked where the dose is not understood."""
    return tuple([*_much(task, part, tongue), *_often(part.days, tongue)])


def _much(task: Task, part: Part, tongue: Tongue) -> Iterator[Sentence]:
    dose = task.dose.partition(",")[0].strip()
    if match := _HOLD.fullmatch(dose):
        yield tongue.say(
            "amount.hold", seconds=_span(match[2], tongue), count=_span(match[1], tongue)
        )
    elif match := _HOLD_FIRST.fullmatch(dose):
        yield tongue.say(
            "amount.hold", seconds=_span(match[1], tongue), count=_span(match[2], tongue)
        )
    elif match := _ROUNDS.fullmatch(dose):
        yield _rounds(match[1], match[2], tongue)
    elif match := _MINUTES.fullmatch(dose):
        yield tongue.say("amount.minutes", minutes=_span(match[1], tongue))
    elif match := _TIMES.fullmatch(dose):
        yield tongue.say("amount.once", count=_span(match[1], tongue))
    elif part.minutes is not None:
        yield tongue.say("amount.minutes", minutes=tongue.span(part.minutes))
    else:
        yield tongue.say("amount.ask")
    yield from _sides(match["way"] if match else None, tongue)


def _rounds(rounds: str, count: str, tongue: Tongue) -> Sentence:
    if rounds == "1":
        return tongue.say("amount.once", count=_span(count, tongue))
    return tongue.say("amount.rounds", count=_span(count, tongue), rounds=_span(rounds, tongue))


def _sides(way: str | None, tongue: Tongue) -> Iterator[Sentence]:
    if way == "/side":
        yield tongue.say("amount.each_side")
    elif way in (" each way", " each"):
        yield tongue.say("amount.each_way")


def _often(days: Pair | None, tongue: Tongue) -> Iterator[Sentence]:
    if days is None:
        return
    if days[0] >= _EVERY_DAY:
        yield tongue.say("amount.daily")
    elif days == (1.0, 1.0):
        yield tongue.say("amount.one_day")
    else:
        yield tongue.say("amount.days", days=tongue.span(days))


def _span(text: str, tongue: Tongue) -> str:
    low, _, high = text.partition("-")
    return tongue.span((float(low), float(high or low)))
