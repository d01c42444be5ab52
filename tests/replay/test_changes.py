"""What an answer changes for the person is told by what it refuses, then by dose, then by words."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from cds.http.core import CoreService
from cds.model.decision import as_json
from cds.replay.changes import Change, bare, compare
from cds.schemas.decision_request import read_decision_request
from tests.api.adult import DAY, body
from tests.follow_up.checking_in import answer_to

Json = dict[str, Any]
BLOCKED, PERMITTED = (Change.NEWLY_BLOCKED,), (Change.NEWLY_PERMITTED,)
DOSE, ADVICE = (Change.DOSE_CHANGED,), (Change.ADVICE_CHANGED,)
REFERRAL = {"to": "physician", "urgency": "routine", "reason": "A new reason.", "crossed": []}
TEXT, NONE = (Change.TEXT_ONLY,), (Change.UNCHANGED,)


@pytest.fixture(scope="module")
def decision(core: CoreService) -> Json:
    """Somebody with osteoporosis who asks for rowing and walking."""
    told = body({}, ["osteoporosis"], request={"exercises": ["A15", "A01"]})
    asked = read_decision_request(dict(told), core.terms, DAY)
    found: Json = as_json(core.decide(asked.intake, DAY))
    assert found["plan"]["components"]
    assert found["plan"]["avoided"]
    return found


def _verdict(found: Json, verdict: str) -> None:
    found["requested"][-1]["verdict"] = verdict


def _lose_plan(found: Json) -> None:
    found["plan"] = None
    found["disposition"] = "hold_today"


def _finding(found: Json, kind: str, scope: str) -> None:
    finding = copy.deepcopy(found["contraindications"][0])
    finding |= {"id": "new", "kind": kind, "scope": {"type": scope, "code": "swimming"}}
    found["contraindications"].append(finding)


def _dose(found: Json) -> None:
    found["plan"]["components"][0]["frequency"] = [1.0, 2.0]


def _exercises(found: Json) -> None:
    found["plan"]["components"][0]["exercises"].pop()


CASES: dict[str, tuple[Callable[[Json], Any], tuple[Change, ...], tuple[Change, ...]]] = {
    "nothing": (lambda found: None, NONE, NONE),
    "version": (lambda found: found["knowledge"].update(sha256="x"), NONE, NONE),
    "hold": (_lose_plan, BLOCKED, PERMITTED),
    "no plan": (lambda found: found.update(plan=None), BLOCKED, PERMITTED),
    "verdict": (lambda found: _verdict(found, "block"), BLOCKED, PERMITTED),
    "limited": (lambda found: _verdict(found, "allow_with_limits"), ADVICE, ADVICE),
    "avoided": (lambda found: found["plan"]["avoided"].pop(), PERMITTED, BLOCKED),
    "component": (lambda found: found["plan"]["components"].pop(), BLOCKED, PERMITTED),
    "finding": (lambda found: _finding(found, "absolute", "modality"), BLOCKED, PERMITTED),
    "precaution": (lambda found: _finding(found, "precaution", "modality"), ADVICE, ADVICE),
    "dose": (_dose, DOSE, DOSE),
    "exercises": (_exercises, ADVICE, ADVICE),
    "limit": (lambda found: found["intensity"]["aerobic"].update(category="light"), DOSE, DOSE),
    "referral": (lambda found: found["referrals"].append(REFERRAL), ADVICE, ADVICE),
    "message": (
        lambda found: found["contraindications"][0].update(message="Said in other words."),
        TEXT,
        TEXT,
    ),
    "rule version": (lambda found: found["explanations"][0].update(version="9.9.9"), TEXT, TEXT),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_told_one_way_and_mirrored_the_other_way(decision: Json, name: str) -> None:
    edit, there, back = CASES[name]
    changed = copy.deepcopy(decision)
    edit(changed)
    assert compare(decision, changed)[0] == there
    assert compare(changed, decision)[0] == back


def test_one_thing_blocked_and_another_permitted_are_both_told(decision: Json) -> None:
    changed = copy.deepcopy(decision)
    changed["plan"]["avoided"].pop()
    _finding(changed, "hold_today", "setting")
    assert compare(decision, changed)[0] == (*BLOCKED, *PERMITTED)


def test_who_was_allowed_nothing_loses_nothing(decision: Json) -> None:
    """A hold that is lifted is no block, whatever the plan that comes then avoids."""
    held = copy.deepcopy(decision)
    _lose_plan(held)
    held["requested"] = []
    assert compare(held, decision)[0] == PERMITTED


def test_what_differs_is_named_as_words_or_as_more(decision: Json) -> None:
    changed = copy.deepcopy(decision)
    changed["notice"] = "Another notice."
    changed["delivery"]["supervision_level"] = 3
    changed["referrals"].append(REFERRAL)
    _, parts = compare(decision, changed)
    assert parts["texts"] == ["notice"]
    assert parts["other"] == ["delivery"]
    assert parts["referrals"]["new"]


def test_without_words_codes_numbers_and_thresholds_are_left() -> None:
    found = bare({"kind": "hold_today", "threshold": "180 mm[Hg]", "message": "Not today.", "n": 1})
    assert found == {"kind": "hold_today", "threshold": "180 mm[Hg]", "message": None, "n": 1}


def test_a_check_in_is_blocked_when_nothing_is_to_be_done_any_more(core: CoreService) -> None:
    well, flag, sore = (
        as_json(answer_to(core, facts)) for facts in ({}, {"red_flag": True}, {"pain_during": 6})
    )
    assert compare(well, flag)[0] == BLOCKED
    assert compare(flag, well)[0] == PERMITTED
    changes, parts = compare(well, sore)
    assert changes == DOSE
    assert parts["direction"]["before"] != parts["direction"]["after"]
    assert compare(well, {**well, "notice": "Another notice."})[0] == TEXT
    assert compare(well, {**well, "referrals": ["somebody"]})[0] == ADVICE
