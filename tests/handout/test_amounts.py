"""Doses of the plan and of the catalogue in plain words."""

import pytest

from cds.handout.amounts import amount_of
from cds.handout.reading import Pair, Part, Task, read_decision
from cds.handout.tongue import Tongue
from cds.model.wording import Wording
from cds.service import Service

ASK = "Ask your clinician how much to do."
# Their dose comes from the plan, or no list of the selection table offers them.
_BY_THE_PLAN = ("aerobic", "resistance", "interval")


def part(days: Pair | None = None, minutes: Pair | None = None) -> Part:
    """A component with these numbers alone."""
    component = {"modality": "balance", "frequency": days, "time_min": minutes}
    told = read_decision({"disposition": "proceed", "plan": {"components": [component]}})
    assert told.parts is not None
    return told.parts[0]


def said(dose: str, tongue: Tongue, of: Part) -> list[str]:
    task = Task("B01", dose, None, None, (), ())
    return [sentence.text for sentence in amount_of(task, of, tongue)]


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        ("1 x 8-12, 2 d/wk, 20-40 % 1RM", ["Do it 8 to 12 times."]),
        ("2-3 x 8-12, 2 d/wk", ["Do it 8 to 12 times, then rest. Do 2 to 3 rounds."]),
        ("3 x 20-30 s", ["Keep it up for 20 to 30 seconds. Do it 3 times."]),
        ("5-10 s x 10, daily", ["Keep it up for 5 to 10 seconds. Do it 10 times."]),
        (
            "3-5 x 10-30 s/side",
            ["Keep it up for 10 to 30 seconds. Do it 3 to 5 times.", "Do both sides."],
        ),
        (
            "2-3 x 8-10 steps/side",
            ["Do it 8 to 10 times, then rest. Do 2 to 3 rounds.", "Do both sides."],
        ),
        ("5-8 reps each way", ["Do it 5 to 8 times.", "Do it each way."]),
        ("10 each way", ["Do it 10 times.", "Do it each way."]),
        ("5-15 min/day", ["Do it for 5 to 15 minutes."]),
        ("3-5 x 1 min", ["Do it for one minute, then rest. Do 3 to 5 rounds."]),
        ("4 x 2 min, 1-3 min rest", ["Do it for 2 minutes, then rest. Do 4 rounds."]),
        ("1-2 sets, 2-3/day", ["Do 1 to 2 rounds."]),
        ("walk to moderate leg pain, rest, repeat", [ASK]),
        ("", [ASK]),
    ],
)
def test_a_dose_is_said_in_plain_words(wording: Wording, dose: str, words: list[str]) -> None:
    assert said(dose, Tongue(wording, "en"), part()) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((7.0, 7.0), "Jeden Tag machen."),
        ((1.0, 1.0), "An einem Tag pro Woche machen."),
        ((2.0, 3.0), "An 2 bis 3 Tagen pro Woche machen."),
    ],
)
def test_how_often_is_said_in_plain_words(wording: Wording, days: Pair, words: str) -> None:
    assert said("10", Tongue(wording, "de"), part(days)) == ["10 Mal machen.", words]


def test_the_minutes_of_the_plan_outrank_those_of_the_catalogue(wording: Wording) -> None:
    told = said("10-30 min, RPE 12-13", Tongue(wording, "en"), part(minutes=(2.5, 5)))
    assert told == ["Do it for 2.5 to 5 minutes."]
    assert said("", Tongue(wording, "es"), part(minutes=(2.5, 5))) == [
        "Hágalo durante 2,5 a 5 minutos."
    ]


def test_every_movement_that_a_plan_chooses_first_has_a_dose_in_plain_words(
    service: Service, wording: Wording
) -> None:
    catalogue, tongue = service.knowledge.catalogue, Tongue(wording, "en")
    assert catalogue.selection is not None
    orders = [order for slot in catalogue.selection.slots for order in slot.order.values()]
    chosen = {catalogue.movements[id] for order in orders for id in order}
    asked = {m.id for m in chosen if ASK in said(m.dose, tongue, part())}
    assert {id for id in asked if catalogue.movements[id].modality not in _BY_THE_PLAN} == set()
