"""The movement catalogue and its avoid tags, as shipped and against the clinical reference."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from cds.errors import UnknownCodeError
from cds.knowledge.catalogue import Catalogue
from cds.knowledge.catalogue_files import load_catalogue
from cds.knowledge.documents import Problems


@pytest.fixture(scope="session")
def catalogue(package: Path) -> Catalogue:
    problems = Problems()
    loaded = load_catalogue(package, problems)
    assert [str(problem) for problem in problems.found] == []
    return loaded


@pytest.fixture
def copy(package: Path, tmp_path: Path) -> Path:
    """A copy of the exercise files that a test may spoil."""
    shutil.copytree(package / "knowledge" / "exercises", tmp_path / "knowledge" / "exercises")
    return tmp_path


def complaints(root: Path) -> list[str]:
    problems = Problems()
    load_catalogue(root, problems)
    return [str(problem) for problem in problems.found]


def spoil(root: Path, name: str, old: str, new: str) -> None:
    path = root / "knowledge" / "exercises" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_every_tag_removes_exactly_the_movements_of_the_reference(
    catalogue: Catalogue, shared: Path
) -> None:
    expected = json.loads((shared / "clinical/prescription/avoid_tags.json").read_text())
    own = {"AV_FOOT_LOAD"}
    removed = catalogue.removed_by_tag
    assert {tag: sorted(ids) for tag, ids in removed.items() if tag not in own} == {
        tag: sorted(entry["excluded_ids"]) for tag, entry in expected.items()
    }
    assert removed.keys() - expected.keys() == own


def test_a_foot_that_must_not_bear_weight_keeps_arm_and_seated_movements(
    catalogue: Catalogue,
) -> None:
    removed = catalogue.removed_by_tag["AV_FOOT_LOAD"]
    assert {"A04", "R02", "R03", "R06", "R12", "R26", "B01", "F02"} <= removed
    assert not removed & {"A01", "A12", "S07", "M11", "R23", "Y01"}


def test_every_movement_of_the_reference_is_there_with_its_attributes(
    catalogue: Catalogue, shared: Path
) -> None:
    path = shared / "clinical/prescription/catalogue.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(catalogue.movements) == [row["id"] for row in rows]
    for row in rows:
        movement = catalogue.get(row["id"])
        assert movement.impact_level == row["impact_level"]
        assert movement.mets == (float(row["met_2011"]) if row["met_2011"] else None)
        assert ";".join(movement.flags) == row["flags"]
        assert (movement.regression or "") == row["regression_id"]
        assert (movement.progression or "") == row["progression_id"]


def test_the_catalogue_holds_its_movements_and_tags(catalogue: Catalogue) -> None:
    assert (len(catalogue.movements), len(catalogue.tags)) == (186, 33)


def test_removed_by_names_the_tags_that_remove_a_movement(catalogue: Catalogue) -> None:
    removed = catalogue.removed_by(["AV_FLOOR", "AV_LOADED_SPINAL_FLEXION"])
    assert removed["R42"] == {"AV_FLOOR", "AV_LOADED_SPINAL_FLEXION"}
    assert removed["A15"] == {"AV_LOADED_SPINAL_FLEXION"}
    assert "A04" not in removed


def test_filter_reads_lists_and_single_values(catalogue: Catalogue) -> None:
    found = catalogue.filter(modality="interval", flags="HIIT", setting="home")
    assert [movement.id for movement in found] == ["I04", "I07"]


def test_having_names_what_filter_finds(catalogue: Catalogue) -> None:
    """By a list of the movement as by a single value."""
    for attribute, value in (("flags", "HIIT"), ("setting", "water"), ("region", "lower")):
        found = catalogue.filter(**{attribute: value})
        assert catalogue.having(attribute, value) == tuple(movement.id for movement in found)
        assert found


def test_an_alternative_is_never_removed_itself_nor_harder_than_it_should(
    catalogue: Catalogue,
) -> None:
    removed = set(catalogue.removed_by(["AV_LOADED_SPINAL_FLEXION"]))
    for movement in removed:
        offered = catalogue.alternatives(movement, removed)
        assert not set(offered) & (removed | catalogue.seldom)
    assert catalogue.alternatives("A15", removed) == ("A13", "A09", "A14")


def test_without_a_selection_table_nothing_is_seldom(catalogue: Catalogue) -> None:
    bare = Catalogue(catalogue.movements, catalogue.tags)
    assert bare.seldom == frozenset()
    assert "R41" in bare.alternatives("R44", {"S11"}, limit=8)


def test_a_chain_steps_over_what_is_removed(catalogue: Catalogue) -> None:
    """From wall push-up the next step is the counter push-up; without it, the floor."""
    assert catalogue.step("R28", "progression", ()) == "R29"
    assert catalogue.step("R28", "progression", {"R29"}) == "R30"
    assert catalogue.step("R28", "progression", {"R29", "R30"}) is None


def test_an_unknown_movement_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownCodeError, match="not in the catalogue"):
        catalogue.get("Z99")


def test_the_files_name_no_movement_that_is_missing(copy: Path) -> None:
    spoil(copy, "movements.csv", ",A02\n", ",A99\n")
    [found] = complaints(copy)
    assert found.startswith("knowledge/exercises/movements.csv:2: 'progression' names a movement")


def test_a_chain_that_runs_in_a_circle_is_refused(copy: Path) -> None:
    spoil(copy, "movements.csv", '3-7 d/wk",,A02', '3-7 d/wk",A02,A02')
    circles = [text for text in complaints(copy) if "comes back to itself" in text]
    assert circles[0].startswith("knowledge/exercises/movements.csv:2: The regression chain")


def test_a_movement_twice_is_refused(copy: Path) -> None:
    spoil(copy, "movements.csv", "\nA02,", "\nA01,")
    assert "knowledge/exercises/movements.csv:3: 'A01' stands twice. Keep one." in complaints(copy)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",aerobic,lower,march,seated", ",aerobics,lower,march,seated", "'modality' holds a code"),
        (
            ",bodyweight,neutral,N,open",
            ",bodyweight,neutral,no,open",
            "'spine_loaded' holds a code",
        ),
        (",2.8,02024,direct", ",2.8 METs,02024,direct", "'mets' is not a plain number"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused(copy: Path, old: str, new: str, said: str) -> None:
    spoil(copy, "movements.csv", old, new)
    found = [text for text in complaints(copy) if said in text]
    assert found[0].startswith("knowledge/exercises/movements.csv:2: ")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("avoid_tags.yaml", "id: AV_KNEEL", "id: AV_HEAVY", "'AV_HEAVY' stands twice"),
        ("avoid_tags.yaml", "under: [AV_VALSALVA]", "under: [AV_VALSALVO]", "not an avoid tag"),
        ("avoid_tags.yaml", "attribute: impact_level", "attribute: impact", "Use one of"),
        ("avoid_tags.yaml", "clinical_sign_off: pending", "signed: true", "'signed' is not known"),
        ("selection.yaml", "start: [R02,", "start: [R99,", "'R99' is not in the catalogue"),
        ("selection.yaml", "at_most_home: 6, ", "", "'at_most_home' is missing"),
        ("selection.yaml", "HIIT-P-4X4: I03", "HIIT-P-4X4: I33", "'I33' is not in the catalogue"),
        ("selection.yaml", "led: {pnf:", "lead: {pnf:", "'led' is missing"),
        ("selection.yaml", "place: 3", "place: third", "'place'"),
    ],
)
def test_a_file_that_says_something_impossible_is_refused(
    copy: Path, name: str, old: str, new: str, said: str
) -> None:
    spoil(copy, name, old, new)
    assert any(said in text for text in complaints(copy))


@pytest.mark.parametrize("name", ["avoid_tags.yaml", "selection.yaml"])
def test_a_file_that_is_not_yaml_is_refused(copy: Path, name: str) -> None:
    (copy / "knowledge" / "exercises" / name).write_text("tags: [")
    assert any("This is not readable YAML" in text for text in complaints(copy))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("A15", ("A15",)),
        ("a15", ("A15",)),
        ("row", ("A15", "A16")),
        ("Rowing", ("A15", "A16")),
        ("push-ups", ("R28", "R29", "R30")),
        ("Tai chi", ("Y01", "Y02")),
        ("bird-dog", ("R48",)),
        ("Barbell deadlift", ("R16",)),
        ("juggling", ()),
        ("", ()),
    ],
)
def test_people_s_words_find_movements(
    word: str, meant: tuple[str, ...], catalogue: Catalogue
) -> None:
    """An id, an everyday word with or without its plural, or part of a name."""
    assert catalogue.meant_by(word) == meant
