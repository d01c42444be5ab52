"""The shipped intensity knowledge, loaded once."""

from pathlib import Path

import pytest

from cds.knowledge.intensity_files import load_intensity
from cds.model.formula import IntensityKnowledge

KNOWLEDGE = Path(__file__).resolve().parents[2] / "cds" / "knowledge"


@pytest.fixture(scope="session")
def intensity() -> IntensityKnowledge:
    """The knowledge as shipped."""
    return load_intensity(KNOWLEDGE)
