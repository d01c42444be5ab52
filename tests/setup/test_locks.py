"""The lock files install exactly what was reviewed, from wherever the machine gets packages."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = (
    "requirements-build.lock",
    "requirements.lock",
    "requirements-encrypted.lock",
    "requirements-dev.lock",
)
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)(\[[a-z,]+\])?==(?P<version>[^ ;]+)")


def pins(lock: str) -> dict[str, str]:
    found = (PINNED.match(line) for line in (ROOT / lock).read_text().splitlines())
    return {pin["name"]: pin["version"] for pin in found if pin}


def declared(*path: str) -> list[str]:
    node = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for key in path:
        node = node[key]
    return [re.split(r"[<>=!~\[]", requirement)[0] for requirement in node]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash_and_nothing_else_is_asked_of_pip(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    strange = [
        line
        for line in lines
        if line.strip()
        and not line.lstrip().startswith(("#", "--hash=sha256:"))
        and not (PINNED.match(line) and line.endswith("\\"))
    ]
    assert strange == []
    assert pins(lock) != {}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_a_place_to_fetch_from(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert re.findall(r"https?:|file:|--(?:extra-)?index-url|--find-links", text) == []


def test_the_tests_run_on_the_versions_that_the_service_runs_on() -> None:
    runtime = pins("requirements.lock") | pins("requirements-encrypted.lock")
    dev = pins("requirements-dev.lock")
    assert {name: dev.get(name) for name in runtime} == runtime


@pytest.mark.parametrize(
    ("path", "lock"),
    [
        (("project", "dependencies"), "requirements.lock"),
        (("project", "optional-dependencies", "encrypted"), "requirements-encrypted.lock"),
        (("dependency-groups", "dev"), "requirements-dev.lock"),
        (("dependency-groups", "build"), "requirements-build.lock"),
    ],
)
def test_every_declared_dependency_is_locked(path: tuple[str, ...], lock: str) -> None:
    assert set(declared(*path)) - set(pins(lock)) == set()
