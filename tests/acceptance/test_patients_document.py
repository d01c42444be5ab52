"""The table of the synthetic patients is the one that today's rules give, and holds no patient."""

import pytest

from benchmarks.patient_counts import count_patients
from benchmarks.patients import (
    CURRENT,
    DOCUMENT,
    ROOT,
    document,
    read_notes,
    relevant,
    shared_patients,
)
from cds.service import Service

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shared_patients().is_dir(), reason="the synthetic patients are absent; set CDS_SHARED"
    ),
]


@pytest.fixture(scope="module")
def written() -> str:
    """The document as it stands in the repository."""
    return (ROOT / DOCUMENT).read_text(encoding="utf-8")


def test_the_document_is_up_to_date(written: str, service: Service) -> None:
    """When it is not: python -m benchmarks.patients --write."""
    assert written == document(shared_patients(), service)


def test_every_frequent_text_that_is_not_read_is_judged(written: str) -> None:
    assert [line for line in written.splitlines() if "not judged" in line] == []


def test_no_patient_is_in_the_document(written: str) -> None:
    ids = [path.stem for path in shared_patients().glob("*-*-*-*-*.json")]
    assert len(ids) == 56
    assert [id_ for id_ in ids if id_[:8] in written] == []


def test_nine_of_ten_entries_that_matter_to_exercise_are_read(service: Service) -> None:
    """Current conditions and medicines; what the service asks instead stands apart, in the open."""
    notes = read_notes()
    counts = count_patients(shared_patients(), service, notes.published["from_age"])
    found = [relevant(counts.entries[kind], notes.by_text) for kind in CURRENT]
    assert [of.percent >= 90 for of in found] == [True, True]
