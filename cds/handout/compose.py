"""Composes the handout of a recorded decision."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from cds.handout.document import (
    Blanks,
    Block,
    Handout,
    Points,
    Prose,
    Section,
    Sentence,
    Week,
)
from cds.handout.exercises import exercise_sections, moves_of
from cds.handout.reading import Goal, Json, Told, read_decision
from cds.handout.tongue import Tongue
from cds.model.wording import SOURCE_LANGUAGE, Wording

_STOPS = (("emergency", "stop_sign"), ("stop", "stop_sign"), ("ease", None), ("pain", None))
_NO_PLAN = frozenset(
    {"emergency", "do_not_exercise", "hold_today", "clearance_first", "insufficient_data"}
)


def handout_of(decision: Json, wording: Wording, language: str) -> Handout:
    """The handout; nothing is decided anew, and nothing to do where the decision gives no plan."""
    told, tongue = read_decision(decision), Tongue(wording, language)
    title = "title.none" if told.parts is None else "title.plan"
    notices = ["notice.sign_off", "notice.check"]
    notices += ["notice.translation"] if language != SOURCE_LANGUAGE else []
    return Handout(
        decision=told.id,
        language=language,
        title=tongue.say(title),
        day=tongue.day(told.day),
        blanks=Blanks((tongue.say("label.name"), tongue.say("label.checked_by"))),
        about=Prose((tongue.say("label.made_by"), tongue.say("label.made_from", id=told.id))),
        notice=Prose(tuple(map(tongue.say, notices))),
        sections=tuple(_sections(told, tongue)),
    )


def _sections(told: Told, tongue: Tongue) -> Iterator[Section]:
    yield _now(told, tongue)
    if told.parts is not None:
        yield from exercise_sections(told, tongue)
        yield from _left_out(told, tongue)
    yield from _stops(told, tongue)
    yield _contact(tongue)
    if told.parts is not None:
        yield from _more(told, tongue)
        yield _build(told, tongue)
        yield from _goals(told, tongue)
        yield _diary(told, tongue)


def _now(told: Told, tongue: Tongue) -> Section:
    """What to do now: begin, wait, or what happens instead of exercise."""
    ids = list(_now_ids(told))
    blocks: list[Block] = [Prose(tuple(map(tongue.say, ids)))]
    if told.parts is None and (instead := tongue.plain(told.summary)) is not None:
        blocks = [Prose((instead.sentence,))]
    elif told.disposition == "hold_today":
        blocks += _reopening(told.reopens, tongue)
    urgent = ids != ["now.as_planned"]
    return Section("now", tongue.say("heading.now"), tuple(blocks), urgent=urgent)


def _now_ids(told: Told) -> Iterator[str]:
    if told.parts is None:
        known = told.disposition in _NO_PLAN
        yield f"now.{told.disposition}" if known else "now.no_plan"
        return
    if told.disposition == "clearance_first":
        yield "now.wait"
    if told.session in ("stop", "go_easier"):
        yield f"now.session_{told.session}"
    elif told.disposition != "clearance_first":
        yield "now.as_planned"


def _reopening(reopens: Iterable[str], tongue: Tongue) -> Iterator[Block]:
    """When a held person may start again; all that is not in plain words is the clinician's."""
    ask = tongue.say("reopen.ask")
    plain = [tongue.plain(text) for text in reopens]
    said = [found.sentence if found else ask for found in plain] or [ask]
    yield Prose((tongue.say("now.again"),))
    yield Points(tuple(dict.fromkeys(said)))


def _left_out(told: Told, tongue: Tongue) -> Iterator[Section]:
    points = [_avoid(tag, told, tongue) for tag in told.left_out]
    points += [
        tongue.maybe(f"scope.{scope}.{code}") or tongue.say("item.ask")
        for scope, code in told.scopes
    ]
    if points:
        instead = Prose((tongue.say("item.instead_plan"),))
        blocks = (Points(tuple(dict.fromkeys(points))), instead)
        yield Section("leave_out", tongue.say("heading.leave_out"), blocks)


