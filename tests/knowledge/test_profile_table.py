"""The FITT-VP profiles: bounds, mapping and constants, as shipped and spoilt."""

import csv
import shutil
from pathlib import Path

import pytest

from cds.knowledge.catalogue_files import load_catalogue
from cds.knowledge.citation_files import load_evidence
from cds.knowledge.documents import Problems
from cds.knowledge.profile_files import load_profiles
from cds.knowledge.profile_table import ProfileTable
from cds.knowledge.profile_texts import Known
from cds.knowledge.vocabulary_files import load_vocabulary

pytestmark = pytest.mark.slow


def load(root: Path, package: Path) -> tuple[ProfileTable | None, list[str]]:
    problems = Problems()
    catalogue = load_catalogue(package, problems)
    known = Known(
        tuple(catalogue.tags),
        load_evidence(package, problems),
        load_vocabulary(package, problems),
        catalogue.movements,
    )
    table = load_profiles(root, known, problems)
    return table, [str(problem) for problem in problems.found]


@pytest.fixture(scope="session")
def table(package: Path) -> ProfileTable:
    loaded, found = load(package, package)
    assert found == []
    assert loaded is not None
    return loaded


@pytest.fixture
def copy(package: Path, tmp_path: Path) -> Path:
    """A copy of the profile files that a test may spoil."""
    shutil.copytree(package / "knowledge" / "profiles", tmp_path / "knowledge" / "profiles")
    return tmp_path


