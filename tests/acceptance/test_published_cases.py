"""Every published case is answered as published, or is listed with the reason why not."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.acceptance.adapter import Adapter
from tests.acceptance.door import RefusedError
from tests.acceptance.patients import UntranslatedError
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


def is_inside(expected: Any, found: Any) -> bool:
    """Whether the range that was found lies within the expected one."""
    return found is not None and expected[0] <= found[0] <= found[1] <= expected[1]


def disagreements(adapter: Adapter, vector: Vector, inside: Collection[str] = ()) -> list[str]:
    """Every door and key that answers otherwise; a key that no door answers is one as well.

    The answer to a key of `inside` may be a narrower range than the expected one.
    """
    said, found = set(), []
    for seen in adapter.observe(vector):
        said |= set(seen.found)
        found += [
            f"{key}: expected {vector.expected[key]!r}, found {value!r} ({seen.door})"
            for key, value in seen.found.items()
            if not (key in inside and is_inside(vector.expected[key], value))
            and not matches(vector.expected[key], value, vector.tolerance)
        ]
    return found + [f"{key}: nothing answers it" for key in vector.expected if key not in said]


@pytest.mark.parametrize("vector", RUN, ids=lambda vector: vector.id)
def test_a_published_case_is_answered_as_published(vector: Vector, adapter: Adapter) -> None:
    assert disagreements(adapter, vector) == []


@pytest.mark.parametrize("id_", sorted(DISPUTED))
def test_a_disputed_case_is_answered_as_the_other_source_says(id_: str, adapter: Adapter) -> None:
    """Under its policy, inside its range, or to the figure that is written down as found.

    What is listed as `unsaid` is not said, for the reason that stands beside it.
    """
    entry = DISPUTED[id_]
    whole = replace(VECTORS[id_], policy=entry.get("policy", {}))
    unsaid = entry.get("unsaid", [])
    assert all(any(f"{key}:" in d for d in disagreements(adapter, whole)) for key in unsaid)
    said = {key: value for key, value in whole.expected.items() if key not in unsaid}
    vector = replace(whole, expected={**said, **entry.get("found", {})})
    inside = entry.get("inside", [])
    assert disagreements(adapter, vector, inside) == []


def test_every_case_is_run_or_listed_once() -> None:
    listed = [*LATER, *DISPUTED]
    assert sorted(set(listed)) == sorted(listed)
    assert set(listed) <= set(VECTORS)
    assert {v.id for v in RUN} | set(listed) == set(VECTORS)


@pytest.mark.parametrize("id_", sorted(LATER))
def test_a_listed_case_is_not_answered_yet(id_: str, adapter: Adapter) -> None:
    try:
        found = disagreements(adapter, VECTORS[id_])
    except (UntranslatedError, RefusedError):
        return
    assert found != [], "this case passes: take it off the list"


def test_a_wall_sit_is_not_for_a_pressure_of_160_over_100(adapter: Adapter) -> None:
    vector = VECTORS["RX-049"]
    high = replace(
        vector, inputs=vector.inputs | {"bp": [160, 100]}, expected={"decision": "BLOCK"}
    )
    assert disagreements(adapter, high) == []
