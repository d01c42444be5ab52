"""Loads the whole knowledge: all of it sound, or every problem at once."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from cds.errors import LoadError, Location
from cds.knowledge.audiences_file import load_audiences
from cds.knowledge.audit_events_file import load_audit_events
from cds.knowledge.base import Knowledge
from cds.knowledge.care_files import load_teaching, load_team
from cds.knowledge.catalogue_files import load_catalogue
from cds.knowledge.changes_file import load_changes
from cds.knowledge.citation_files import load_evidence
from cds.knowledge.code_checks import check_fact_codes
from cds.knowledge.delivery_files import Names, load_delivery
from cds.knowledge.derivation_file import load_derivations
from cds.knowledge.documents import Problems
from cds.knowledge.feedback_file import load_feedback
from cds.knowledge.fhir_codes_file import load_fhir_codes
from cds.knowledge.files import content_hash
from cds.knowledge.goals_file import load_goals
from cds.knowledge.governance_files import load_intended_use, load_source_attributes
from cds.knowledge.hiit_protocols import load_hiit_protocols
from cds.knowledge.hooks_file import Known as HookNames
from cds.knowledge.hooks_file import load_hooks
from cds.knowledge.intensity_files import load_intensity
from cds.knowledge.medication_effects import load_medication_effects
from cds.knowledge.names_file import load_names
from cds.knowledge.policy import Policy, policy_facts
from cds.knowledge.policy_files import load_policies
from cds.knowledge.procedure_labels import load_procedures
from cds.knowledge.profile_files import load_profiles
from cds.knowledge.profile_table import ProfileTable
from cds.knowledge.profile_texts import Known
from cds.knowledge.progression_file import load_progression_order
from cds.knowledge.sentences import load_messages
from cds.knowledge.soft_conflicts import load_conflicts
from cds.knowledge.terminology import Terminology
from cds.knowledge.unit_file import check_units
from cds.knowledge.value_sets import load_terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.knowledge.vocabulary_files import load_vocabulary
from cds.knowledge.wording_files import load_wording
from cds.model.formula import IntensityKnowledge

_QUESTIONS = {
    "condition": "Does the person have: {label}?",
    "medication": "Does the person take: {label}?",
    "procedure": "Has the person had: {label}?",
}


def load_knowledge(root: Path, problems: Problems) -> Knowledge | None:
    """The knowledge under `root`/knowledge, or None when problems were noted."""
    check_units(root, problems)
    procedures = load_procedures(root, problems)
    terminology = load_terminology(root, problems, procedures)
    catalogue = load_catalogue(root, problems)
    policies = load_policies(root, problems)
    intensity = _intensity(root, problems)
    before = len(problems.found)
    facts = load_vocabulary(root, problems)
    whole = facts if len(problems.found) == before else None
    citations = load_evidence(root, problems)
    known = Known(tuple(catalogue.tags), citations, whole, catalogue.movements)
    profiles = load_profiles(root, known, problems)
    names, messages = load_names(root, problems), load_messages(root, problems)
    progression = load_progression_order(root, problems)
    changes, audiences = load_changes(root, whole, problems), load_audiences(root, problems)
    wording = load_wording(root, catalogue, problems)
    team, teaching = load_team(root, names.teams, problems), load_teaching(root, problems)
    fhir_codes = load_fhir_codes(root, terminology, problems)
    audit_events = load_audit_events(root, problems)
    if terminology is None or profiles is None or intensity is None or fhir_codes is None:
        load_conflicts(root, None, problems)
        return None
    check_fact_codes(facts, terminology, problems)
    vocabulary, members = _vocabulary(facts, terminology, profiles, policies)
    conflicts, routes = load_conflicts(root, {*vocabulary, *profiles.profiles}, problems)
    effects = load_medication_effects(root, terminology.medications, citations, problems)
    hiit = load_hiit_protocols(root, vocabulary, citations, problems)
    goals = load_goals(root, vocabulary, citations, profiles.profiles, problems)
    delivery = load_delivery(root, Names(vocabulary, profiles.profiles, citations), problems)
    feedback = load_feedback(root, problems)
    named = HookNames(
        vocabulary, profiles.constants, names, citations, feedback.reasons, catalogue.meant_by
    )
    hooks = load_hooks(root, named, problems)
    if hiit is None or goals is None or team is None or teaching is None or delivery is None:
        return None
    if hooks is None or audit_events is None:
        return None
    return Knowledge(
        vocabulary=vocabulary,
        terminology=terminology,
        policies=policies,
        citations=citations,
        catalogue=catalogue,
        profiles=replace(profiles, conflicts=conflicts, routes=routes),
        intensity=intensity,
        hiit=hiit,
        delivery=delivery,
        medication_effects=effects,
        derivations=load_derivations(root, vocabulary, problems),
        fhir_codes=fhir_codes,
        audit_events=audit_events,
        names=names,
        goals=goals,
        team=team,
        teaching=teaching,
        progression=progression,
        changes=changes,
        audiences=audiences,
        hooks=hooks,
        feedback=feedback,
        intended_use=load_intended_use(root, problems),
        source_attributes=load_source_attributes(root, whole, problems),
        messages=messages,
        wording=wording,
        members=_ids(members),
        sha256=content_hash(root),
    )


def _vocabulary(
    facts: Vocabulary,
    terminology: Terminology,
    profiles: ProfileTable,
    policies: Mapping[str, Policy],
) -> tuple[Vocabulary, Mapping[str, Mapping[str, str]]]:
    """The facts with one flag for each member of a list, and the lists with their labels."""
    labels = {profile.id: profile.name for profile in profiles.profiles.values()}
    members = {
        "condition": {**labels, **terminology.conditions},
        "medication": dict(terminology.medications),
        "procedure": dict(terminology.procedures),
    }
    vocabulary = facts.with_facts(policy_facts(policies.values()))
    for namespace, found in members.items():
        vocabulary = vocabulary.with_members(namespace, found, _QUESTIONS[namespace])
    return vocabulary, members


def _intensity(root: Path, problems: Problems) -> IntensityKnowledge | None:
    try:
        return load_intensity(root / "knowledge")
    except LoadError as error:
        for problem in error.problems:
            place = problem.location or Location(".", 1)
            problems.add(problem.message, Location(f"knowledge/{place.path}", place.line))
        return None


def _ids(members: Mapping[str, Mapping[str, str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({name: tuple(sorted(found)) for name, found in members.items()})
