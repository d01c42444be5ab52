"""The hazard log: every kind of hazard, and every control proved by a test that runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cds.check.hazards import LOG, load_hazards
from cds.check.safety import load_safety, write_pages
from cds.knowledge.documents import Problems
from tests.safety.controls import HOME, must_run, proofs

SKIPPED = "tests/test_trial.py"
TRIAL = '''\
import pytest
def test_runs(): ...
@pytest.mark.skip
def test_marked(): ...
@pytest.mark.skip(reason="later")
def test_marked_with_a_reason(): ...
@pytest.mark.xfail
def test_expected_to_fail(): ...
@pytest.mark.xfail(reason="known")
def test_expected_to_fail_with_a_reason(): ...
@pytest.mark.skipif(True, reason="never")
def test_under_a_true_condition(): ...
@pytest.mark.skipif("sys.platform == 'win32'", reason="there")
def test_elsewhere(): ...
@pytest.mark.xfail(raises=KeyError, condition=bool(pytest), reason="there")
def test_expected_to_fail_elsewhere(): ...
def test_skips_itself():
    """Why."""
    pytest.skip("later")
def test_skips_itself_sometimes():
    if pytest:
        pytest.skip("there")
'''


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., list[str]]:
    """What is reported of the log after `old` became `new` in it, beside one file of tests."""
    (tmp_path / "docs/safety").mkdir(parents=True)
    (tmp_path / "tests").mkdir()

    def report(old: str, new: str, trial: str = TRIAL) -> list[str]:
        (tmp_path / SKIPPED).write_text(trial)
        text = log()
        assert old in text
        (tmp_path / LOG).write_text(text.replace(old, new, 1))
        problems = Problems()
        load_hazards(tmp_path, ("REL-16",), problems)
        return [str(problem) for problem in problems.found]

    return report


def log() -> str:
    """The log of this project, all of whose controls are proved by one test."""
    lines = (HOME / LOG).read_text("utf-8").splitlines(keepends=True)
    proof = f"          - {SKIPPED}::test_runs\n"
    lines = [proof if line.lstrip().startswith("- tests/") else line for line in lines]
    known = "    requirements: [REL-16]\n"
    return "".join(known if line.startswith("    requirements:") else line for line in lines)


def test_the_log_holds_and_its_page_is_up_to_date() -> None:
    problems = Problems()
    written = write_pages(load_safety(HOME, problems))["docs/safety/hazards.md"]
    assert [str(problem) for problem in problems.found] == []
    page = (HOME / "docs/safety/hazards.md").read_text("utf-8")
    assert written == page, "run 'python -m cds safety --write'"


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("test_runs", []),
        ("test_elsewhere", []),
        ("test_expected_to_fail_elsewhere", []),
        ("test_skips_itself_sometimes", []),
        ("test_marked", ["never runs"]),
        ("test_marked_with_a_reason", ["never runs"]),
        ("test_expected_to_fail", ["never runs"]),
        ("test_expected_to_fail_with_a_reason", ["never runs"]),
        ("test_under_a_true_condition", ["never runs"]),
        ("test_skips_itself", ["never runs"]),
        ("test_run", ["There is no test 'tests/test_trial.py::test_run'"]),
    ],
)
def test_a_test_that_does_not_exist_or_never_runs_is_reported(
    report: Callable[..., list[str]], test: str, told: list[str]
) -> None:
    """Marks under a condition are left to the run, which fails when it skips such a test."""
    found = report("::test_runs", f"::{test}")
    assert [word in line for word, line in zip(told, found, strict=True)] == [True] * len(told)


@pytest.mark.parametrize(
    "whole",
    [
        "pytestmark = pytest.mark.skip",
        "pytestmark = [pytest.mark.slow, pytest.mark.xfail]",
        'pytest.skip("later", allow_module_level=True)',
    ],
)
def test_a_file_that_is_skipped_whole_proves_nothing(
    report: Callable[..., list[str]], whole: str
) -> None:
    found = report("::test_runs", "::test_runs", f"import pytest\n{whole}\ndef test_runs(): ...\n")
    assert found != []
    assert all("never runs" in line for line in found)


def test_a_kind_without_a_hazard_is_reported(report: Callable[..., list[str]]) -> None:
    (told,) = report("kind: rounding", "kind: stale")
    assert "No hazard is of the kind 'rounding'." in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id: HZ-02", "id: HZ-01", "'HZ-01' stands twice."),
        ("[REL-16]", "[REL-17]", "'REL-17' is no requirement of the trace."),
        ("kind: stale", "kind: state", "Did you mean 'stale'?"),
        ("mark: O", "mark: X", "Use one of: V, K, O."),
        ("    residual:", "    rest:", "'residual' is missing."),
        ("clinical_sign_off: pending", "clinical_sign_off: done", "'done' is not known here."),
    ],
)
def test_a_fault_of_the_log_is_reported_at_its_line(
    report: Callable[..., list[str]], old: str, new: str, told: str
) -> None:
    line = log()[: log().index(old)].count("\n") + 1
    found = report(old, new)
    assert [text for text in found if told in text] != []
    assert any(text.startswith(f"{LOG}:{line}:") for text in found)


def test_a_skipped_proof_of_a_control_fails() -> None:
    """What is skipped under a condition is known in the run only."""
    proof = min(proofs())
    for nodeid, outcome in ((f"{proof}[sqlite]", "failed"), ("tests/a.py::test_b", "skipped")):
        report = pytest.TestReport(nodeid, ("", 0, ""), {}, "skipped", "no server", "setup")
        must_run(report)
        assert report.outcome == outcome
