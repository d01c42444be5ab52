"""The traces: every requirement of the reference, each with an honest state."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cds.check.safety import load_safety, write_pages
from cds.check.trace import INTEROP, TRACE, load_trace
from cds.knowledge.documents import Problems
from tests.safety.controls import HOME

SHARED = Path(os.environ.get("CDS_SHARED", HOME / ".." / "shared"))
#: For each trace its page, where its requirements stand, how they are written, and their number.
TRACES = {
    TRACE: (
        "reliability",
        re.compile(r"^\| ((?:REG|AUD|REL|VER|SEC)-\d\d) \| (MUST|SHOULD) \|", re.MULTILINE),
        77,
    ),
    INTEROP: (
        "interop",
        re.compile(
            r"(?:^\| |\b)(CH-[A-Z]\d+|(?:PA|US|CR|SM|BD)-\d)(?: \|)?"
            r"(?: (?:MAY→)?(MUST|SHOULD|MAY)(?= |\*|\())?",
            re.MULTILINE,
        ),
        71,
    ),
}
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
        load_trace(tmp_path, TRACE, problems)
        return [str(problem) for problem in problems.found]

    return report


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_holds_and_its_page_is_up_to_date(name: str) -> None:
    problems = Problems()
    load_trace(HOME, name, problems)
    assert [str(problem) for problem in problems.found] == []
    path = name.replace(".yaml", ".md")
    written = write_pages(load_safety(HOME, problems))[path]
    assert written == (HOME / path).read_text("utf-8"), "run 'python -m cds safety --write'"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference is absent; set CDS_SHARED to it")
@pytest.mark.parametrize("name", TRACES)
def test_every_requirement_of_the_reference_is_traced(name: str) -> None:
    """A requirement that the reference gives no level is one that may be met."""
    folder, row, number = TRACES[name]
    reference = (SHARED / folder / "requirements.md").read_text("utf-8")
    stated = [(id_, level.lower() or "may") for id_, level in row.findall(reference)]
    traced = [(found.id, found.level) for found in load_trace(HOME, name, Problems())]
    assert len(stated) == number
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
        ("level: must", "level: can", 4, "Use one of: must, should, may."),
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
