"""Loads the reasons for overriding, and when the firing of a rule asks for a look."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError, fields, validate

from cds.knowledge.documents import Problems
from cds.knowledge.intensity_schema import SourceSchema
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Number, Text, load_documents
from cds.model.feedback import FeedbackTerms, Watching

PATTERN = "knowledge/feedback.yaml"
_CODE = validate.Regexp(r"[a-z][a-z_]{1,40}\Z", error="Write a code in small letters and '_'.")
_NOTHING = FeedbackTerms(
    "", MappingProxyType({}), "", "", 0, Watching(1, 1, 0.5, 1, 1.0, MappingProxyType({}))
)


def _count(low: int = 1) -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=validate.Range(min=low))


def _sentence(**figures: float) -> Text:
    """A sentence that can be filled with these figures, and with no other."""

    def fill(text: str) -> None:
        try:
            text.format(**figures)
        except (KeyError, IndexError, ValueError):
            names = ", ".join(f"{{{name}}}" for name in figures)
            raise ValidationError(f"This cannot be filled in. Only {names} are known.") from None

    return Text(required=True, validate=fill)


class _WarningsSchema(KnowledgeSchema):
    never_fired = _sentence(answers=1)
    fell_silent = _sentence(answers=1, expected=1.0)
    drift = _sentence(answers=1, now=1.0, before=1.0, p=0.5)


class _AnalyticsSchema(KnowledgeSchema):
    window = _count()
    least_history = _count()
    drift_p = Number(required=True, validate=validate.Range(0, 0.5, min_inclusive=False))
    never_fired_after = _count()
    expected_missed = Number(required=True, validate=validate.Range(min=1))
    warnings = fields.Nested(_WarningsSchema(), required=True)


class _Schema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    source = fields.Nested(SourceSchema(), required=True)
    system = Text(required=True)
    reasons = fields.Dict(
        keys=Text(validate=_CODE), values=Text(), required=True, validate=validate.Length(min=1)
    )
    comment_kept = Text(required=True)
    comment_not_kept = Text(required=True)
    clock_tolerance_minutes = _count(0)
    analytics = fields.Nested(_AnalyticsSchema(), required=True)


def load_feedback(root: Path, problems: Problems) -> FeedbackTerms:
    """The terms of `knowledge/feedback.yaml`."""
    for _, _, loaded in load_documents(root, PATTERN, _Schema(), problems):
        return _terms(loaded)
    return _NOTHING


def _terms(loaded: Mapping[str, Any]) -> FeedbackTerms:
    analytics = loaded["analytics"]
    return FeedbackTerms(
        loaded["system"],
        MappingProxyType(dict(loaded["reasons"])),
        loaded["comment_kept"],
        loaded["comment_not_kept"],
        loaded["clock_tolerance_minutes"],
        Watching(**{**analytics, "warnings": MappingProxyType(analytics["warnings"])}),
    )
