"""Loads the whole knowledge: all of it sound, or every problem at once."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from cds.errors import LoadError, Location
from cds.knowledge.audiences_file import load_audiences
from cds.knowledge.base import Knowledge
from cds.knowledge.catalogue_files import load_catalogue
from cds.knowledge.changes_file import load_changes
from cds.knowledge.citations import load_evidence
from cds.knowledge.derivations import load_derivations
from cds.knowledge.documents import Problems
from cds.knowledge.hiit_protocols import load_hiit_protocols
from cds.knowledge.intensity_files import load_intensity
from cds.knowledge.medication_effects import load_medication_effects
from cds.knowledge.names import load_names
from cds.knowledge.policy import Policy, load_policies, policy_facts
from cds.knowledge.procedure_labels import load_procedures
from cds.knowledge.profile_table import ProfileTable, load_profiles
from cds.knowledge.profile_texts import Known
from cds.knowledge.progression_file import load_progression_order
from cds.knowledge.sentences import load_messages
from cds.knowledge.terminology import Terminology
from cds.knowledge.unit_file import check_units
from cds.knowledge.value_sets import load_terminology
from cds.knowledge.vocabulary import Vocabulary, load_vocabulary
from cds.model.formula import IntensityKnowledge

ROOT = Path(__file__).parent.parent
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
    if terminology is None or profiles is None or intensity is None:
        return None
    vocabulary, members = _vocabulary(facts, terminology, profiles, policies)
    effects = load_medication_effects(root, terminology.medications, citations, problems)
    hiit = load_hiit_protocols(root, vocabulary, citations, problems)
    if hiit is None:
        return None
    return Knowledge(
        vocabulary=vocabulary,
        terminology=terminology,
        policies=policies,
        citations=citations,
        catalogue=catalogue,
        profiles=profiles,
        intensity=intensity,
        hiit=hiit,
        medication_effects=effects,
        derivations=load_derivations(root, vocabulary, problems),
        names=names,
        progression=progression,
        changes=changes,
        audiences=audiences,
        messages=messages,
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


def content_hash(root: Path, *, with_cases: bool = False) -> str:
    """SHA-256 over every knowledge and rule file, by path and content; cases decide nothing."""
    digest = hashlib.sha256()
    files = [p for folder in ("knowledge", "rules") for p in (root / folder).rglob("*")]
    tables = [p for p in files if p.suffix in (".yaml", ".csv")]
    for path in sorted(p for p in tables if with_cases or not p.name.endswith(".cases.yaml")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
