"""The knowledge as shipped, and the reference material that stands beside the repository."""

import os
from pathlib import Path

import pytest

import cds
from cds.knowledge.documents import Problems
from cds.knowledge.vocabulary import Vocabulary
from cds.knowledge.vocabulary_files import load_vocabulary


@pytest.fixture(scope="session")
def package() -> Path:
    """The directory of the package, from which problems are named."""
    return Path(cds.__file__).parent


@pytest.fixture(scope="session")
def shared(package: Path) -> Path:
    """The reference material; `CDS_SHARED` says where it is."""
    place = Path(os.environ.get("CDS_SHARED", package.parent.parent / "shared"))
    if not place.is_dir():
        pytest.skip("the reference material is absent; set CDS_SHARED to its directory")
    return place


@pytest.fixture(scope="session")
def vocabulary(package: Path) -> Vocabulary:
    """Every fact as shipped."""
    problems = Problems()
    loaded = load_vocabulary(package, problems)
    assert [str(problem) for problem in problems.found] == []
    return loaded


@pytest.fixture
def problems() -> Problems:
    """An empty collection of problems."""
    return Problems()
