"""Every small change of a rule is noticed by its cases, and what is not noticed is told."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.check import check
from cds.check.case_runs import run_cases
from cds.check.equivalence import are_equivalent
from cds.check.mutants import mutate
from cds.check.mutation import tally_mutants
from cds.cli import main
from cds.engine.evaluator import truth_of
from cds.knowledge.contradictions_file import load_contradictions
from cds.knowledge.documents import Problems
from cds.model.case import Case, Fact
from cds.model.condition import All, Any, AtLeast, Condition, Leaf
from cds.model.condition import Test as Ask
from cds.schemas.request_terms import terms_of
from cds.service import Service, load_service
from tests.rules.small_root import BONES, CASES

pytestmark = pytest.mark.slow

_TODAY = date(2026, 12, 1)
_DAY = date(2026, 11, 22)


def _problems(root: Path, prefix: str = "") -> list[str]:
    service, problems = load_service(root), Problems()
    contradictions = load_contradictions(root, service.knowledge.vocabulary, problems)
    runs = tuple(run_cases(service, terms_of(service.knowledge, contradictions)))
    tallies = tally_mutants(service, runs, prefix)
    return [str(problem) for tally in tallies for problem in tally.problems]


def _edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_cases_notice_every_change_of_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutate"]) == 0, capsys.readouterr().err


def test_a_prefix_without_a_rule_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutate", "contraindication.bone"]) == 2
    assert "begins with 'contraindication.bone'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "survivor"),
    [
        ("dxa_t_score: -2.4", "dxa_t_score: -2.3", "2/dxa_t_score at_most -2.5: 0.1 higher"),
        ("dxa_t_score: -2.5", "dxa_t_score: -2.6", "2/dxa_t_score at_most -2.5: as less_than"),
        ("{dxa_t_score: -2.5, ", "{vertebral_fracture: true, ", "2/dxa_t_score at_most -2.5: drop"),
    ],
)
def test_without_its_case_a_change_survives(root: Path, old: str, new: str, survivor: str) -> None:
    before = _problems(root, "contraindications.bones.no-flexion")
    _edit(root, CASES, old, new)
    added = [p for p in _problems(root, "contraindications.bones.no-flexion") if p not in before]
    assert any(f"no case would notice: {survivor}. " in problem for problem in added)


def test_without_a_word_on_what_a_rule_does_its_changed_effects_survive(root: Path) -> None:
    _edit(root, CASES, "  contraindications.bones.hold:\n    - unknown ask\n", "  x:\n    - y\n")
    text = (root / CASES).read_text(encoding="utf-8")
    (root / CASES).write_text(text[: text.index("  x:\n")], encoding="utf-8")
    problems = "\n".join(_problems(root, "contraindications.bones.hold"))
    for change in ("while unknown apply", "effect 1: drop", "effect 1: severity low"):
        assert f"no case would notice: {change}. " in problems
    reported = [str(problem) for problem in check(root, today=_TODAY).problems]
    assert any("do not say what it does: unknown ask, contraindicate" in p for p in reported)


def test_a_changed_effect_is_no_longer_what_the_cases_say(root: Path) -> None:
    _edit(
        root,
        BONES,
        "severity: high\n          action: hold",
        "severity: low\n          action: hold",
    )
    reported = [str(problem) for problem in check(root, today=_TODAY).problems]
    assert any(
        "not what it does: unknown ask, contraindicate hold_today all low" in p for p in reported
    )


def test_a_listed_equivalent_that_is_noticed_is_out_of_date(root: Path) -> None:
    entry = "equivalent:\n  - {rule: contraindications.bones.hold, mutants: [drop everything],"
    _edit(root, CASES, "does:\n", f"{entry} because: Made up.}}\ndoes:\n")
    assert any("listing it as equivalent hides nothing" in problem for problem in _problems(root))


def test_every_mutant_has_a_name_of_its_own(service: Service) -> None:
    for rule in service.rules:
        names = [mutant.name for mutant in mutate(rule.when, service.knowledge.vocabulary)]
        assert len(set(names)) == len(names), rule.id


_CONDITIONS = st.recursive(
    st.one_of(
        st.sampled_from(
            [
                Leaf("sx_dyspnea", Ask.PRESENT),
                Leaf("sx_dyspnea", Ask.KNOWN),
                Leaf("sx_dyspnea", Ask.ABSENT),
                Leaf("pregnant", Ask.PRESENT),
            ]
        ),
        st.builds(
            Leaf,
            st.just("sbp_rest"),
            st.sampled_from(
                [
                    Ask.AT_LEAST,
                    Ask.GREATER_THAN,
                    Ask.LESS_THAN,
                    Ask.AT_MOST,
                ]
            ),
            st.sampled_from([140.0, 141.0, 160.0]),
            st.just("mm[Hg]"),
        ),
    ),
    lambda parts: st.one_of(
        st.builds(All, st.lists(parts, min_size=1, max_size=3).map(tuple)),
        st.builds(Any, st.lists(parts, min_size=1, max_size=3).map(tuple)),
        st.builds(lambda p: AtLeast(1, tuple(p)), st.lists(parts, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)


@given(one=_CONDITIONS, other=_CONDITIONS, pressure=st.integers(135, 165), data=st.data())
def test_what_is_proved_equivalent_never_differs(
    service: Service, one: Condition, other: Condition, pressure: int, data: st.DataObject
) -> None:
    equivalent = are_equivalent(one, other, service.knowledge.vocabulary)
    flags: Sequence[bool | None] = (None, False, True)
    facts = [
        Fact("sx_dyspnea", data.draw(st.sampled_from(flags))),
        Fact("pregnant", data.draw(st.sampled_from(flags))),
        Fact("sbp_rest", float(pressure)),
    ]
    case = Case(_DAY, {fact.name: fact for fact in facts})
    assert not equivalent or truth_of(one)(case) is truth_of(other)(case)


def test_the_same_said_twice_is_equivalent(service: Service) -> None:
    once = Leaf("sbp_rest", Ask.AT_LEAST, 140.0, "mm[Hg]")
    vocabulary = service.knowledge.vocabulary
    assert are_equivalent(once, Any((once, All((once, once)))), vocabulary)
    assert not are_equivalent(once, Leaf("sbp_rest", Ask.AT_LEAST, 141.0, "mm[Hg]"), vocabulary)
    assert not are_equivalent(once, Any((once, Leaf("pregnant", Ask.PRESENT))), vocabulary)
