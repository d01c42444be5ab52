"""The vocabulary and terminology as shipped, and a reader of small Bundles."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import cds
from cds.fhir.intake import read_bundle
from cds.knowledge.documents import Problems
from cds.knowledge.procedure_labels import load_procedures
from cds.knowledge.terminology import Terminology
from cds.knowledge.value_sets import load_terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.knowledge.vocabulary_files import load_vocabulary
from cds.model.intake import Intake
from tests.fhir.records import Resource, bundle, patient

PACKAGE = Path(cds.__file__).parent
TODAY = date(2026, 11, 22)

Read = Callable[..., Intake]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """Every fact as shipped."""
    return load_vocabulary(PACKAGE, Problems())


@pytest.fixture(scope="session")
def terminology() -> Terminology:
    """Every value set as shipped."""
    problems = Problems()
    loaded = load_terminology(PACKAGE, problems, load_procedures(PACKAGE, problems))
    assert [str(problem) for problem in problems.found] == []
    assert loaded is not None
    return loaded


@pytest.fixture(scope="session")
def read(vocabulary: Vocabulary, terminology: Terminology) -> Read:
    """Reads a patient with these resources; `whole` reads a document as it is."""

    def read_resources(
        *resources: Resource,
        person: Resource | None = None,
        whole: object = None,
        today: date = TODAY,
        **options: Any,
    ) -> Intake:
        document = whole if whole is not None else bundle(person or patient(), *resources)
        return read_bundle(
            document,
            evaluation_date=today,
            vocabulary=vocabulary,
            terminology=terminology,
            **options,
        )

    return read_resources


@pytest.fixture(scope="session")
def patients() -> Path:
    """The synthetic patients that stand beside the repository; `CDS_SHARED` says where."""
    shared = Path(os.environ.get("CDS_SHARED", PACKAGE.parent.parent / "shared"))
    place = shared / "patients"
    if not place.is_dir():
        pytest.skip("the synthetic patients are absent; set CDS_SHARED to the reference material")
    return place
