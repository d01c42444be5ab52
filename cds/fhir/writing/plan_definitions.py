"""PlanDefinition: each rule with its condition in words, what it does, and what it rests on."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.fhir.writing.activity_definitions import CALLED, activity_url, referral_id
from cds.fhir.writing.decided import MODULE, SIGN_OFF
from cds.fhir.writing.elements import OURS, Json, coding_of, complete, concept, extension, narrative
from cds.knowledge.base import Knowledge
from cds.knowledge.fact import Coding
from cds.model.condition import Any as AnyOf
from cds.model.condition import AtLeast, Condition, Leaf
from cds.model.effect import Effect, Refer
from cds.model.rule import Evidence, Rule
from cds.rules.base import CHECK_IN_STAGES, STAGES, RuleBase
from cds.rules.effect_words import effect_words

EXERCISE_THERAPY = "exercise-therapy"
_KINDS = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
_RULE = Coding(_KINDS, "eca-rule", "ECA Rule")
_WHOLE = Coding(_KINDS, "clinical-protocol", "Clinical Protocol")
_SENTENCES = ("message", "reason", "resolution", "remedy", "meanwhile", "otherwise")


def fhir_id(rule_id: str) -> str:
    """The id of a rule as FHIR can write it."""
    return rule_id.replace("_", "-")


def canonical(rule: Rule) -> str:
    """The address that Provenance names, with the version."""
    return f"{OURS}:rule:{rule.id}|{rule.version}"


def rule_definition(rule: Rule, knowledge: Knowledge) -> Json:
    """One rule. While its sign-off is pending it is a draft for trial, whatever runs."""
    when = condition_text(rule.when, knowledge)
    said = [*(line for effect in rule.then for line in _sentences(effect)), rule.limitations]
    definition = {
        **_head(fhir_id(rule.id), rule.topic.clinical_sign_off, rule.title, [when, *said]),
        "url": f"{OURS}:rule:{rule.id}",
        "identifier": [{"system": f"{OURS}:rule", "value": rule.id}, *_rows(rule)],
        "version": rule.version,
        "name": _computer_name(rule.id),
        "title": rule.title,
        "type": concept(None, _RULE),
        **_draft(rule.topic.dated.isoformat()),
        "publisher": rule.topic.author,
        "description": rule.because,
        "purpose": rule.topic.description,
        "usage": f"{rule.topic.use} {rule.topic.misuse} {rule.limitations}",
        "lastReviewDate": rule.topic.dated.isoformat(),
        "relatedArtifact": [_artifact(evidence, knowledge) for evidence in rule.evidence],
        "action": [_action(rule, when, knowledge)],
    }
    return _complete(definition)


def whole_definition(rules: RuleBase, version: str, knowledge: Knowledge) -> Json:
    """The module that `$apply` applies: every stage of a decision with its rules."""
    stages = [stage for stage in STAGES if stage not in CHECK_IN_STAGES]
    dated = max(rule.topic.dated for rule in rules).isoformat()
    (sign_off, *_) = sorted({rule.topic.clinical_sign_off for rule in rules})
    definition = {
        **_head(EXERCISE_THERAPY, sign_off, "Exercise therapy", [knowledge.messages["notice"]]),
        "url": MODULE,
        "version": version,
        "name": "ExerciseTherapy",
        "title": "Exercise therapy",
        "type": concept(None, _WHOLE),
        **_draft(dated),
        "description": knowledge.messages["notice"],
        "action": [
            {
                "title": stage,
                "action": [
                    {"title": rule.title, "definitionCanonical": canonical(rule)}
                    for rule in rules.of_stage(stage)
                ],
            }
            for stage in stages
        ],
    }
    return _complete(definition)


def condition_text(condition: Condition, knowledge: Knowledge) -> str:
    """The condition in words, groups in brackets."""
    if isinstance(condition, Leaf):
        label = knowledge.vocabulary[condition.fact].label
        test = condition.test.value.replace("_", " ")
        return f"{label}: {test}{_operand(condition)}"
    parts = "; ".join(condition_text(part, knowledge) for part in condition.parts)
    if isinstance(condition, AtLeast):
        return f"at least {condition.count} of ({parts})"
    return f"{'any' if isinstance(condition, AnyOf) else 'all'} of ({parts})"


def _operand(leaf: Leaf) -> str:
    if leaf.value is None:
        return ""
    if isinstance(leaf.value, tuple):
        return f" {', '.join(leaf.value)}"
    value = leaf.value if isinstance(leaf.value, str) else f"{leaf.value:g}"
    return f" {value} {leaf.unit or ''}".rstrip()


def _head(id_: str, sign_off: str, title: str, lines: Iterable[str]) -> Json:
    return {
        "resourceType": "PlanDefinition",
        "id": id_,
        "text": narrative(title, [*lines, f"Clinical sign-off: {sign_off}."]),
        "extension": [extension(SIGN_OFF, "Code", sign_off)],
    }


def _draft(dated: str) -> Json:
    return {"status": "draft", "experimental": True, "date": dated}


def _rows(rule: Rule) -> Iterator[Json]:
    """The rows of the clinical reference that the rule carries."""
    for row in rule.reference:
        yield {"system": f"{OURS}:reference-row", "value": row}


def _artifact(evidence: Evidence, knowledge: Knowledge) -> Json:
    citation = knowledge.citations[evidence.citation]
    mark = knowledge.messages[f"mark.{evidence.mark.value}"]
    return {
        "type": "citation",
        "label": evidence.citation,
        "display": f"{evidence.locator} ({evidence.mark.value}: {mark})",
        "citation": citation.text,
        "url": citation.url,
    }


def _action(rule: Rule, when: str, knowledge: Knowledge) -> Json:
    facts = (knowledge.vocabulary[name] for name in rule.facts)
    asked = ([coding_of(code) for code in fact.codes] for fact in facts)
    does = "; ".join(effect_words(effect) for effect in rule.then)
    expression = {"language": "text/plain", "expression": when}
    return {
        "title": rule.title,
        "description": f"{does}. While it is unknown: {rule.if_unknown.value}.",
        "textEquivalent": " ".join(line for e in rule.then for line in _sentences(e)),
        "condition": [{"kind": "applicability", "expression": expression}],
        "input": [
            {"type": "Observation", "codeFilter": [{"path": "code", "code": codes}]}
            for codes in asked
            if codes
        ],
        "action": [
            {"title": effect.reason, "definitionCanonical": activity_url(referral_id(effect.to))}
            for effect in rule.then
            if isinstance(effect, Refer) and effect.to != CALLED
        ],
    }


def _sentences(effect: Effect) -> Iterator[str]:
    for name in _SENTENCES:
        if text := getattr(effect, name, None):
            yield text


def _computer_name(id_: str) -> str:
    """FHIR asks for a name that a program could use."""
    return "".join(word.capitalize() for word in id_.replace("-", ".").replace("_", ".").split("."))


def _complete(definition: Mapping[str, Any]) -> Json:
    told: Json = complete(definition)
    return told
