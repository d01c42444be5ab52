"""Faults of the knowledge as shipped: each edit gives its message, at its line."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cds.knowledge.audiences_file import load_audiences
from cds.knowledge.audit_events_file import load_audit_events
from cds.knowledge.base import Knowledge
from cds.knowledge.care_files import load_teaching, load_team
from cds.knowledge.catalogue_files import load_catalogue
from cds.knowledge.changes_file import load_changes
from cds.knowledge.citation_files import load_evidence
from cds.knowledge.delivery_files import Names, load_delivery
from cds.knowledge.derivation_file import load_derivations
from cds.knowledge.documents import Problems
from cds.knowledge.feedback_file import load_feedback
from cds.knowledge.fhir_codes_file import load_fhir_codes
from cds.knowledge.files import ROOT
from cds.knowledge.goals_file import load_goals
from cds.knowledge.governance_files import load_intended_use, load_source_attributes
from cds.knowledge.hooks_file import Known as HookNames
from cds.knowledge.hooks_file import load_hooks
from cds.knowledge.loader import load_knowledge
from cds.knowledge.names_file import load_names
from cds.knowledge.policy_files import load_policies
from cds.knowledge.procedure_labels import load_procedures
from cds.knowledge.profile_files import load_profiles
from cds.knowledge.profile_texts import Known
from cds.knowledge.sentences import load_messages
from cds.knowledge.soft_conflicts import load_conflicts
from cds.knowledge.unit_file import check_units
from cds.knowledge.value_sets import load_terminology
from cds.knowledge.vocabulary_files import load_vocabulary
from cds.knowledge.wording_files import load_wording
from tests.rules.knowledge_faults import KNOWLEDGE_FAULTS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the knowledge to break and to mend."""
    root = tmp_path_factory.mktemp("knowledge")
    shutil.copytree(ROOT / "knowledge", root / "knowledge", ignore=shutil.ignore_patterns("*.py*"))
    return root


@cache
def _shipped() -> Knowledge:
    knowledge = load_knowledge(ROOT, Problems())
    assert knowledge is not None
    return knowledge


def _load_derivations(root: Path, problems: Problems) -> object:
    """The derivations with the vocabulary as shipped."""
    return load_derivations(root, _shipped().vocabulary, problems)


def _load_delivery(root: Path, problems: Problems) -> object:
    """The delivery with the names as shipped."""
    shipped = _shipped()
    known = Names(shipped.vocabulary, shipped.profiles.profiles, shipped.citations)
    return load_delivery(root, known, problems)


def _load_hooks(root: Path, problems: Problems) -> object:
    """The hooks with the names as shipped."""
    of = _shipped()
    known = HookNames(
        facts=of.vocabulary,
        constants=of.profiles.constants,
        names=of.names,
        citations=of.citations,
        reasons=of.feedback.reasons,
        meant_by=of.catalogue.meant_by,
    )
    return load_hooks(root, known, problems)


def _load_changes(root: Path, problems: Problems) -> object:
    return load_changes(root, load_vocabulary(root, problems), problems)


def _load_terminology(root: Path, problems: Problems) -> object:
    return load_terminology(root, problems, load_procedures(root, problems))


def _load_profiles(root: Path, problems: Problems) -> Any:
    catalogue = load_catalogue(root, problems)
    known = Known(
        tuple(catalogue.tags),
        load_evidence(root, problems),
        load_vocabulary(root, problems),
        catalogue.movements,
    )
    names = {*_shipped().vocabulary, *_shipped().profiles.profiles}
    return load_profiles(root, known, problems), load_conflicts(root, names, problems)


def _load_wording(root: Path, problems: Problems) -> object:
    return load_wording(root, load_catalogue(root, problems), problems)


def _load_goals(root: Path, problems: Problems) -> object:
    citations = load_evidence(root, problems)
    return load_goals(
        root,
        load_vocabulary(root, problems),
        citations,
        _load_profiles(root, problems)[0].profiles,
        problems,
    )


# Only what reads the edited file is asked: loading all of it for each fault takes too long.
_LOADERS: dict[str, Callable[[Path, Problems], object]] = {
    "facts": load_vocabulary,
    "policies": load_policies,
    "evidence": load_evidence,
    "procedures.yaml": load_procedures,
    "delivery": _load_delivery,
    "derivations.yaml": _load_derivations,
    "profiles": _load_profiles,
    "exercises": load_catalogue,
    "conditions": _load_terminology,
    "medications": _load_terminology,
    "systems.yaml": _load_terminology,
    "units.yaml": check_units,
    "messages": load_messages,
    "names.yaml": load_names,
    "changes.yaml": _load_changes,
    "audiences.yaml": load_audiences,
    "feedback.yaml": load_feedback,
    "audit_events.yaml": load_audit_events,
    "intended_use.yaml": load_intended_use,
    "source_attributes.yaml": lambda root, problems: load_source_attributes(
        root, load_vocabulary(root, problems), problems
    ),
    "handout": _load_wording,
    "goals.yaml": _load_goals,
    "hooks.yaml": _load_hooks,
    "team.yaml": lambda root, problems: load_team(root, load_names(root, problems).teams, problems),
    "teaching.yaml": load_teaching,
    "fhir_codes.yaml": lambda root, problems: load_fhir_codes(
        root, _shipped().terminology, problems
    ),
}


def _reports(root: Path, file: str) -> list[str]:
    problems = Problems()
    _LOADERS[file.partition("/")[0]](root, problems)
    return [str(problem) for problem in problems.found]


def test_the_knowledge_as_shipped_has_no_fault(place: Path) -> None:
    assert [report for file in _LOADERS for report in _reports(place, file)] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "below", "message"),
    [fault[1:] for fault in KNOWLEDGE_FAULTS],
    ids=[fault[0] for fault in KNOWLEDGE_FAULTS],
)
def test_a_fault_of_the_knowledge_is_told_at_its_line(
    place: Path, file: str, old: str, new: str, below: int, message: str
) -> None:
    path = place / "knowledge" / file
    text = path.read_text(encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1 + below
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    reports = _reports(place, file)
    path.write_text(text, encoding="utf-8")
    told = [report for report in reports if message in report]
    assert [report.split(": ")[0] for report in told] == [f"knowledge/{file}:{line}"], reports[:5]
