"""Each rule in use: how often it fires, what people answered, and what asks for a look."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from cds.audit.store import Store
from cds.feedback.drift import fisher_exact
from cds.feedback.events import DECISION, Event, final
from cds.feedback.tally import KindCount, RuleCount, Tally, up_to_date
from cds.model.feedback import Outcome, TargetType, Watching

#: The reason of an override that names none, as CDS Hooks allows.
NOT_STATED = "not_stated"


class Known(Struct, frozen=True):
    """A rule in use, and the kind of answers that it is heard for."""

    title: str
    version: str
    kind: str


class Warned(Struct, frozen=True):
    """What asks for a look: never_fired, fell_silent or drift, with its figures in a sentence."""

    kind: str
    text: str


class Answered(Struct, frozen=True):
    """What became of the firings of a rule; the first five add up to them.

    Feedback to the rule itself comes before feedback to the whole decision. `override_rate` is a
    percentage of the firings that had feedback of their own; None without any.
    """

    accepted: int
    overridden: int
    accepted_with_decision: int
    overridden_with_decision: int
    ignored: int
    override_rate: float | None
    reasons: Mapping[str, int]


class RuleUse(Struct, frozen=True):
    """One rule in the answers of one kind.

    `per_100` is its rate of fire per 100 answers, `undecided` how often it was asked about,
    `repeats` how often it fired on a subject on whom it had fired before. `version` is None for a
    rule that is no longer in use.
    """

    rule: str
    title: str | None
    version: str | None
    kind: str
    answers: int
    fires: int
    per_100: float | None
    undecided: int
    repeats: int
    last_fired: str | None
    answers_since: int | None
    versions: Mapping[str, int]
    feedback: Answered
    warnings: tuple[Warned, ...]


class Analytics(Struct, frozen=True):
    """All rules up to a record; `answers` by kind, `erased` those that cannot be read any more."""

    up_to: int
    answers: Mapping[str, int]
    erased: int
    rules: tuple[RuleUse, ...]


class Counts:
    """What was counted in this process; only what came since is read for the next question."""

    def __init__(self) -> None:
        self._tally: Tally | None = None
        self._one_at_a_time = threading.Lock()

    def analytics(
        self, store: Store, known: Mapping[str, Known], knowledge_sha256: str, watching: Watching
    ) -> Analytics:
        """Every rule in use or ever heard of, with the feedback to it.

        Raises: AuditError.
        """
        with self._one_at_a_time:
            self._tally = tally = up_to_date(self._tally, store, watching.window)
            rules = _use_of_rules(tally, known, knowledge_sha256, watching)
            answers = {kind: of.answers for kind, of in tally.kinds.items()}
            return Analytics(tally.seq, answers, tally.erased, rules)


class _Said(Struct):
    """The outcomes that count for the firings of one rule."""

    own: Counter[Outcome] = field(default_factory=Counter)
    whole: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


class _Heard(Struct, frozen=True):
    """One rule, how often it spoke, and in how many answers it was heard."""

    id: str
    kind: str
    count: RuleCount
    of: KindCount


def _use_of_rules(
    tally: Tally, known: Mapping[str, Known], knowledge_sha256: str, watching: Watching
) -> tuple[RuleUse, ...]:
    """By kind of answer, and then by id."""
    said = _said(tally.events)
    found = []
    for kind, of in tally.kinds.items():
        native = {id_ for id_, rule in known.items() if rule.kind == kind}
        present = of.by_knowledge[knowledge_sha256]
        for id_ in sorted(native | of.rules.keys()):
            heard = _Heard(id_, kind, of.rules.get(id_) or RuleCount(), of)
            warned = tuple(_warnings(heard, present, watching)) if id_ in native else ()
            # Only decisions are answered to.
            told = said.get(id_) if kind == DECISION else None
            found.append(_use(heard, known.get(id_), told or _Said(), warned))
    return tuple(found)


def _use(heard: _Heard, rule: Known | None, said: _Said, warned: tuple[Warned, ...]) -> RuleUse:
    count, answers = heard.count, heard.of.answers
    return RuleUse(
        rule=heard.id,
        title=rule.title if rule else None,
        version=rule.version if rule else None,
        kind=heard.kind,
        answers=answers,
        fires=count.fires,
        per_100=_percent(count.fires, answers),
        undecided=count.undecided,
        repeats=count.repeats,
        last_fired=count.last,
        answers_since=answers - count.last_answer if count.fires else None,
        versions=dict(sorted(count.versions.items())),
        feedback=_answered(count.fires, said),
        warnings=warned,
    )


def _said(events: Iterable[Event]) -> Mapping[str, _Said]:
    counting = final(events).values()
    own = {(e.decision, e.target.id) for e in counting if e.target.type is TargetType.RULE}
    said: defaultdict[str, _Said] = defaultdict(_Said)
    for event in counting:
        for rule in event.fired:
            if event.target.type is TargetType.RULE:
                said[rule].own[event.outcome] += 1
                if event.outcome is Outcome.OVERRIDDEN:
                    said[rule].reasons[event.reason or NOT_STATED] += 1
            elif (event.decision, rule) not in own:
                said[rule].whole[event.outcome] += 1
    return said


def _answered(fires: int, said: _Said) -> Answered:
    accepted, overridden = said.own[Outcome.ACCEPTED], said.own[Outcome.OVERRIDDEN]
    return Answered(
        accepted=accepted,
        overridden=overridden,
        accepted_with_decision=said.whole[Outcome.ACCEPTED],
        overridden_with_decision=said.whole[Outcome.OVERRIDDEN],
        ignored=fires - said.own.total() - said.whole.total(),
        override_rate=_percent(overridden, accepted + overridden),
        reasons=dict(sorted(said.reasons.items())),
    )


def _warnings(heard: _Heard, present: int, watching: Watching) -> Iterator[Warned]:
    count, say = heard.count, watching.warnings
    if not count.fires:
        if present >= watching.never_fired_after:
            yield Warned("never_fired", say["never_fired"].format(answers=present))
        return
    since = heard.of.answers - count.last_answer
    expected = count.fires / count.last_answer * since
    # A rate of fewer firings than are missed is no rate yet: the first answers would raise alarms.
    if min(count.fires, expected) >= watching.expected_missed:
        text = say["fell_silent"].format(answers=since, expected=expected)
        yield Warned("fell_silent", text)
    yield from _drift(heard, watching)


def _drift(heard: _Heard, watching: Watching) -> Iterator[Warned]:
    """The last answers against all before them, by which they must not be counted twice."""
    window = len(heard.of.recent)
    history = heard.of.answers - window
    if history < watching.least_history:
        return
    now = sum(heard.id in fired for fired in heard.of.recent)
    before = heard.count.fires - now
    p = fisher_exact(now, window, before, history)
    if p < watching.drift_p:
        rates = {"now": 100 * now / window, "before": 100 * before / history}
        text = watching.warnings["drift"].format(answers=window, p=p, **rates)
        yield Warned("drift", text)


def _percent(part: int, of: int) -> float | None:
    return round(100 * part / of, 2) if of else None
