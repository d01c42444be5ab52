"""A rule as JSON: what it says, and where it comes from."""

from collections.abc import Mapping
from typing import Any

from cds.knowledge.citations import Citation
from cds.model.condition import All, AtLeast, Condition, Leaf
from cds.model.condition import Any as AnyOf
from cds.model.decision import as_json
from cds.model.rule import Evidence, Rule

Json = dict[str, Any]


def short_view(rule: Rule) -> Json:
    """The rule in a list."""
    return {
        "id": rule.id,
        "title": rule.title,
        "stage": rule.stage,
        "topic": rule.topic.topic,
        "version": rule.version,
        "clinical_sign_off": rule.topic.clinical_sign_off,
    }


def full_view(rule: Rule, citations: Mapping[str, Citation], attributes: Json) -> Json:
    """The whole rule with its source attributes."""
    return {
        **short_view(rule),
        "status": rule.topic.status,
        "reference": list(rule.reference),
        "use": rule.topic.use,
        "misuse": rule.topic.misuse,
        "because": rule.because,
        "limitations": rule.limitations,
        "if_unknown": rule.if_unknown.value,
        "when": condition_view(rule.when),
        "then": [{"effect": type(e).__name__, **as_json(e)} for e in rule.then],
        "evidence": [_evidence_view(evidence, citations) for evidence in rule.evidence],
        "source_attributes": attributes,
        "review_due": rule.topic.review_due.isoformat(),
        "sha256": rule.sha256,
    }


def condition_view(condition: Condition) -> Json:
    """The condition as nested groups and tests."""
    if isinstance(condition, Leaf):
        view = {"fact": condition.fact, "test": condition.test.value}
        operand = {"value": as_json(condition.value), "unit": condition.unit}
        return view | {key: value for key, value in operand.items() if value is not None}
    parts = [condition_view(part) for part in condition.parts]
    if isinstance(condition, AtLeast):
        return {"at_least_n": {"n": condition.count, "of": parts}}
    assert isinstance(condition, (All, AnyOf))
    return {"all" if isinstance(condition, All) else "any": parts}


def citation_view(citation: Citation) -> Json:
    """One citation."""
    view: Json = as_json(citation)
    return view


def _evidence_view(evidence: Evidence, citations: Mapping[str, Citation]) -> Json:
    citation = citations[evidence.citation]
    return {**as_json(evidence), "text": citation.text, "url": citation.url}