def _avoid(tag: str, told: Told, tongue: Tongue) -> Sentence:
    """What a tag leaves out, and what of the plan may be done instead."""
    words = tongue.maybe(f"avoid.{tag}")
    if words is None:
        return tongue.say("item.ask")
    names = [tongue.maybe(f"movement.{id}") for id in told.instead.get(tag, ())]
    moves = "; ".join(name.text for name in names if name is not None)
    if not moves:
        return words
    instead = tongue.say("item.instead", moves=moves)
    return replace(words, text=f"{words.text} {instead.text}")


def _stops(told: Told, tongue: Tongue) -> Iterator[Section]:
    """Every stop sign of the decision: in plain words, or as it stands."""
    groups: dict[str, list[Sentence]] = {group: [] for group, _ in _STOPS}
    for clinical in (*told.stops, *told.advice):
        plain = tongue.plain(clinical)
        if plain is not None and plain.group in groups:
            groups[plain.group] += _lines(plain.sentence)
        elif clinical in told.stops:
            groups[_group_of(clinical)].append(tongue.original(clinical))
    if told.parts is not None and told.pain_ceiling is not None:
        limit = tongue.number(told.pain_ceiling)
        groups["pain"].insert(0, tongue.say("pain.ceiling", limit=limit))
    for group, icon in _STOPS:
        if groups[group]:
            points = Points(tuple(dict.fromkeys(groups[group])))
            title = tongue.say(f"heading.{group}")
            yield Section(group, title, (points,), icon=icon, urgent=group in ("emergency", "stop"))


def _lines(sentence: Sentence) -> list[Sentence]:
    """Several signs in one sentence stand on lines of their own."""
    return [replace(sentence, text=line) for line in sentence.text.splitlines()]


def _group_of(clinical: str) -> str:
    return "emergency" if "emergency" in clinical.lower() else "stop"


def _contact(tongue: Tongue) -> Section:
    labels = ("label.emergency_number", "label.clinician_number", "label.next_check_in")
    blanks = Blanks(tuple(map(tongue.say, labels)))
    return Section("contact", tongue.say("heading.contact"), (blanks,), icon="phone")


def _more(told: Told, tongue: Tongue) -> Iterator[Section]:
    said = [tongue.say("more.hiit")] if told.intervals else []
    unsaid = any(tongue.plain(text) is None for text in told.advice)
    said += [tongue.say("more.points")] if told.more or unsaid else []
    if said:
        yield Section("more", tongue.say("heading.more"), (Prose(tuple(said)),))


def _build(told: Told, tongue: Tongue) -> Section:
    kinds = (tongue.maybe(f"build.{part.modality}") for part in told.parts or ())
    points = [tongue.say("build.general"), *(kind for kind in kinds if kind)]
    return Section("build", tongue.say("heading.build"), (Points(tuple(points)),))


def _goals(told: Told, tongue: Tongue) -> Iterator[Section]:
    goals = [said for goal in told.goals if (said := _goal(goal, tongue))]
    if goals:
        yield Section("goals", tongue.say("heading.goals"), (Points(tuple(goals)),))


def _goal(goal: Goal, tongue: Tongue) -> Sentence | None:
    """The person's own words, in whatever language; the service's goals in plain words only."""
    if goal.own:
        return Sentence(goal.text, "")
    if goal.minutes is not None:
        said = tongue.say("target.minutes", minutes=tongue.number(goal.minutes))
    else:
        plain = tongue.plain(goal.text)
        if plain is None:
            return None
        said = plain.sentence
    if goal.by is None:
        return said
    return tongue.say("target.by", day=tongue.day(goal.by), goal=said.text)


def _diary(told: Told, tongue: Tongue) -> Section:
    rows = [*moves_of(told, tongue), tongue.say("diary.effort"), tongue.say("diary.pain")]
    week = Week(
        tongue.say("diary.caption"),
        tongue.say("diary.exercise"),
        tongue.weekdays(),
        tuple(dict.fromkeys(rows)),
    )
    how = Prose((tongue.say("diary.how"),))
    return Section("diary", tongue.say("heading.diary"), (how, week))
