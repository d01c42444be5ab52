"""A made-up record of answers and feedback, and a naive recount of it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import comb
from random import Random
from typing import Any

from cds.audit.chain import Entry
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.errors import ErasedError
from cds.feedback.analytics import Known
from cds.feedback.recording import Desk, record_feedback
from cds.model.feedback import Feedback, FeedbackTerms, Outcome, Source, Target, TargetType

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
SHA = "a" * 64
RATES = {"a.often": 0.6, "a.some": 0.2, "a.rare": 0.02, "a.never": 0.0}
KNOWN = {
    **{id_: Known(f"Title of {id_}", "2", "decision") for id_ in RATES},
    "p.row": Known("A row of check-ins", "1", "follow_up"),
}
Json = dict[str, Any]


def answer(
    fired: Sequence[str],
    at: datetime,
    *,
    kind: str = "decision",
    subject: str | None = None,
    undecided: Sequence[str] = (),
    sha: str = SHA,
    version: str = "2",
) -> Draft:
    """An answer in which these rules fired, and those could not be told."""
    states = [*((id_, "fired") for id_ in fired), *((id_, "unknown") for id_ in undecided)]
    told = [
        {"rule": id_, "state": state, "version": version, "title": f"Title of {id_}"}
        for id_, state in states
    ]
    body = {
        "input": {"subject_id": subject},
        kind: {"disposition": "proceed", "plan": None, "explanations": told},
        "software": "1.0",
    }
    return Draft(kind, body, at, sha, "f" * 64, subject=subject)


def add(store: Store, drafts: Iterator[Draft] | Sequence[Draft]) -> list[str]:
    """Records all of them at once; their ids."""
    with store.turn() as turn:
        return [turn.append(draft).id for draft in drafts]


def busy(store: Store, terms: FeedbackTerms, answers: int, seed: int) -> None:
    """Answers about some people at changing rates, and feedback to a third of them."""
    chance, desk = Random(seed), Desk(store, terms, SHA)
    people = [f"{number:064x}" for number in range(max(3, answers // 8))]
    drafts = [_draft(chance, people, number / answers, number) for number in range(answers)]
    ids = [id_ for id_ in add(store, drafts)]
    decided = [
        (id_, draft) for id_, draft in zip(ids, drafts, strict=True) if draft.kind == "decision"
    ]
    for _ in range(answers // 3):
        id_, draft = chance.choice(decided)
        record_feedback(desk, _feedback(chance, id_, draft, terms), START + timedelta(days=40))


def _draft(chance: Random, people: Sequence[str], along: float, number: int) -> Draft:
    at = START + timedelta(minutes=number)
    subject = chance.choice([None, *people])
    if chance.random() < 0.2:
        fired = ["p.row"] if chance.random() < 0.5 else ["a.often"]
        return answer(fired, at, kind="follow_up", subject=subject, version="1")
    # Half way, one rule stops; another starts.
    rates = {**RATES, "a.some": 0.2 if along < 0.5 else 0.0, "a.gone": 0.4 if along < 0.3 else 0.0}
    fired = [id_ for id_, rate in rates.items() if chance.random() < rate]
    left = [id_ for id_ in rates if id_ not in fired and chance.random() < 0.1]
    version = "1" if along < 0.4 else "2"
    sha = SHA if along > 0.2 else "b" * 64
    return answer(fired, at, subject=subject, undecided=left, version=version, sha=sha)


def _feedback(chance: Random, id_: str, draft: Draft, terms: FeedbackTerms) -> Feedback:
    assert not isinstance(draft.body, str)
    told = [e["rule"] for e in draft.body["decision"]["explanations"]]
    target = Target()
    if told and chance.random() < 0.7:
        target = Target(TargetType.RULE, chance.choice(told))
    at = START + timedelta(days=30, minutes=chance.randrange(60))
    if chance.random() < 0.5:
        return Feedback(id_, Outcome.ACCEPTED, target, at=at)
    reason = chance.choice([*terms.reasons, None])
    return Feedback(id_, Outcome.OVERRIDDEN, target, reason, at=at, source=Source.CDS_HOOKS)


def recount(store: Store) -> Json:
    """What each rule did, counted from the record in the plainest way."""
    bodies: list[tuple[Entry, Json]] = []
    for entry in store.entries():
        try:
            bodies.append((entry, json.loads(store.text_of(entry))))
        except ErasedError:
            continue
    counts: dict[tuple[str, str], Json] = {}
    events = defaultdict(list)
    for entry, body in bodies:
        if entry.kind == "feedback":
            events[body["decision"]].append((body["at"], entry.seq, body))
    for kind in ("decision", "follow_up"):
        answers = [(entry, body) for entry, body in bodies if entry.kind == kind]
        rules = {e["rule"] for _, body in answers for e in body[kind]["explanations"]}
        for rule in rules | {id_ for id_, known in KNOWN.items() if known.kind == kind}:
            counts[kind, rule] = _of_rule(rule, kind, answers, events)
    return {f"{kind} {rule}": found for (kind, rule), found in counts.items()}


def _states(rule: str, kind: str, body: Json) -> list[str]:
    return [e["state"] for e in body[kind]["explanations"] if e["rule"] == rule]


def _of_rule(rule: str, kind: str, answers: Any, events: Any) -> Json:
    fired = [(e, b) for e, b in answers if "fired" in _states(rule, kind, b)]
    subjects = [b["input"]["subject_id"] for _, b in fired if b["input"]["subject_id"]]
    places = [n for n, (e, b) in enumerate(answers) if "fired" in _states(rule, kind, b)]
    versions: Counter[str] = Counter()
    for _, body in fired:
        versions[next(e["version"] for e in body[kind]["explanations"] if e["rule"] == rule)] += 1
    return {
        "answers": len(answers),
        "fires": len(fired),
        "per_100": round(100 * len(fired) / len(answers), 2) if answers else None,
        "undecided": sum("unknown" in _states(rule, kind, b) for _, b in answers),
        "repeats": len(subjects) - len(set(subjects)),
        "last_fired": fired[-1][0].created if fired else None,
        "answers_since": len(answers) - 1 - places[-1] if places else None,
        "versions": dict(versions),
        "feedback": _feedback_to(rule, fired if kind == "decision" else [], len(fired), events),
    }


def _feedback_to(rule: str, fired: Any, fires: int, events: Any) -> Json:
    said: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for entry, _ in fired:
        told = events[entry.id]
        own = [t for t in told if t[2]["target"] == {"type": "rule", "id": rule}]
        whole = [t for t in told if t[2]["target"]["type"] == "decision"]
        if own:
            body = max(own, key=lambda t: t[:2])[2]
            said[body["outcome"]] += 1
            if body["outcome"] == "overridden":
                reasons[body["reason"] or "not_stated"] += 1
        elif whole:
            said[max(whole, key=lambda t: t[:2])[2]["outcome"] + "_with_decision"] += 1
    answered = said["accepted"] + said["overridden"]
    return {
        "accepted": said["accepted"],
        "overridden": said["overridden"],
        "accepted_with_decision": said["accepted_with_decision"],
        "overridden_with_decision": said["overridden_with_decision"],
        "ignored": fires - said.total(),
        "override_rate": round(100 * said["overridden"] / answered, 2) if answered else None,
        "reasons": dict(reasons),
    }


def exact_p(fires: int, of: int, before: int, of_before: int) -> float:
    """Fisher's two-sided p in whole numbers."""
    total, everything = fires + before, of + of_before
    ways = [
        comb(of, split) * comb(of_before, total - split)
        for split in range(max(0, total - of_before), min(total, of) + 1)
    ]
    observed = comb(of, fires) * comb(of_before, before)
    return sum(way for way in ways if way <= observed) / comb(everything, total)
