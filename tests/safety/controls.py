"""Tests that prove a control of the hazard log have to run: skipped ones fail."""

from functools import cache
from pathlib import Path

import pytest

from cds.check.hazards import LOG
from cds.knowledge.documents import Problems
from cds.knowledge.yaml_reader import read_document

HOME = Path(__file__).parents[2]


@cache
def proofs() -> frozenset[str]:
    """The tests that the hazard log names, by node id."""
    document = read_document(HOME / LOG, HOME, Problems()) or {}
    controls = (c for hazard in document.get("hazards", ()) for c in hazard["controls"])
    return frozenset(test for control in controls for test in control["tests"])


def must_run(report: pytest.TestReport) -> None:
    """Makes a failure of a test that was skipped, or failed as expected, and proves a control."""
    if report.skipped and report.nodeid.partition("[")[0] in proofs():
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} proves a control of {LOG}: it may not be skipped."
