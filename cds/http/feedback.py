"""Feedback as it is answered: one event, or all of a decision with what counts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cds.audit.store import Store
from cds.feedback.analytics import Counts, Known
from cds.feedback.events import DECISION, Event, decision_of, events_of, final
from cds.feedback.export import Row
from cds.feedback.tally import FOLLOW_UP
from cds.http.service import DecisionService
from cds.model.decision import as_json
from cds.model.feedback import FeedbackTerms
from cds.rules.base import CHECK_IN_STAGES

Json = dict[str, Any]


def event_view(event: Event, terms: FeedbackTerms) -> Json:
    """One event; a comment that was not kept is said to be so."""
    view = outcome_view(event, terms)
    kept = terms.comment_kept if event.comment is not None else terms.comment_not_kept
    return {
        "id": event.receipt.id,
        "created": event.receipt.created,
        "decision": event.decision,
        **view,
        "comment": event.comment,
        "comment_note": kept if event.comment_given else None,
        "user": event.user,
        "location": event.location,
        "source": event.source.value,
        "suggestions": list(event.suggestions),
        "receipt": {"sequence": event.receipt.sequence, "hash": event.receipt.hash},
    }


def outcome_view(event: Event, terms: FeedbackTerms) -> Json:
    """What was answered to what, and when."""
    return {
        "target": {
            "type": event.target.type.value,
            "id": event.target.id,
            "title": event.title,
            "version": event.version,
        },
        "outcome": event.outcome.value,
        "reason": _reason(event.reason, terms),
        "at": event.at.isoformat(),
    }


def feedback_view(store: Store, id: str, terms: FeedbackTerms) -> Json | None:
    """All feedback to a decision, and the outcome that counts for each target; None without one.

    Raises: ErasedError, AuditError.
    """
    entry = decision_of(store, id)
    if entry is None:
        return None
    store.text_of(entry)  # what was erased is said to be so
    events = events_of(store, entry)
    return {
        "decision": id,
        "events": [event_view(event, terms) for event in events],
        "final": [
            {**outcome_view(event, terms), "event": event.receipt.id}
            for event in final(events).values()
        ],
    }


def analytics_view(counts: Counts, store: Store, service: DecisionService) -> Json:
    """Every rule: how often it fired, what was answered, and what asks for a look.

    Raises: AuditError.
    """
    watching = service.feedback.watching
    known = known_rules(service.rules())
    found = counts.analytics(store, known, service.knowledge_sha256, watching)
    view: Json = as_json(found)
    view["watching"] = {
        name: value for name, value in as_json(watching).items() if name != "warnings"
    }
    return view


def export_view(rows: Sequence[Row], terms: FeedbackTerms) -> Json:
    """The export as JSON."""
    return {"reason_system": terms.system, "feedback": list(rows)}


def known_rules(rules: Iterable[Mapping[str, Any]]) -> Mapping[str, Known]:
    """The rules in use, as they are listed, by what they are heard for."""
    return {
        rule["id"]: Known(
            rule["title"],
            rule["version"],
            FOLLOW_UP if rule["stage"] in CHECK_IN_STAGES else DECISION,
        )
        for rule in rules
    }


def _reason(code: str | None, terms: FeedbackTerms) -> Json | None:
    if code is None:
        return None
    return {"system": terms.system, "code": code, "display": terms.reasons.get(code, code)}
