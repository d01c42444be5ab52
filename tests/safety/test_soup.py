"""The software of others: the notes are about what the lock installs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cds.check.safety import load_safety, write_pages
from cds.check.soup import LOCKS, NOTES, load_soup
from cds.knowledge.documents import Problems
from tests.safety.controls import HOME


@pytest.fixture
def report(tmp_path: Path) -> Callable[[str, str], list[str]]:
    """What is reported after `old` became `new` in the lock."""

    def report(old: str, new: str) -> list[str]:
        (tmp_path / "docs/safety").mkdir(parents=True)
        (tmp_path / NOTES).write_text((HOME / NOTES).read_text("utf-8"))
        locks = {lock: (HOME / lock).read_text("utf-8") for lock in LOCKS}
        assert sum(old in lock for lock in locks.values()) == 1
        for name, lock in locks.items():
            (tmp_path / name).write_text(lock.replace(old, new, 1))
        problems = Problems()
        load_soup(tmp_path, problems)
        return [str(problem) for problem in problems.found]

    return report


def test_the_notes_hold_and_their_page_is_up_to_date() -> None:
    problems = Problems()
    load_soup(HOME, problems)
    assert [str(problem) for problem in problems.found] == []
    written = write_pages(load_safety(HOME, problems))["docs/safety/soup.md"]
    page = (HOME / "docs/safety/soup.md").read_text("utf-8")
    assert written == page, "run 'python -m cds safety --write'"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("flask==", "frisk==1\nflask==", "installs frisk, of which nothing is said"),
        ("flask==3.1.3", "flask==3.2.0", "has flask 3.2.0, not 3.1.3"),
        ("flask==3.1.3", "# flask", "has flask no longer, not 3.1.3"),
        ("sqlcipher3==0.6.4", "sqlcipher3==0.7.0", "has sqlcipher3 0.7.0, not 0.6.4"),
    ],
)
def test_a_package_without_a_note_and_another_version_are_reported(
    report: Callable[[str, str], list[str]], old: str, new: str, told: str
) -> None:
    (found,) = report(f"\n{old}", f"\n{new}")
    assert told in found
    assert found.startswith(f"{NOTES}:")


def test_the_engine_is_told_with_what_was_measured() -> None:
    """Its anomalies are why everything is computed twice."""
    engine = next(p for p in load_soup(HOME, Problems()).locked if p.name == "durable-rules")
    assert len([a for a in engine.anomalies if a.known_from.startswith("measured")]) >= 10
