"""A run that was stopped goes on where it was, and a folder holds one run only."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import psutil
import pytest

import cds.population.gathering as gathering
from cds.cli import main
from cds.errors import CdsError
from cds.population.crew import Work, share_out
from cds.population.folder import hold_folder
from cds.population.progress import Progress
from tests.population.exports import (
    DAY,
    Runs,
    answers,
    people,
    person,
    results,
    write_export,
    write_lines,
)

pytestmark = pytest.mark.slow


class _Stopping(Progress):
    """Stops the run as Ctrl-C does, when it has come so far in the part."""

    def __init__(self, part: str, at: int) -> None:
        super().__init__(StringIO(), shown=False)
        self._part, self._at, self._now = part, at, ""
        self.heard: list[int] = []

    def begin(self, what: str, unit: str, total: int, done: int = 0) -> None:
        self._now = what.strip()
        super().begin(what, unit, total, done)

    def at(self, done: int) -> None:
        if self._now == "deciding":
            self.heard.append(done)
        if self._now == self._part and done >= self._at:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("part", "at"), [("reading", 1), ("deciding", 3)])
def test_a_stopped_run_goes_on_to_the_same_results(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, at: int
) -> None:
    monkeypatch.setattr(gathering, "_AT_ONCE", 1)
    monkeypatch.setattr("cds.population.run._MB", 1_000)
    where = write_export(tmp_path / "in", people(7), most=3)
    runs.run(where, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        runs.run(where, tmp_path / "out", progress=_Stopping(part, at))
    again = _Stopping("never", 0)
    runs.run(where, tmp_path / "out", progress=again)
    assert results(tmp_path / "out") == results(tmp_path / "whole")
    assert again.heard[0] >= (at if part == "deciding" else 0)


def test_a_finished_run_is_told_again_without_deciding(runs: Runs, tmp_path: Path) -> None:
    where = write_export(tmp_path / "in", people(2))
    first = runs.run(where, tmp_path / "out")
    before = results(tmp_path / "out")
    again = _Stopping("deciding", 0)
    assert runs.run(where, tmp_path / "out", progress=again) == first
    assert again.heard == []
    assert results(tmp_path / "out") == before


def test_a_run_without_a_date_goes_on_with_the_date_that_it_began_with(
    runs: Runs, tmp_path: Path
) -> None:
    """Else a run over midnight would hold decisions of two days."""
    where = write_export(tmp_path / "in", people(4))
    earlier = date(2026, 11, 1)
    with pytest.raises(KeyboardInterrupt):
        runs.run(where, tmp_path / "out", day=earlier, progress=_Stopping("deciding", 3))
    assert runs.run(where, tmp_path / "out", day=None)["evaluation_date"] == "2026-11-01"


def test_reviews_are_overdue_as_on_the_day_that_a_run_began(runs: Runs, tmp_path: Path) -> None:
    """By the clock, as in a call; a run that goes on after that day holds the same answers."""
    where = write_export(tmp_path / "in", people(4))
    late = date(2040, 1, 1)
    runs.run(where, tmp_path / "whole", today=late)
    with pytest.raises(KeyboardInterrupt):
        runs.run(where, tmp_path / "out", today=late, progress=_Stopping("deciding", 3))
    runs.run(where, tmp_path / "out", today=date(2050, 1, 1))
    assert results(tmp_path / "out") == results(tmp_path / "whole")
    assert all(line["decision"]["knowledge"]["overdue"] for line in answers(tmp_path / "out"))


def _other_input(where: Path, asked: dict[str, Any]) -> None:
    write_lines(where / "More.ndjson", person(7))


def _changed_input(where: Path, asked: dict[str, Any]) -> None:
    path = where / "Condition.000.ndjson"
    os.utime(path, (1, 1))


def _other_day(where: Path, asked: dict[str, Any]) -> None:
    asked["day"] = date(2026, 11, 21)


def _recorded(where: Path, asked: dict[str, Any]) -> None:
    asked["record"] = True


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_other_input, "the input"),
        (_changed_input, "the input"),
        (_other_day, "the evaluation date"),
        (_recorded, "--record"),
    ],
)
def test_a_folder_that_holds_another_run_is_refused(
    runs: Runs, tmp_path: Path, change: Callable[[Path, dict[str, Any]], None], told: str
) -> None:
    where = write_export(tmp_path / "in", people(2))
    runs.run(where, tmp_path / "out")
    before, asked = results(tmp_path / "out"), {}
    change(where, asked)
    with pytest.raises(CdsError, match=f"holds another run: {told}") as refused:
        runs.run(where, tmp_path / "out", **asked)
    assert "Name a new folder with --out, or delete this one." in str(refused.value)
    assert results(tmp_path / "out") == before


def test_other_knowledge_is_another_run(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = write_export(tmp_path / "in", people(1))
    runs.run(where, tmp_path / "out")
    monkeypatch.setattr(type(runs.core), "knowledge_sha256", "0" * 64)
    with pytest.raises(CdsError, match="holds another run: the knowledge and rules differ"):
        runs.run(where, tmp_path / "out")


def test_a_folder_with_other_files_is_left_alone(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(CdsError, match=r"holds thesis\.txt and no run of this command"):
        runs.run(write_export(tmp_path / "in", people(1)), tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [".lock", "thesis.txt"]


def test_results_are_not_written_into_the_input(runs: Runs, tmp_path: Path) -> None:
    where = write_export(tmp_path / "in", people(1))
    for out in (where, where / "results"):
        with pytest.raises(CdsError, match="lies in the input"):
            runs.run(where, out)


def test_only_one_run_writes_a_folder(tmp_path: Path) -> None:
    held = "from pathlib import Path\nfrom cds.population.folder import hold_folder\n"
    held += f"with hold_folder(Path({str(tmp_path / 'out')!r})): print('in', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        with pytest.raises(CdsError, match="Another run writes"), hold_folder(tmp_path / "out"):
            pass
        other.kill()
    with hold_folder(tmp_path / "out"):
        pass


def _dying(folder: Path, times: int) -> Callable[[], Work]:
    """Work that ends its process so many times, as a crash in the C engine does."""

    def work(batch: int) -> int:
        deaths = len(list(folder.glob("death*")))
        if batch == 2 and deaths < times:
            (folder / f"death{deaths}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        (folder / f"batch{batch}").touch()
        return batch

    return lambda: work


def test_a_process_that_dies_is_replaced_and_its_batch_done(tmp_path: Path) -> None:
    heard: list[int] = []
    share_out(range(6), 2, _dying(tmp_path, 1), heard.append)
    assert sorted(heard) == [0, 1, 2, 3, 4, 5]
    assert len(list(tmp_path.glob("batch*"))) == 6


def test_a_batch_at_which_processes_die_again_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(CdsError, match="ended 2 times at batch 2 with code -9"):
        share_out(range(6), 2, _dying(tmp_path, 2), lambda _: None)


def test_a_disk_that_is_full_is_told_with_the_mend(tmp_path: Path) -> None:
    def work(_: int) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(CdsError, match=r"No space left on device\. What was done is kept\. Make"):
        share_out(range(2), 2, lambda: work, lambda _: None)


def test_a_run_that_was_killed_goes_on_to_the_same_results(tmp_path: Path) -> None:
    """The whole command in a process of its own, with SIGKILL in the middle."""
    where = write_export(tmp_path / "in", people(150), most=60)
    command = [sys.executable, "-m", "cds", "population", str(where), "--quiet"]
    command += ["--evaluation-date", DAY.isoformat(), "--out"]
    env = {**os.environ, "CDS_DATA_DIR": str(tmp_path / "data")}
    subprocess.run([*command, str(tmp_path / "whole")], env=env, check=True)
    with subprocess.Popen([*command, str(tmp_path / "out")], env=env) as killed:
        while not list((tmp_path / "out" / "work").glob("*.rows")):
            assert killed.poll() is None
            time.sleep(0.02)
        processes = psutil.Process(killed.pid).children()
        killed.kill()
    assert not (tmp_path / "out" / "summary.json").exists()
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "work").glob("*.rows")}
    subprocess.run([*command, str(tmp_path / "out")], env=env, check=True)
    assert done
    assert processes
    assert psutil.wait_procs(processes, timeout=20)[1] == []
    assert results(tmp_path / "out") == results(tmp_path / "whole")
    assert not (tmp_path / "out" / "work").exists()


def test_the_command_says_what_is_wrong_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDS_DATA_DIR", str(tmp_path / "data"))
    assert main(["population", str(tmp_path / "no"), "--out", str(tmp_path / "out")]) == 2
    assert "no is not there" in capsys.readouterr().err
    late = ["--evaluation-date", "2999-01-01"]
    assert main(["population", str(tmp_path), "--out", str(tmp_path / "out"), *late]) == 2
    assert capsys.readouterr().err.startswith("--evaluation-date")


def test_results_can_be_read_by_their_owner_only(runs: Runs, tmp_path: Path) -> None:
    runs.run(write_export(tmp_path / "in", people(1)), tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "out" / "run.json").read_text())["software"]
