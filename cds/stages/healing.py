"""Which stage of healing holds: weeks, milestone and surgeon together open the next one.

Source: progression of the clinical reference (a minimum time and the response must both be met).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from cds.knowledge.profile_table import ProfileTable
from cds.model.case import Case
from cds.model.healing import Gate, HeldStage
from cds.model.profile import Bounds, ProfileUse, Range
from cds.model.profile_text import Stage
from cds.stages.active_profiles import weeks_fact, weeks_since

STAGE_REACHED = "healing_stage"
SURGEON_AGREES = "surgeon_clearance"


def held_stages(
    case: Case, uses: Sequence[ProfileUse], table: ProfileTable
) -> tuple[HeldStage, ...]:
    """The stage of each profile that has stages.

    What is not known keeps the earlier stage. A stage that was reported belongs to one profile
    only: with several it counts for none.
    """
    staged = [use for use in uses if table.profiles[use.profile].stages]
    reached = case.number(STAGE_REACHED) if len(staged) == 1 else None
    return tuple([_held(case, use, table, reached or 1) for use in staged])


def _held(case: Case, use: ProfileUse, table: ProfileTable, reached: float) -> HeldStage:
    stages = table.profiles[use.profile].stages
    weeks = weeks_since(case, use, table)
    number = 1
    for number, (now, following) in enumerate(pairwise(stages), start=1):
        waits = tuple(_waits(case, now, following, weeks, milestone=reached > number))
        if waits:
            asks = tuple(_asks(case, waits, weeks, weeks_fact(use, table)))
            return HeldStage(use.profile, now, number, weeks, following, waits, asks)
    return HeldStage(use.profile, stages[-1], len(stages), weeks, None, (), ())


def _waits(
    case: Case, now: Stage, following: Stage, weeks: float | None, *, milestone: bool
) -> Iterator[Gate]:
    if following.from_week > 0 and (weeks is None or weeks < following.from_week):
        yield Gate.WEEKS
    if not milestone:
        yield Gate.MILESTONE
    if now.surgeon and case.flag(SURGEON_AGREES) is not True:
        yield Gate.SURGEON


def _asks(
    case: Case, waits: Sequence[Gate], weeks: float | None, fact: str | None
) -> Iterator[str]:
    """What is not known; milestone and surgeon change nothing before the weeks are reached."""
    if Gate.WEEKS in waits:
        if weeks is None and fact is not None:
            yield fact
        return
    if Gate.MILESTONE in waits and case.number(STAGE_REACHED) is None:
        yield STAGE_REACHED
    if Gate.SURGEON in waits and case.flag(SURGEON_AGREES) is None:
        yield SURGEON_AGREES


def staged_row(row: Bounds, held: HeldStage, table: ProfileTable) -> Bounds:
    """The row of the bounds as the stage leaves it: its tags, and a region that it opens.

    A region that opens while the dose is at its start begins with the least of the target row.
    """
    tags = row.avoid_tags - table.profiles[row.profile].staged_tags | held.stage.avoid_tags
    staged = replace(row, avoid_tags=tags)
    if not (held.stage.opens_resistance and row.blocks_resistance):
        return staged
    target = table.bounds[row.profile, "target"]
    return replace(
        staged,
        rt_days=_least(target.rt_days),
        rt_percent=_least(target.rt_percent),
        rt_sets=_least(target.rt_sets),
        rt_reps=target.rt_reps,
    )


def _least(span: Range) -> Range:
    return Range(span.low, span.low)
