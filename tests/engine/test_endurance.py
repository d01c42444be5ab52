"""Many threads, many decisions, forked workers: no crash, no wrong answer, no growth."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Freed memory is overwritten, so that any use of it crashes or gives a wrong answer.
PERTURBED = {**os.environ, "MALLOC_PERTURB_": "165"}


def run_module(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=PERTURBED,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.slow
def test_16_threads_with_2_000_decisions_each_give_no_wrong_answer() -> None:
    assert run_module("tests.engine.crowd", "2000").strip() == "0"


@pytest.mark.slow
def test_memory_is_flat_over_20_000_decisions() -> None:
    figures = json.loads(run_module("benchmarks.soak_engine", "20000", "--rules", "40"))
    assert figures["decisions"] == 20000
    assert abs(figures["rss_drift_percent"]) < 5


def test_workers_forked_after_loading_answer_right() -> None:
    """In a process of its own, because a tracer of the tests does not survive a fork."""
    assert run_module("tests.engine.forks", "2").strip() == "0"


def test_a_fork_while_another_thread_decides_waits_its_turn() -> None:
    """Otherwise the child would wait for ever for a lock that nobody in it holds."""
    assert run_module("tests.engine.forks", "30", "--busy").strip() == "0"
