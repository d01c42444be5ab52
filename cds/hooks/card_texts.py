"""What each kind of card tells of a decision, and what it offers to take over."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from cds.ehr.gathering import Gap
from cds.hooks.markdown import escape, section
from cds.hooks.orders import Draft
from cds.hooks.suggestions import plan_suggestion, referral_suggestion, removals
from cds.model.hooks import CardTopic, HookTables

Json = Mapping[str, Any]
_OPEN = frozenset({"proceed", "proceed_with_limits"})
_AGAINST = frozenset({"block", "insufficient_data"})


class View(Struct, frozen=True):
    """One recorded decision with what came with the call.

    `names` are the words for ids. `resources` are what a clinician may take over: the plan with its
    order and goals, and one request for each referral in their order. `quiet` says that nothing is
    advised for this person; `weekly_minutes` of activity are None where they are not recorded.
    """

    decision: Json
    tables: HookTables
    names: Mapping[str, str]
    gaps: tuple[Gap, ...]
    drafts: tuple[Draft, ...]
    resources: Sequence[Json]
    quiet: bool
    weekly_minutes: float | None

    @property
    def words(self) -> Mapping[str, str]:
        """The words of cards."""
        return self.tables.words

    def asked(self, draft: Draft) -> list[Json]:
        """The verdicts on what a draft asks for."""
        return [verdict for verdict in self.decision["requested"] if draft.names(verdict)]

    def listed(self, heading: str, lines: Iterable[str]) -> str:
        """A list under a heading, as long as a card bears; what is left out is counted."""
        told = tuple(dict.fromkeys(lines))
        shown = told[: self.tables.listed]
        left = len(told) - len(shown)
        more = (self.words["more"].format(count=left),) if left else ()
        return section(self.words[heading], (*shown, *more))


class Told(Struct, frozen=True):
    """One card: Markdown sections, closing sentences, and what stands in its summary."""

    sections: tuple[str, ...]
    first: str = ""
    count: int = 0
    suggestions: tuple[Json, ...] = ()
    closing: tuple[str, ...] = ()


def _verdict(_: CardTopic, view: View) -> Told:
    return Told((_summary(view), _findings(view), _referrals(view)), closing=_caveats(view))


def _gaps(_: CardTopic, view: View) -> Told | None:
    if not view.gaps:
        return None
    words = view.words
    lines = (words["gap"].format(label=g.label, why=words[f"gap.{g.state}"]) for g in view.gaps)
    return Told((view.listed("gaps", lines), escape(words["gaps.meaning"])))


def _conflict(_: CardTopic, view: View) -> Told | None:
    """Drafts that something stands against; without leave to exercise that is every draft."""
    closed = view.decision["disposition"] not in _OPEN
    against = [
        draft
        for draft in view.drafts
        if closed or any(v["verdict"] in _AGAINST for v in view.asked(draft))
    ]
    if not against:
        return None
    asked = [v for draft in against for v in view.asked(draft) if v["verdict"] in _AGAINST]
    first = view.decision["summary"] if closed or not asked else _outcome(asked[0], view)
    lines = (_order(draft, verdict, view) for draft in against for verdict in view.asked(draft))
    unspecific = (draft for draft in against if not view.asked(draft))
    nameless = (draft.name or view.words["draft"] for draft in unspecific)
    plan = () if view.gaps else plan_suggestion(view.resources, view.words)
    return Told(
        (
            _summary(view) if closed else "",
            view.listed("orders", (*lines, *nameless)),
            _findings(view) if closed else "",
        ),
        first=first,
        count=len(against),
        suggestions=(*plan, *removals(against, view.words)),
        closing=_caveats(view),
    )


def _limits(_: CardTopic, view: View) -> Told | None:
    """Drafts that are possible, where there are limits to keep to."""
    limited = view.decision["disposition"] == "proceed_with_limits"
    verdicts = [(draft, view.asked(draft)) for draft in view.drafts]
    if not verdicts or any(v["verdict"] in _AGAINST for _, asked in verdicts for v in asked):
        return None
    kept = [(d, v) for d, asked in verdicts for v in asked if v["verdict"] != "allow"]
    if not kept and not limited:
        return None
    lines = (_order(draft, verdict, view) for draft, verdict in kept)
    sections = (view.listed("orders", lines), _effort(view), _findings(view))
    return Told(sections, count=len(verdicts), closing=_caveats(view))


def _told_referrals(topic: CardTopic, view: View) -> Told | None:
    referrals: list[Json] = view.decision["referrals"]
    held = [
        number
        for number, referral in enumerate(referrals)
        if referral["urgency"] in topic.urgencies or referral["to"] in topic.teams
    ]
    if not held:
        return None
    suggested = tuple(
        referral_suggestion(referrals, number, view.resources, view.words, view.tables.teams)
        for number in held
    )
    lines = [_referral(referrals[number], view) for number in held]
    return Told(
        (view.listed("referrals", lines), _findings(view)),
        first=lines[0],
        count=len(held),
        suggestions=tuple(suggestion for found in suggested for suggestion in found),
        closing=_caveats(view),
    )


def _plan(_: CardTopic, view: View) -> Told | None:
    if view.decision["plan"] is None:
        return None
    components = (_component(part, view) for part in view.decision["plan"]["components"])
    sections = (view.listed("dose", components), _effort(view), _findings(view))
    suggestions = plan_suggestion(view.resources, view.words)
    return Told(sections, suggestions=suggestions, closing=_caveats(view))


def _questions(_: CardTopic, view: View) -> Told | None:
    """Nobody is asked about a person of whom nothing was found that exercise has to do with."""
    decision = view.decision
    inactive = tuple(_activity(view))
    if not (decision["contraindications"] or decision["referrals"] or inactive):
        return None
    asked = [entry["question"] for entry in decision["missing"]]
    lists = (view.listed("questions", asked), _findings(view), _referrals(view))
    sections = (*map(escape, inactive), *lists)
    return Told(sections, count=len(asked), closing=_caveats(view))


TOLD: Mapping[str, Callable[[CardTopic, View], Told | None]] = {
    "verdict": _verdict,
    "gaps": _gaps,
    "conflict": _conflict,
    "limits": _limits,
    "referrals": _told_referrals,
    "plan": _plan,
    "questions": _questions,
}


def _summary(view: View) -> str:
    return escape(view.decision["summary"])


def _findings(view: View) -> str:
    """Each message once, with the title of the rule that says it."""
    titles = {entry["rule"]: entry["title"] for entry in view.decision["explanations"]}
    first: dict[str, str] = {}
    for found in view.decision["contraindications"]:
        say = view.words["finding_unknown" if found["state"] == "unknown" else "finding"]
        title = titles.get(found["id"], found["id"])
        first.setdefault(found["message"], say.format(message=found["message"], title=title))
    return view.listed("findings", first.values())


def _referrals(view: View) -> str:
    return view.listed("referrals", (_referral(r, view) for r in view.decision["referrals"]))


def _referral(referral: Json, view: View) -> str:
    to = view.tables.teams.get(referral["to"], referral["to"])
    words = {"to": to, "urgency": referral["urgency"], "reason": referral["reason"]}
    return view.words["referral"].format(**words)


def _order(draft: Draft, verdict: Json, view: View) -> str:
    words, names = view.words, view.names
    reasons = " ".join(verdict["reasons"])
    told = " ".join(filter(None, (_outcome(verdict, view), reasons)))
    line = words["order"].format(order=draft.name or words["draft"], asked=told)
    remains = ", ".join(names.get(one, one) for one in verdict["alternatives"])
    instead = words["instead"].format(alternatives=remains) if remains else ""
    return " ".join(filter(None, (line, instead)))


def _outcome(verdict: Json, view: View) -> str:
    name = view.names.get(verdict["code"], verdict["code"])
    return view.words[f"order.{verdict['verdict']}"].format(asked=name)


def _component(part: Json, view: View) -> str:
    modality = view.names.get(part["modality"], part["modality"])
    frequency = _range(part["frequency"], view)
    if part["time_min"] is None:
        return view.words["component_plain"].format(modality=modality, frequency=frequency)
    time = _range(part["time_min"], view)
    return view.words["component"].format(modality=modality, frequency=frequency, time=time)


def _range(pair: Sequence[float], view: View) -> str:
    low, high = pair
    return f"{low:g}" if low == high else view.words["range"].format(low=low, high=high)


def _effort(view: View) -> str:
    medicines = (entry["label"] for entry in view.decision["medications"])
    told = (view.listed("limits", _effort_lines(view)), view.listed("medicines", medicines))
    return "\n\n".join(filter(None, told))


def _effort_lines(view: View) -> Iterator[str]:
    aerobic = view.decision["intensity"]["aerobic"]
    for name, pair in (("heart_rate", aerobic["hr_bpm"]), ("exertion", aerobic["rpe_6_20"])):
        if pair is not None:
            yield view.words[name].format(low=pair[0], high=pair[1])
    if aerobic["hr_ceiling_bpm"] is not None:
        yield view.words["ceiling"].format(value=aerobic["hr_ceiling_bpm"])
    yield from (note["message"] for note in view.decision["intensity"]["notes"])


def _activity(view: View) -> Iterator[str]:
    minutes, least = view.weekly_minutes, view.tables.activity.least
    if minutes is not None and minutes < least:
        yield view.words["activity"].format(minutes=minutes, least=least)


def _caveats(view: View) -> tuple[str, ...]:
    """What was not understood, and what was taken as given."""
    unread = sum(entry["may_matter"] for entry in view.decision["unmapped"])
    assumed = len(view.decision["assumptions"])
    counted = (("unmapped", unread), ("assumed", assumed))
    return tuple(view.words[name].format(count=count) for name, count in counted if count)
