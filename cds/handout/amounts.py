"""How much of an exercise: the dose of the plan in plain words."""

import re
from collections.abc import Iterator, Mapping

from cds.handout.document import Sentence
from cds.handout.reading import Pair, Part, Task
from cds.handout.tongue import Tongue

_WAY = r"(?P<way>/side|/day| each way| each)?"


def _form(written: str) -> re.Pattern[str]:
    """A dose as plans and the catalogue write it, a range of numbers at each place."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>\\d+(?:-\\d+)?)", written) + _WAY)


# What a dose looks like up to its first comma, and the sentence that says it.
_FORMS = (
    (_form("{count} x {seconds} s"), "amount.hold"),
    (_form("{seconds} s x {count}"), "amount.hold"),
    (_form("1 x {count}"), "amount.once"),
    (_form("{rounds} x {count}(?: steps| impacts)?"), "amount.rounds"),
    (_form("{rounds} x 1 min"), "amount.minute_rounds"),
    (_form("{rounds} x {minutes} min"), "amount.minutes_rounds"),
    (_form("{minutes} min(?: bouts| accumulated| most days)?"), "amount.minutes"),
    (_form("{rounds} sets"), "amount.only_rounds"),
    (_form("{count}(?: reps?)?"), "amount.once"),
)
_WAYS: Mapping[str, str] = {
    "/side": "amount.each_side",
    " each way": "amount.each_way",
    " each": "amount.each_way",
}
_EVERY_DAY = 7.0


def amount_of(task: Task, part: Part, tongue: Tongue) -> tuple[Sentence, ...]:
    """What to do and how often; the clinician is asked where the dose is not understood."""
    return (*_much(task, part, tongue), *_often(part.days, tongue))


def _much(task: Task, part: Part, tongue: Tongue) -> Iterator[Sentence]:
    if part.minutes is not None:
        yield tongue.say("amount.minutes", minutes=tongue.span(part.minutes))
        return
    dose = task.dose.partition(",")[0].strip()
    for form, id in _FORMS:
        if match := form.fullmatch(dose):
            values = match.groupdict()
            way = values.pop("way")
            yield tongue.say(id, **{name: _span(text, tongue) for name, text in values.items()})
            if way in _WAYS:
                yield tongue.say(_WAYS[way])
            return
    yield tongue.say("amount.ask")


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
