"""The texts of the profiles: whole, and each figure as the reference states it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds.model.profile import Profile
from tests.stages.prescribing import profiles

WRITTEN = tuple(profiles().profiles)
_PARTS = (
    *("focus", "avoid", "hiit", "aquatic", "mind_body", "monitoring", "first_dose"),
    *("progression_step", "outcome_measures", "flexibility", "evidence"),
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Written out in the reference under another rule, which the entry names.
_BY_RULE = {
    "hip_oa": {"5", "10", "24"},  # "as knee OA": 5-10 %, and the pain rule
    "hand_oa": {"24"},  # the pain rule: settled by the next day
    "patellar_tend": {"10"},  # of 10
    **{name: {"0", "10"} for name in ("cad_mi", "copd", "decond", "cancer")},  # a scale of 0-10
    "metsyn": {"150", "200", "250", "300", "1500"},  # "as obesity"
    **{name: {"4"} for name in ("t2d", "dyslipidemia", "ckd", "parkinson", "ms")},  # HIIT base
    "postcovid_pem": {"14", "72"},  # PR-04 of progression.md
}


@pytest.fixture(scope="session")
def entries(shared: Path) -> dict[str, str]:
    """The entry of each profile in the reference, read where it lies."""
    text = (shared / "clinical/prescription/conditions.md").read_text(encoding="utf-8")
    found = {}
    for part in text.split("\n## ")[1:]:
        named = re.search(r"\(`(\w+)`\)", part.splitlines()[0])
        if named:
            found[named.group(1)] = part
    return found


def numbers(text: str) -> set[str]:
    return {f"{float(n):g}" for n in _NUMBER.findall(text)}


def told(profile: Profile) -> Iterator[str]:
    """Every sentence of the profile that may hold a figure of the reference."""
    sentences = (profile.focus, profile.first_dose, profile.progression_step)
    lists = (profile.avoid, profile.monitoring, profile.particulars, profile.certainty)
    yield from (s.text for s in sentences if s is not None)
    yield from (s.text for said in lists for s in said)
    kinds = (profile.hiit, profile.aquatic, profile.mind_body)
    yield from (kind.text for kind in kinds if kind is not None)
    for stage in profile.stages:
        yield from (*stage.allowed, *stage.not_yet)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_profile_is_written_whole(name: str) -> None:
    profile = profiles().profiles[name]
    assert [part for part in _PARTS if not getattr(profile, part)] == []


@pytest.mark.parametrize("name", WRITTEN)
def test_each_figure_of_a_sentence_stands_in_the_reference(
    name: str, entries: dict[str, str]
) -> None:
    """A figure that nobody published must not look as if somebody had."""
    known = numbers(entries[name]) | _BY_RULE.get(name, set())
    lost = {t: numbers(t) - known for t in told(profiles().profiles[name])}
    assert {text: figures for text, figures in lost.items() if figures} == {}


@pytest.mark.parametrize("name", WRITTEN)
def test_each_important_change_stands_in_the_reference(name: str, entries: dict[str, str]) -> None:
    line = next(x for x in entries[name].splitlines() if x.startswith("* **Outcomes"))
    for measure in profiles().profiles[name].outcome_measures:
        stated = numbers(measure.important_change or "")
        assert stated - numbers(line) == set(), measure.name
        if measure.change is not None:
            assert f"{measure.change.value:g}" in stated, measure.name
