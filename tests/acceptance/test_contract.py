"""Every member that the contract at the edges names stands in answers, in its place and kind.

The contract is read where it lies; its example is of one answer and holds more than any answer
does, so null is taken for what does not apply.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cds.http.core import CoreService
from tests.acceptance.door import open_door
from tests.acceptance.vectors import SHARED
from tests.api.adult import body

CONTRACT = SHARED / "design" / "api.md"
pytestmark = pytest.mark.skipif(
    not CONTRACT.is_file(),
    reason="the contract is absent; set CDS_SHARED to the directory of the reference material",
)
_SECTION = "## 2. The decision"
#: Answers that together hold an entry of every list of the example.
ASKED = (
    body(
        {"fracture_unhealed": True},
        ["osteoporosis", "hypertension", {"code": "X99"}],
        ["beta_blocker"],
        request={"exercises": ["A15"], "modalities": ["hiit"], "setting": "home"},
        preferences={"goals": ["climb stairs"]},
    ),
    body({"sbp_rest": 150}, ["coronary_artery_disease"], ["beta_blocker"]),
    body({"glucose": 5.2}, ["type_2_diabetes"], ["insulin"]),
    body({"sx_ischemic_pain": True, "sx_acute": True}),
)


def _example() -> Any:
    text = CONTRACT.read_text("utf-8").split(_SECTION)[1]
    return json.loads(text.split("```json")[1].split("```")[0])


def _differences(wanted: Any, found: Any, place: str = "") -> Iterator[str]:
    """Where a member is missing, or an object or a list stands for the other."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in wanted.items():
            if name not in found:
                yield f"{place}.{name} is missing"
            else:
                yield from _differences(value, found[name], f"{place}.{name}")
    elif isinstance(wanted, list) and isinstance(found, list):
        for item in found if wanted else ():
            yield from _differences(wanted[0], item, f"{place}[]")
    elif isinstance(wanted, (dict, list)) and found is not None:
        yield f"{place} is a {type(found).__name__}"


def _filled(value: Any, place: str = "") -> Iterator[str]:
    """The places of all lists that hold something."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _filled(inner, f"{place}.{name}")
    elif isinstance(value, list) and value:
        yield place
        for item in value:
            yield from _filled(item, f"{place}[]")


@pytest.fixture(scope="module")
def answers(core: CoreService, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What the service answers to all that is asked."""
    with open_door(core, tmp_path_factory.mktemp("contract")) as door:
        return [door.decide(request) for request in ASKED]


def test_answers_hold_what_the_contract_names(answers: list[Any]) -> None:
    wanted = _example()
    assert {told for answer in answers for told in _differences(wanted, answer)} == set()


def test_the_answers_fill_the_lists_of_the_contract(answers: list[Any]) -> None:
    """A list that no answer fills would be compared with nothing."""
    filled = {place for answer in answers for place in _filled(answer)}
    assert set(_filled(_example())) - filled == set()
