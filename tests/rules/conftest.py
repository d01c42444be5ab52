"""The knowledge loaded once, and small roots to put rules into."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cds.errors import LoadError
from cds.knowledge.documents import Problems
from cds.knowledge.files import ROOT
from cds.knowledge.loader import load_knowledge
from cds.loading import references_of
from cds.rules.base import RuleBase
from cds.rules.cases import load_cases
from cds.rules.loader import load_rules
from cds.rules.lock import write_lock
from cds.rules.references import References
from tests.rules.small_root import write_files


@pytest.fixture(scope="session")
def references() -> References:
    """The names that rules may use."""
    problems = Problems()
    knowledge = load_knowledge(ROOT, problems)
    assert [str(problem) for problem in problems.found] == []
    return references_of(knowledge)


@pytest.fixture(scope="session")
def report_rules(
    references: References, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Mapping[str, str]], list[str]]:
    """What is reported of these rule files, in the order in which it is shown."""
    root = tmp_path_factory.mktemp("rules")

    def report(files: Mapping[str, str]) -> list[str]:
        write_files(root, files)
        problems = Problems()
        load_cases(root, load_rules(root, references, problems), problems)
        return [str(problem) for problem in LoadError(problems.found).problems]

    return report


@pytest.fixture
def root(tmp_path: Path, small_rules: RuleBase) -> Path:
    """A whole root without fault: the knowledge as shipped and the small rules, locked."""
    shutil.copytree(
        ROOT / "knowledge", tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py*")
    )
    write_files(tmp_path)
    write_lock(tmp_path, small_rules, {})
    return tmp_path


@pytest.fixture(scope="session")
def small_rules(references: References, tmp_path_factory: pytest.TempPathFactory) -> RuleBase:
    """The small rules as loaded."""
    place, problems = tmp_path_factory.mktemp("small"), Problems()
    write_files(place)
    loaded = load_rules(place, references, problems)
    assert problems.found == []
    return loaded
