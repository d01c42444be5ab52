"""Every published case is answered as published, or is listed with the reason why not."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.acceptance.adapter import Adapter
from tests.acceptance.vectors import (
    ABSENT,
    CASES,
    Vector,
    read_disagreements,
    read_listed,
    read_vectors,
)

VECTORS = read_vectors()
LATER = read_listed("out_of_scope.yaml")
DISPUTED = read_disagreements()
RUN = [v for v in VECTORS.values() if v.id not in LATER and v.id not in DISPUTED]

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=ABSENT)


def matches(expected: Any, found: Any, tolerance: float) -> bool:
    """Equal; numbers within the tolerance of the case; lists member by member."""
    if isinstance(expected, list) and isinstance(found, (list, tuple)):
        pairs = zip(expected, found, strict=False)
        return len(expected) == len(found) and all(matches(e, f, tolerance) for e, f in pairs)
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        if found is None or isinstance(found, (bool, str, list, Mapping)):
            return False
        return abs(float(found) - expected) <= tolerance + 1e-9
    return bool(expected == found)


def disagreements(adapter: Adapter, vector: Vector) -> list[str]:
    """Every door and key that answers otherwise; a key that no door answers is one as well."""
    said, found = set(), []
    for seen in adapter.observe(vector):
        said |= set(seen.found)
        found += [
            f"{key}: expected {vector.expected[key]!r}, found {value!r} ({seen.door})"
            for key, value in seen.found.items()
            if not matches(vector.expected[key], value, vector.tolerance)
        ]
    return found + [f"{key}: nothing answers it" for key in vector.expected if key not in said]


@pytest.mark.parametrize("vector", RUN, ids=lambda vector: vector.id)
def test_a_published_case_is_answered_as_published(vector: Vector, adapter: Adapter) -> None:
    assert disagreements(adapter, vector) == []
