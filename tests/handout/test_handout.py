"""What a handout says, and what it never says."""

from typing import Any

import pytest

from cds.handout.compose import handout_of
from cds.handout.document import Handout, Move, Scale, Week
from cds.model.wording import LANGUAGES, Wording
from tests.handout.written import ID, sentences, sentences_of, text_of

NO_PLAN = ("insufficient_data", "emergency", "hold_today")
EXERCISE = ("week", "hard", "warm_up", "leave_out", "build", "goals", "diary")


def sections(handout: Handout) -> list[str]:
    return [section.id for section in handout.sections]


def said(handout: Handout, section: str) -> list[str]:
    """What stands below the heading of a section."""
    found = [found for found in handout.sections if found.id == section]
    return [sentence.text for part in found for sentence in list(sentences_of(part))[1:]]


def blocks(handout: Handout, kind: type) -> list[Any]:
    return [block for part in handout.sections for block in part.blocks if isinstance(block, kind)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_has_every_part_that_a_patient_needs(
    recorded: dict[str, dict[str, Any]], wording: Wording, language: str
) -> None:
    handout = handout_of(recorded["proceed_with_limits"], wording, language)
    needed = ["now", "week", "hard", "warm_up", "leave_out", "emergency", "stop", "pain"]
    needed += ["contact", "build", "goals", "diary"]
    assert [part for part in needed if part not in sections(handout)] == []
    assert {sentence.language for sentence in sentences(handout)} <= {language, ""}
    assert handout.language == language


def test_each_exercise_has_its_plain_name_its_dose_and_its_steps(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    decision = recorded["proceed_with_limits"]
    handout = handout_of(decision, wording, "en")
    moves = {move.exercise: move for move in blocks(handout, Move)}
    planned = [e["id"] for part in decision["plan"]["components"] for e in part["exercises"]]
    assert list(moves) == planned
    rise = moves["R02"]
    assert rise.name.text == "Stand up from a chair without your hands, then sit down"
    assert [sentence.text for sentence in rise.amount] == [
        "Do it 8 to 12 times.",
        "Do it on 2 days a week.",
    ]
    assert rise.steps[0].text.startswith("Easier: Stand up from a high chair")
    assert rise.steps[1].text.startswith("Harder, when your clinician says so: ")


def test_the_scale_and_the_heart_rate_are_those_of_the_decision(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    handout = handout_of(recorded["proceed_with_limits"], wording, "en")
    (scale,) = blocks(handout, Scale)
    assert [number for number in range(11) if scale.means(number)] == [2, 3, 4, 5]
    assert "Keep your heart rate at 95 to 105 beats a minute." in said(handout, "hard")


def test_without_a_heart_rate_target_none_is_told(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    decision = recorded["proceed"]
    plan = decision["plan"]
    bare = [
        {**part, "intensity": {**part["intensity"], "hr_bpm": None, "hr_ceiling_bpm": None}}
        for part in plan["components"]
    ]
    handout = handout_of({**decision, "plan": {**plan, "components": bare}}, wording, "en")
    assert [text for text in said(handout, "hard") if "heart rate" in text] == []
    assert blocks(handout, Scale) != []


def test_the_diary_has_a_row_for_each_exercise_and_a_column_for_each_day(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    handout = handout_of(recorded["proceed"], wording, "de")
    (week,) = blocks(handout, Week)
    assert week.days == ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
    names = [move.name for move in blocks(handout, Move)]
    assert list(week.rows[:-2]) == list(dict.fromkeys(names))


def test_what_is_left_out_comes_with_what_the_plan_offers_instead(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    handout = handout_of(recorded["proceed_with_limits"], wording, "en")
    points = said(handout, "leave_out")
    flexion = [text for text in points if text.startswith("Do not bend your back forward with")]
    assert len(flexion) == 1
    assert "You can do this: Bend at your hips with a stick along your back" in flexion[0]
    assert points[-1] == "Do the exercises on this page instead."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NO_PLAN)
def test_without_a_plan_there_is_nothing_to_do(
    recorded: dict[str, dict[str, Any]], wording: Wording, kind: str, language: str
) -> None:
    handout = handout_of(recorded[kind], wording, language)
    assert set(sections(handout)) & set(EXERCISE) == set()
    assert (blocks(handout, Move), blocks(handout, Scale), blocks(handout, Week)) == ([], [], [])
    assert handout.sections[0].urgent
    assert handout.title.id == "title.none"


def test_each_kind_of_no_says_what_happens_instead(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    first = {kind: said(handout_of(recorded[kind], wording, "en"), "now") for kind in NO_PLAN}
    assert first["emergency"] == [
        "This may be an emergency. Do not exercise. Call the emergency number now."
    ]
    assert first["insufficient_data"][0].startswith("We need to know more about you first.")
    assert first["hold_today"] == [
        "Do not exercise today.",
        "You can start again when this is true. Check with your clinician if you are not sure.",
        "Your blood pressure at rest is back down to the level that your clinician gave you.",
    ]


def test_a_plan_after_clearance_is_not_begun_before_it(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    handout = handout_of(recorded["clearance_first"], wording, "en")
    now = handout.sections[0]
    assert now.urgent
    assert said(handout, "now")[0].startswith("Do not start yet. See your doctor first.")
    bare = {**recorded["clearance_first"], "plan": None}
    alone = handout_of(bare, wording, "en")
    assert set(sections(alone)) & set(EXERCISE) == set()
    assert said(alone, "now")[0].startswith("See your doctor first.")


def test_a_plan_under_a_stop_is_read_as_nothing_to_do(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    """No record says so; if one ever did, the disposition would outrank its plan."""
    plan = recorded["proceed"]["plan"]
    for kind in (*NO_PLAN, "do_not_exercise", "of a later version"):
        handout = handout_of({**recorded["proceed"], "disposition": kind}, wording, "en")
        assert plan["components"]
        assert set(sections(handout)) & set(EXERCISE) == set()


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("stop", "Do not exercise today."), ("go_easier", "Take it easier today than the plan says.")],
)
def test_the_session_of_today_outranks_the_plan_of_the_week(
    recorded: dict[str, dict[str, Any]], wording: Wording, verdict: str, words: str
) -> None:
    handout = handout_of({**recorded["proceed"], "session": {"verdict": verdict}}, wording, "en")
    assert said(handout, "now")[0].startswith(words)
    assert handout.sections[0].urgent


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_stands_on_every_handout(
    recorded: dict[str, dict[str, Any]], wording: Wording, language: str
) -> None:
    for decision in recorded.values():
        handout = handout_of(decision, wording, language)
        notices = [sentence.id for sentence in handout.notice.sentences]
        assert notices[:2] == ["notice.sign_off", "notice.check"]
        assert ("notice.translation" in notices) == (language != "en")
        assert ID in text_of(handout)


def test_what_has_no_plain_words_is_the_clinicians_and_never_jargon(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    decision = recorded["proceed"]
    jargon = "Isokinetic zygapophyseal mobilisation"
    exercise = {"id": "Z99", "name": jargon, "dose": jargon, "cautions": [jargon]}
    part = {"modality": "new_kind", "exercises": [exercise], "type": jargon, "progression": jargon}
    finding = {
        "scope": {"type": "movement", "code": "AV_NEW"},
        "action": "avoid",
        "kind": "precaution",
        "message": jargon,
    }
    handout = handout_of(
        {
            **decision,
            "plan": {**decision["plan"], "components": [part]},
            "contraindications": [finding],
            "education": [{"message": jargon}],
        },
        wording,
        "en",
    )
    assert jargon not in text_of(handout)
    (move,) = blocks(handout, Move)
    assert move.name.text == "Ask your clinician about this item."
    assert move.amount[0].text == "Ask your clinician how much to do."
    assert "Ask your clinician about this item." in said(handout, "leave_out")
    assert said(handout, "more") == [
        "There are more points just for you. Ask your clinician about them before you start."
    ]


def test_a_stop_sign_without_plain_words_is_printed_as_it_stands(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    quiet, loud = "Stop when the moon is blue.", "Call the emergency number at a red moon."
    stops = [*recorded["proceed"]["delivery"]["stop_criteria"], {"message": quiet}, loud]
    delivery = {**recorded["proceed"]["delivery"], "stop_criteria": stops}
    handout = handout_of({**recorded["proceed"], "delivery": delivery}, wording, "es")
    assert quiet in said(handout, "stop")
    assert loud in said(handout, "emergency")
    found = [s for s in sentences(handout) if s.text in (quiet, loud)]
    assert [sentence.language for sentence in found] == ["en", "en"]


def test_goals_may_be_texts_or_objects(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    """The patient's own words stay; the service's are told plainly, or not at all."""
    goals = [
        "walk to the shop",
        {"text": "climb two floors", "kind": "own", "measure": "steps", "target": 40},
        {"text": "No further fall", "kind": "safety", "by": "2027-05-23", "unit": "{count}"},
        {
            "text": "Be active for so many minutes",
            "kind": "condition",
            "target": 60,
            "unit": "min/wk",
        },
        {"text": "Peak oxygen uptake", "kind": "condition"},
        7,
    ]
    handout = handout_of({**recorded["proceed"], "goals": goals}, wording, "en")
    assert said(handout, "goals") == [
        "walk to the shop",
        "climb two floors",
        "By May 23, 2027: Do not fall again.",
        "Be active for 60 minutes a week.",
    ]


def test_the_pain_that_is_allowed_stands_first_among_the_rules_for_pain(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    decision = recorded["proceed"]
    plan = {**decision["plan"], "pain_ceiling": {"value": 3.0, "mark": "O"}}
    told = said(handout_of({**decision, "plan": plan}, wording, "en"), "pain")
    assert told[0].startswith("While you move, pain may go up to 3 out of 10.")
    assert told[1].startswith("New sharp pain or joint pain of 5 or more out of 10")


def test_tags_that_the_plan_names_are_left_out_too(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    decision = recorded["proceed"]
    plan = {**decision["plan"], "avoid_tags": [{"tag": "AV_KNEEL", "by": ["knee_oa"]}]}
    handout = handout_of({**decision, "plan": plan}, wording, "en")
    assert "Do not kneel." in said(handout, "leave_out")


def test_a_record_with_nothing_in_it_still_has_a_handout(wording: Wording) -> None:
    handout = handout_of({"plan": [], "delivery": None, "goals": "x"}, wording, "en")
    assert said(handout, "now") == [
        "There is no set plan for you yet. Ask your clinician which exercise fits you."
    ]


def test_whom_the_service_is_not_for_reads_so(
    recorded: dict[str, dict[str, Any]], wording: Wording
) -> None:
    dead = {
        "disposition": "do_not_exercise",
        "summary": "The record says that this person has died. No prescription is given.",
    }
    assert said(handout_of(dead, wording, "en"), "now") == ["There is no exercise plan."]
    child = {
        "disposition": "insufficient_data",
        "summary": "This service covers adults from 18 years. For this person no dose is given; "
        "involve a clinician with experience in that age group.",
    }
    assert said(handout_of(child, wording, "en"), "now") == [
        "These plans are for adults only. Ask your clinician who can help you."
    ]
