"""Which numbers of a plan a row of the progression table speaks of."""

import pytest

from cds.model.effect import Direction, DoseChange, Progress
from cds.stages.next_dose import next_numbers


@pytest.mark.parametrize(("phase", "told"), [("start", True), ("target", False)])
def test_a_restart_keeps_the_numbers_of_a_start_and_no_others(phase: str, told: bool) -> None:
    plan = {"phase": phase, "components": [{"modality": "aerobic", "time_min": [10, 20]}]}
    change = DoseChange("session_minutes", 0.0, 0.0, "min")
    restart = Progress(Direction.RESTART, "RESTART_PHASE_I", (change,), "Begin again.")
    assert bool(list(next_numbers(plan, restart, "aerobic"))) is told