def test_every_bound_of_the_reference_is_there(table: ProfileTable, shared: Path) -> None:
    with (shared / "clinical/prescription/condition_bounds.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(table.bounds) == len(rows) == 106
    for row in rows:
        bounds = table.bounds[row["id"], row["phase"]]
        found = (bounds.hrr_percent, bounds.rpe_6_20, bounds.days, bounds.minutes)
        ranges = [str(int(end)) for r in found for end in (r.low, r.high)]
        names = [f"{n}_{e}" for n in ("hrr", "rpe", "freq", "min") for e in ("lo", "hi")]
        assert ranges == [row[name] for name in names]
        assert sorted(bounds.avoid_tags) == sorted(filter(None, row["avoid_tags"].split(";")))
        assert bounds.protective == (row["protective"] == "Y")
        assert bounds.heart_rate_usable == (row["hr_usable"] == "y")


def test_every_value_set_is_mapped_exactly_once(table: ProfileTable, shared: Path) -> None:
    with (shared / "terminology/conditions.csv").open(newline="") as file:
        value_sets = {row["valueset"] for row in csv.DictReader(file)}
    assert sorted(value_sets - table.conditions.keys()) == []


def test_every_profile_can_be_reached_or_is_named_by_its_own_id(table: ProfileTable) -> None:
    assert {profile for profile, _ in table.bounds} == set(table.profiles)


def test_a_superseding_profile_removes_no_less(table: ProfileTable, package: Path) -> None:
    """Taking the place of a wider profile must not give a movement or an effort back."""
    catalogue = load_catalogue(package, Problems())
    for winner, losers in table.supersedes.items():
        for loser in losers:
            for phase in ("start", "target"):
                narrow, wide = table.bounds[winner, phase], table.bounds[loser, phase]
                removed = set(catalogue.removed_by(narrow.avoid_tags))
                assert removed >= set(catalogue.removed_by(wide.avoid_tags))
                assert narrow.hrr_percent.high <= wide.hrr_percent.high
                assert narrow.rpe_6_20.high <= wide.rpe_6_20.high
                assert narrow.rt_percent.high <= wide.rt_percent.high
                assert narrow.supervision >= wide.supervision


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("bounds.csv", "gen_adult,start,30,45", "gen_adult,start,50,45", "lower bound of 'hrr'"),
        ("bounds.csv", "gen_adult,start,30,45", "gen_adult,start,,45", "'hrr_low' is not a plain"),
        ("bounds.csv", "gen_adult,start", "gen_adult,middle", "'phase' holds a code"),
        ("bounds.csv", "gen_adult,start", "older_adult,start", "stands twice"),
        ("bounds.csv", "gen_adult,start", "generel,start", "bounds without an entry"),
        ("bounds.csv", "gen_adult,start", "ckd,target", "lacks its start or its target row"),
        ("bounds.csv", "AV_PIVOT_JUMP", "AV_PIVOT_JUMPS", "Did you mean 'AV_PIVOT_JUMP'?"),
        ("bounds.csv", "ckd,start,30", "chd,start,30", "'chd' has bounds without an entry"),
        ("texts/bone.yaml", "    weight: 1\n", "    weigth: 1\n", "Did you mean 'weight'?"),
        ("texts/bone.yaml", "- id: osteopenia", "- id: osteopenie", "Did you mean 'osteopenia'?"),
        ("texts/bone.yaml", "- id: osteopenia", "- id: gen_adult", "already has its text at"),
        ("texts/bone.yaml", "[resistance, b", "[resistence, b", "Did you mean 'resistance'?"),
        ("texts/bone.yaml", "citation: liftmor-2018", "citation: liftmor", "would have no source"),
        ("texts/bone.yaml", "mark: V, citation: brooke-wavell-2022}", "mark: V}", "none is cited"),
        ("texts/bone.yaml", "start_exercises: [A04]", "start_exercises: [A4]", "not a movement"),
        ("texts/bone.yaml", "fact: tug", "fact: tugs", "Did you mean 'tug'?"),
        ("texts/bone.yaml", 'suitable: "no"', "suitable: never", "Use one of: yes, conditional"),
        ("texts/general.yaml", "unit: m/s", "unit: km/h", "measured in m/s"),
        ("texts/surgery.yaml", "to_week: 6", "to_week: 5", "does not end where 'loading' begins"),
        ("texts/surgery.yaml", "milestone: {", "mile: {", "The key 'mile' is not known"),
        ("texts/surgery.yaml", "[AV_DEEP_KNEE]", "[AV_DEP_KNEE]", "Did you mean 'AV_DEEP_KNEE'?"),
        (
            "condition_profiles.yaml",
            "asthma: {profile: asthma}",
            "asthma: {profile: astma}",
            "Did you mean 'asthma'?",
        ),
        (
            "condition_profiles.yaml",
            "asthma: {profile: asthma}",
            "asthma: {profile: asthma, none: no}",
            "can mean several things",
        ),
        (
            "condition_profiles.yaml",
            "asthma: {profile: asthma}",
            "asthma: {profile: asthma, neutral: nothing}",
            "exactly one of",
        ),
        ("constants.yaml", "mark: V", "mark: X", "Use one of: V, K, O."),
        ("texts/heart.yaml", "low: 12, unit: wk", "unit: wk", "A figure and its unit go together"),
        ("texts/heart.yaml", "low: 12, unit: wk", "low: 12", "A figure and its unit go together"),
        ("texts/lung.yaml", "low: 3, high: 4", "low: 5, high: 4", "nothing fits between"),
    ],
)
def test_a_profile_file_that_says_something_impossible_is_refused(
    copy: Path, package: Path, name: str, old: str, new: str, said: str
) -> None:
    path = copy / "knowledge" / "profiles" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    _, found = load(copy, package)
    assert any(said in problem for problem in found)


def test_a_stage_that_weeks_alone_would_end_is_refused(copy: Path, package: Path) -> None:
    """Time and the response open a stage together; a stage without a milestone has no response."""
    path = copy / "knowledge" / "profiles" / "texts" / "surgery.yaml"
    lines = path.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.strip().startswith("milestone:"))
    path.write_text("\n".join([*lines[:first], *lines[first + 1 :]]))
    _, found = load(copy, package)
    assert [f for f in found if "has no milestone" in f] != []
