"""Decisions for somebody healthy of 45 years, with a few departures."""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.decide import decide
from cds.model.answer import Decision
from cds.model.intake import SubmittedCondition, SubmittedMedication
from cds.service import Service
from tests.properties.people import TODAY, build, healthy

UNKNOWN = object()


def decide_for(
    service: Service,
    conditions: Sequence[str] = (),
    request: Mapping[str, object] | None = None,
    **facts: Any,
) -> Decision:
    """The decision; a fact given as `UNKNOWN` is left out, `medications` are classes."""
    medications = facts.pop("medications", ())
    known = {n: v for n, v in {**healthy(service), **facts}.items() if v is not UNKNOWN}
    intake = build(
        known,
        conditions=tuple(SubmittedCondition(id_) for id_ in conditions),
        medications=tuple(SubmittedMedication(id_) for id_ in medications),
        request=request or {},
    )
    return decide(service, intake, TODAY)
