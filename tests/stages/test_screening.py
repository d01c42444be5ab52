"""What screening says when an answer is missing: the strictest row that is still possible."""

from typing import Any

import pytest

from cds.service import Service
from tests.stages.deciding import UNKNOWN, decide_for

DISEASE = ("type_2_diabetes",)
# Neither asked outright nor to be worked out from days, minutes and months.
NOT_SAID = {"regular_exercise": UNKNOWN, "days_per_week": UNKNOWN}


@pytest.mark.parametrize(
    ("conditions", "facts", "expected"),
    [
        ((), {}, ("not_necessary", True)),
        ((), {"regular_exercise": False}, ("not_necessary", False)),
        ((), {**NOT_SAID}, ("not_necessary", False)),
        (DISEASE, {"regular_exercise": False}, ("recommended", False)),
        (DISEASE, {**NOT_SAID}, ("insufficient_data", None)),
        ((), {"sx_dyspnea": True}, ("discontinue_and_clear", False)),
        ((), {"sx_dyspnea": True, "regular_exercise": False}, ("recommended", False)),
        ((), {"sx_dyspnea": True, **NOT_SAID}, ("discontinue_and_clear", False)),
        ((), {"sx_dyspnea": UNKNOWN}, ("insufficient_data", None)),
    ],
)
def test_the_answer_holds_for_every_row_that_is_still_possible(
    conditions: tuple[str, ...], facts: dict[str, Any], expected: tuple[str, bool | None],
    service: Service,
) -> None:  # fmt: skip
    screening = decide_for(service, conditions, **facts).screening
    assert expected == (screening.clearance, screening.vigorous_allowed)
