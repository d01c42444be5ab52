"""Cases about one interval protocol: its zone for a peak under the ceilings of a decision."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cds.formulas.ceiling import UpperLimit
from cds.knowledge.base import Knowledge
from cds.model.case import Case
from cds.model.protocol import NoProtocol
from cds.stages.hiit_protocol import HeartRoom, choose_protocol

_PROTOCOLS = {"4x4": "HIIT-P-4X4", "10x1": "HIIT-P-10X1"}


def intervals(
    inputs: Mapping[str, Any], ceiling: int | None, knowledge: Knowledge
) -> dict[str, Any]:
    """What the protocol of the case looks like for its peak heart rate, or that it does not fit."""
    limits = [] if ceiling is None else [UpperLimit(ceiling, "the ceiling of the decision")]
    room = HeartRoom(inputs.get("hr_peak"), limits, knowledge.intensity.ceiling)
    nobody = Case(date.min, {})
    found = choose_protocol(nobody, room, knowledge.hiit, _PROTOCOLS[inputs["protocol"]])
    if isinstance(found, NoProtocol):
        return {"eligible": False}
    lower, upper = found.hr_bpm or (None, None)
    return {
        "eligible": True,
        "lower_bpm": lower,
        "upper_bpm": upper,
        "work_min": found.work_s / 60,
        "work_s": found.work_s,
        "rest_s": found.rest_s,
        "intervals": found.intervals,
        "target_pct_hrmax": found.target_percent[0] if found.target_percent else None,
    }
