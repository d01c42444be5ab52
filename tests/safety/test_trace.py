"""The trace: every requirement of the reference, each with an honest state."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cds.check.safety import load_safety, write_pages
from cds.check.trace import TRACE, load_trace
from cds.knowledge.documents import Problems
from tests.safety.controls import HOME

SHARED = Path(os.environ.get("CDS_SHARED", HOME / ".." / "shared"))
REFERENCE = SHARED / "reliability" / "requirements.md"
ROW = re.compile(r"^\| ((?:REG|AUD|REL|VER|SEC)-\d\d) \| (MUST|SHOULD) \|", re.MULTILINE)
MET = """\
description: A trial.
requirements:
  - id: REL-01
    level: must
    asks: Something.
    state: met
    how: By this.
    where: [here.py]
    tests:
      - tests/test_trial.py::test_trial
"""


@pytest.fixture
def report(tmp_path: Path) -> Callable[[str, str], list[str]]:
    """What is reported of a trace after `old` became `new` in it."""
    for name, text in (("here.py", ""), ("tests/test_trial.py", "def test_trial(): ...\n")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def report(old: str, new: str) -> list[str]:
        assert old in MET
        (tmp_path / TRACE).parent.mkdir(parents=True)
        (tmp_path / TRACE).write_text(MET.replace(old, new, 1))
        problems = Problems()
        load_trace(tmp_path, problems)
        return [str(problem) for problem in problems.found]

    return report


def test_the_trace_holds_and_its_page_is_up_to_date() -> None:
    problems = Problems()
    load_trace(HOME, problems)
    assert [str(problem) for problem in problems.found] == []
    written = write_pages(load_safety(HOME, problems))["docs/safety/trace.md"]
    page = (HOME / "docs/safety/trace.md").read_text("utf-8")
    assert written == page, "run 'python -m cds safety --write'"


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the reference is absent; set CDS_SHARED to it")
def test_every_requirement_of_the_reference_is_traced() -> None:
    stated = [(id_, level.lower()) for id_, level in ROW.findall(REFERENCE.read_text("utf-8"))]
    traced = [(row.id, row.level) for row in load_trace(HOME, Problems())]
    assert len(stated) == 77
    assert traced == stated


def test_a_sound_trace_is_sound(report: Callable[[str, str], list[str]]) -> None:
    assert report("A trial.", "A trial.") == []


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("[here.py]", "[there.py]", 8, "There is no 'there.py'."),
        ("::test_trial", "::test_trail", 10, "Did you mean 'test_trial'?"),
        ("state: met", "state: partly", 6, "'partly' says just these: how, missing, where."),
        ("state: met", "state: not_met", 6, "'not_met' says just these: missing."),
        ("    how: By this.\n", "", 6, "'met' says just these: how, tests, where."),
        ("level: must", "level: may", 4, "Use one of: must, should."),
        ("id: REL-01", "id: REX-01", 3, "'id'"),
    ],
)
def test_a_fault_of_the_trace_is_reported_at_its_line(
    report: Callable[[str, str], list[str]], old: str, new: str, line: int, told: str
) -> None:
    (found,) = report(old, new)
    assert found.startswith(f"{TRACE}:{line}: ")
    assert told in found


def test_a_requirement_that_stands_twice_is_reported(
    report: Callable[[str, str], list[str]],
) -> None:
    row = MET.partition("requirements:\n")[2]
    (found,) = report(row, row + row)
    assert "'REL-01' stands twice." in found
