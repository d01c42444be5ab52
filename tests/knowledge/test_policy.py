"""The switches: every disagreement of the reference, its default among its options."""

import re
from pathlib import Path

import pytest

from cds.knowledge.documents import Problems
from cds.knowledge.fact import FactType
from cds.knowledge.policy import Policy, policy_facts
from cds.knowledge.policy_files import load_policies


@pytest.fixture
def policies(package: Path, problems: Problems) -> dict[str, Policy]:
    loaded = dict(load_policies(package, problems))
    assert [str(problem) for problem in problems.found] == []
    return loaded


def test_every_disagreement_of_the_reference_is_a_switch(
    policies: dict[str, Policy], shared: Path
) -> None:
    text = (shared / "clinical" / "safety" / "contraindications.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| (DIS-[A-Z0-9-]+) \|", text, re.MULTILINE))
    assert len(rows) == 14
    assert rows <= {policy.reference for policy in policies.values()}


def test_every_page_behind_an_option_is_one_that_the_reference_read(
    policies: dict[str, Policy], shared: Path
) -> None:
    keys = {
        key
        for path in (shared / "clinical" / "safety").glob("*.md")
        for key in re.findall(r"^\| ([A-Z0-9]+) \| ", path.read_text("utf-8"), re.MULTILINE)
    }
    used = {page for p in policies.values() for option in p.options for page in option.pages}
    assert len(used) > 20
    assert used <= keys


def test_a_position_marked_verified_names_its_page(policies: dict[str, Policy]) -> None:
    options = [option for policy in policies.values() for option in policy.options]
    assert {option.code for option in options if option.mark == "V" and not option.pages} == set()


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("resting_bp_hold", "hold_180_110"),
        ("icd_margin", "10"),
        ("diabetes_clearance", "acsm"),
        ("hr_max_women", "gulati"),
        ("resting_hr_hold", "above_120"),
    ],
)
def test_the_default_is_the_one_of_the_reference(
    policies: dict[str, Policy], name: str, default: str
) -> None:
    assert policies[name].default == default
    assert policies[name].option(default) is not None
    assert policies[name].option("no_such_option") is None


def test_rules_can_test_a_switch_as_a_fact(policies: dict[str, Policy]) -> None:
    facts = {fact.name: fact for fact in policy_facts(policies.values())}
    assert facts["policy.icd_margin"].values == ("10", "20")
    assert facts["policy.icd_margin"].type is FactType.CODE
    assert not facts["policy.icd_margin"].submittable


_GOOD = """\
clinical_sign_off: pending
policies:
  - id: cut
    reference: DIS-X
    title: A cut
    default: low
    because: It is stricter.
    mark: K
    options:
      - {code: low, means: From 1 on., source: A 2001, mark: K}
      - {code: high, means: From 2 on., source: B 2002, mark: K}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("default: low", "default: lowe", 6, "Did you mean 'low'"),
        ("code: high", "code: low", 9, "stands twice"),
        (
            "      - {code: high, means: From 2 on., source: B 2002, mark: K}\n",
            "",
            9,
            "two options",
        ),
        ("id: cut", "id: A-cut", 3, "snake_case"),
        (", source: A 2001", "", 10, "'source' is missing"),
        ("mark: K\n    options", "mark: S\n    options", 8, "Use one of: V, K, O"),
        ("pending", "done", 1, "Use one of: pending"),
    ],
)
def test_a_fault_of_a_switch_is_reported_at_its_line(
    tmp_path: Path, problems: Problems, old: str, new: str, line: int, message: str
) -> None:
    _write(tmp_path, "x.yaml", _GOOD.replace(old, new, 1))
    load_policies(tmp_path, problems)
    reports = [str(problem) for problem in problems.found]
    assert any(
        report.startswith(f"knowledge/policies/x.yaml:{line}: ") and message in report
        for report in reports
    ), reports


def test_one_switch_in_two_files_is_a_problem_at_the_second(
    tmp_path: Path, problems: Problems
) -> None:
    _write(tmp_path, "a.yaml", _GOOD)
    _write(tmp_path, "b.yaml", _GOOD)
    loaded = load_policies(tmp_path, problems)
    assert list(loaded) == ["cut"]
    assert [str(problem) for problem in problems.found] == [
        "knowledge/policies/b.yaml:3: The policy 'cut' is already defined in "
        "knowledge/policies/a.yaml:3. Two defaults cannot both hold. Keep one."
    ]


def _write(root: Path, name: str, text: str) -> None:
    place = root / "knowledge" / "policies"
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text, encoding="utf-8")
