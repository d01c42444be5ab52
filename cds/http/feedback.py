"""Feedback as it is answered: one event, or all of a decision with what counts."""

from typing import Any

from cds.audit.store import Store
from cds.feedback.events import Event, decision_of, events_of, final
from cds.model.feedback import FeedbackTerms

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


def _reason(code: str | None, terms: FeedbackTerms) -> Json | None:
    if code is None:
        return None
    return {"system": terms.system, "code": code, "display": terms.reasons.get(code, code)}
