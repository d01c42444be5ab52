"""Flags an answer that rests on rules whose review is overdue on the day that it is given.

That day is the clock's, not the day that is decided for: what was not reviewed is not safer for
having been asked about last year. The clock is recorded, so a replay flags the same.
"""

from datetime import date
from typing import TypeVar

from msgspec.structs import replace

from cds.model.answer import Decision, OverdueReview
from cds.model.follow_up import FollowUp
from cds.service import Service

A = TypeVar("A", Decision, FollowUp)


def flag_overdue(answer: A, service: Service, today: date) -> A:
    """The answer, saying since when the review of each rule that shaped it is overdue."""
    if today <= service.first_review:
        return answer
    due = {e.rule: service.rules.rules[e.rule].topic.review_due for e in answer.explanations}
    overdue = tuple(OverdueReview(rule, since) for rule, since in due.items() if since < today)
    if not overdue:
        return answer
    since = {entry.rule: entry.since for entry in overdue}
    said = service.knowledge.messages["notice.overdue"].format(
        count=len(overdue), since=min(since.values()).isoformat()
    )
    return replace(
        answer,
        notice=f"{answer.notice} {said}",
        explanations=tuple(
            replace(e, review_overdue_since=since.get(e.rule)) for e in answer.explanations
        ),
        knowledge=replace(answer.knowledge, overdue=overdue),
    )
