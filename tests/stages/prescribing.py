"""What the tests of merging and planning share: the knowledge as shipped, and small cases."""

import os
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec.structs import replace

import cds
from cds.knowledge.catalogue import Catalogue
from cds.knowledge.catalogue_files import load_catalogue
from cds.knowledge.citation_files import load_evidence
from cds.knowledge.documents import Problems
from cds.knowledge.profile_files import load_profiles
from cds.knowledge.profile_table import ProfileTable
from cds.knowledge.profile_texts import Known
from cds.knowledge.sentences import load_messages
from cds.knowledge.soft_conflicts import load_conflicts
from cds.knowledge.vocabulary_files import load_vocabulary
from cds.model.case import Case, Fact, FactValue
from cds.model.dose import MergedDose, Span
from cds.model.plan import Plan, Preferences
from cds.stages.active_profiles import active_profiles
from cds.stages.healing import held_stages
from cds.stages.phase_dose import find_phase, merge_dose
from cds.stages.prescription import PlanInputs, build_plan, prepare_scene
from cds.stages.scene import Scene

PACKAGE = Path(cds.__file__).parent
DATA = PACKAGE.parent / "tests" / "data"
SHARED = Path(os.environ.get("CDS_SHARED", PACKAGE.parent.parent / "shared"))
TODAY = date(2026, 11, 22)
NO_SHARED = "the reference material is absent; set CDS_SHARED to its directory"


@cache
def catalogue() -> Catalogue:
    """The catalogue as shipped."""
    problems = Problems()
    loaded = load_catalogue(PACKAGE, problems)
    assert [str(problem) for problem in problems.found] == []
    return loaded


@cache
def profiles() -> ProfileTable:
    """The profiles as shipped."""
    problems = Problems()
    found = catalogue()
    known = Known(
        tuple(found.tags),
        load_evidence(PACKAGE, problems),
        load_vocabulary(PACKAGE, problems),
        found.movements,
    )
    loaded = load_profiles(PACKAGE, known, problems)
    assert [str(problem) for problem in problems.found] == []
    assert loaded is not None
    conflicts, routes = load_conflicts(PACKAGE, loaded.profiles, Problems())
    return replace(loaded, conflicts=conflicts, routes=routes)


@cache
def messages() -> MappingProxyType[str, str]:
    """The sentences as shipped."""
    return MappingProxyType(dict(load_messages(PACKAGE, Problems())))


def build_case(conditions: tuple[str, ...] = (), **facts: FactValue) -> Case:
    """A case with these conditions and facts."""
    values = {**{f"condition.{c}": True for c in conditions}, **facts}
    return Case(TODAY, MappingProxyType({n: Fact(n, v) for n, v in values.items()}))


class Prescribed(NamedTuple):
    """A plan with what it was built from."""

    case: Case
    dose: MergedDose
    scene: Scene
    plan: Plan


def prescribe(
    case: Case,
    preferences: Preferences | None = None,
    phase: str | None = None,
    **inputs: Any,
) -> Prescribed:
    """The plan of a case."""
    uses = active_profiles(case, profiles())
    held = held_stages(case, uses, profiles())
    phase = phase or find_phase(case, clearance_pending=False, held=held)
    dose = merge_dose(uses, phase, profiles(), held)
    assert dose is not None
    given = {"rule_tags": {}, "held": held, **inputs}
    whole = PlanInputs(case, uses, dose, preferences=preferences or Preferences(), **given)
    scene = prepare_scene(whole, catalogue(), profiles())
    return Prescribed(case, dose, scene, build_plan(whole, scene, profiles(), messages()))


def pair(span: Span) -> list[float]:
    """The bare numbers of a span, as the cases write them."""
    return [span.low.value, span.high.value]
