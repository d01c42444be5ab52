"""The two commands heal, wait and explain: run for real, on a project without packages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SERVE = """
import os, sys
print(*sys.argv[1:], os.environ.get("CDS_DATA_DIR"), os.getcwd(), sep="|")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of our scripts and empty locks, in a folder whose name has a space."""
    root = tmp_path / "exercise cds"
    shutil.copytree(ROOT / "script", root / "script")
    for lock in ("requirements-build.lock", "requirements.lock", "requirements-dev.lock"):
        (root / lock).write_text(f"# {lock}\n")
    (root / "cds").mkdir()
    (root / "cds" / "__main__.py").write_text(SERVE)
    return root


@pytest.fixture
def installed(project: Path) -> Path:
    """The same, as an earlier complete set-up left it."""
    venv = project / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "ready-runtime").write_text("# requirements-build.lock\n# requirements.lock\n")
    return project


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CDS_")}
    return kept | changes


def start(root: Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [root / "script" / "server", "--flag"],
        cwd=cwd or root,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def ordinary_person(folder: Path) -> str:
    """A PATH on which the person is not root, so that no test can install a system package."""
    folder.mkdir()
    (folder / "id").write_text("#!/bin/sh\necho 1000\n")
    (folder / "id").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_a_first_start_builds_the_environment_and_serves(project: Path) -> None:
    """Twice at once, from another folder: both wait for one set-up, and both serve."""
    (project / ".venv").mkdir()
    (project / ".venv" / "left-by-an-interrupted-set-up").touch()
    first, second = (
        subprocess.Popen(
            [project / "script" / "server"],
            cwd=project.parent,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    )
    outputs = [process.communicate(timeout=240) for process in (first, second)]

    assert [process.returncode for process in (first, second)] == [0, 0]
    assert [out for out, _ in outputs] == [f"serve|None|{project}\n"] * 2
    assert sum("virtual environment" in err for _, err in outputs) == 1
    assert not (project / ".venv" / "left-by-an-interrupted-set-up").exists()
    assert sorted(path.name for path in (project / ".venv").glob("ready*")) == ["ready-runtime"]


def test_a_second_start_says_nothing_and_only_serves(installed: Path) -> None:
    done = start(installed)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"serve|--flag|None|{installed}\n",
        "",
    )


def test_a_relative_data_folder_is_meant_from_where_the_person_stands(installed: Path) -> None:
    done = start(installed, cwd=installed.parent, CDS_DATA_DIR="records")
    assert done.stdout.split("|")[2] == str(installed.parent / "records")


def test_a_foreign_python_path_does_not_reach_the_service(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "os.py").write_text("raise SystemExit('shadowed')\n")
    assert start(installed, PYTHONPATH=str(tmp_path)).returncode == 0


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda root: (root / "requirements.lock").write_text("# new\n"), id="lock"),
        pytest.param(
            lambda root: (root / "requirements-build.lock").write_text("# new\n"), id="build-lock"
        ),
        pytest.param(lambda root: (root / ".venv" / "bin" / "python").unlink(), id="python-gone"),
        pytest.param(lambda root: (root / ".venv" / "ready-runtime").unlink(), id="interrupted"),
    ],
)
def test_an_environment_that_does_not_fit_is_not_used(
    installed: Path, tmp_path: Path, spoil: object
) -> None:
    """Without a compiler the set-up cannot go on, which shows that it began."""
    assert callable(spoil)
    spoil(installed)
    done = start(installed, PATH=ordinary_person(tmp_path / "bin"), CC="/no/compiler")
    assert (done.returncode, done.stdout) == (1, "")


def test_what_is_missing_is_named_in_one_line_with_the_command(
    project: Path, tmp_path: Path
) -> None:
    done = start(project, PATH=ordinary_person(tmp_path / "bin"), CC="/no/compiler")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("set-up: missing: gcc libc6-dev. ")
    if shutil.which("apt-get"):
        command = "apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev'\n"
        assert done.stderr.endswith(command)


def test_a_step_that_fails_shows_why_and_leaves_nothing_that_looks_complete(
    project: Path,
) -> None:
    (project / "requirements.lock").write_text("not a requirement\n")
    done = start(project)
    assert done.returncode == 1
    assert "Invalid requirement" in done.stderr
    assert "run the same command again" in done.stderr
    assert list((project / ".venv").glob("ready*")) == []


def test_the_checks_refuse_a_part_they_do_not_have() -> None:
    text = (ROOT / "script" / "check").read_text()
    done = subprocess.run(
        ["sh", "-c", text.replace("set_up dev\n", ""), str(ROOT / "script" / "check"), "statics"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
