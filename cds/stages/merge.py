"""Combines profiles so that the result only narrows: each limit is the strictest one.

Order never matters, a profile counts once, and adding one never raises an upper bound.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from cds.model.dose import Attributed, MergedDose, Resistance, Span, SubTherapeutic
from cds.model.profile import HIIT, IMPACTS, Bounds, Range

Rows = Sequence[Bounds]
_GAPS = {
    "hrr_percent": "merge_gap_hrr_percent",
    "rpe_6_20": "merge_gap_rpe_6_20",
    "rt_percent": "merge_gap_rt_percent",
}


def merge_bounds(
    rows: Iterable[Bounds], ceilings: Iterable[Bounds], constants: Mapping[str, Range]
) -> MergedDose:
    """One dose out of the rows of one phase.

    `ceilings` are rows of which only upper bounds, impact, HIIT and supervision count.
    Source: merge rules of the clinical reference (prescription/conflicts.md section 2).
    Raises: ValueError when there is no row: without a profile there are no numbers.
    """
    asked = tuple(sorted(set(rows), key=lambda row: row.profile))
    if not asked:
        raise ValueError("No profile holds, so there is no dose to merge. Refer instead.")
    caps = tuple(sorted(set(ceilings) - set(asked), key=lambda row: row.profile))
    every = (*asked, *caps)
    spans = {
        name: _span(name, asked, every, constants)
        for name in ("hrr_percent", "rpe_6_20", "days", "minutes")
    }
    resistance = _resistance(asked, caps, constants)
    reachable = spans["days"].high.value * spans["minutes"].high.value
    removed = tuple(row.profile for row in asked if _removes_quota(row))
    wanted = _wanted(asked)
    return MergedDose(
        phase=asked[0].phase,
        profiles=tuple(row.profile for row in asked),
        **spans,
        weekly=None if removed or wanted is None else _weekly(asked, reachable, spans),
        weekly_wanted=None if removed else wanted,
        quota_removed=removed,
        reachable=reachable,
        resistance=resistance,
        impact=_lowest(every, IMPACTS, lambda row: row.impact),
        hiit=_lowest(every, HIIT, lambda row: row.hiit),
        supervision=_supervision(every),
        heart_rate_usable=_usable(every),
        avoid_tags=_union(every),
        sub_therapeutic=_sub_therapeutic(asked, spans, resistance),
        short_of=_short_of(asked, spans, resistance),
    )


def _span(name: str, asked: Rows, every: Rows, constants: Mapping[str, Range]) -> Span:
    high = _extreme(every, lambda row: _bound(row, name).high, min)
    low = _wanted_low(name, asked)
    if low.value > high.value:
        low = _yield_low(name, asked, high, constants)
    return Span(low, high)


def _wanted_low(name: str, asked: Rows) -> Attributed[float]:
    """Start: the smallest. Target: the largest, or the smallest of the protective profiles."""
    if asked[0].phase == "start":
        return _extreme(asked, lambda row: _bound(row, name).low, min)
    protective = [row for row in asked if row.protective]
    if protective:
        return _extreme(protective, lambda row: _bound(row, name).low, min)
    return _extreme(asked, lambda row: _bound(row, name).low, max)


def _yield_low(
    name: str, asked: Rows, high: Attributed[float], constants: Mapping[str, Range]
) -> Attributed[float]:
    """Nothing fits: the upper bound stands and the lower one follows it."""
    if name not in _GAPS:
        return high
    smallest = _extreme(asked, lambda row: _bound(row, name).low, min)
    kept = high.value - constants[_GAPS[name]].high
    if smallest.value >= high.value:
        return high
    return smallest if smallest.value >= kept else Attributed(kept, high.by)


def _bound(row: Bounds, name: str) -> Range:
    value: Range = getattr(row, name)
    return value


def _resistance(asked: Rows, caps: Rows, constants: Mapping[str, Range]) -> Resistance:
    """A region that takes no load is blocked; the others keep a capped dose."""
    blocking = [row for row in asked if row.blocks_resistance]
    free = [row for row in asked if not row.blocks_resistance]
    stand_ins = tuple(_unblocked(row, constants) for row in blocking)
    used = (*free, *stand_ins)
    every = (*used, *caps)
    return Resistance(
        days=_span("rt_days", used, every, constants),
        percent=_span("rt_percent", used, every, constants),
        sets=_intersection("rt_sets", used, every),
        # Repetitions go with the load, so an age ceiling does not cut them (ADR 0003).
        reps=_intersection("rt_reps", used, used),
        blocked_regions=_regions(blocking),
    )


def _unblocked(row: Bounds, constants: Mapping[str, Range]) -> Bounds:
    """The row as it applies to regions that it does not block."""
    return replace(
        row,
        rt_days=constants["unblocked_rt_days"],
        rt_percent=constants["unblocked_rt_percent"],
        rt_sets=constants["unblocked_rt_sets"],
        rt_reps=constants["unblocked_rt_reps"],
    )


def _intersection(name: str, asked: Rows, every: Rows) -> Span:
    """Sets and repetitions overlap, or go down to the smallest lower bound that was asked."""
    high = _extreme(every, lambda row: _bound(row, name).high, min)
    low = _extreme(asked, lambda row: _bound(row, name).low, max)
    if low.value > high.value:
        low = _extreme(asked, lambda row: _bound(row, name).low, min)
    return Span(low if low.value <= high.value else high, high)


def _regions(blocking: Rows) -> tuple[Attributed[str], ...]:
    regions = sorted({row.rt_scope for row in blocking})
    return tuple(
        Attributed(region, tuple(row.profile for row in blocking if row.rt_scope == region))
        for region in regions
    )


def _removes_quota(row: Bounds) -> bool:
    return row.weekly is not None and row.weekly.high == 0


def _wanted(asked: Rows) -> Attributed[float] | None:
    """The largest weekly goal that any profile asks for."""
    goals = [row for row in asked if row.weekly is not None]
    return _extreme(goals, _weekly_low, max) if goals else None


def _weekly(asked: Rows, reachable: float, spans: Mapping[str, Span]) -> Span:
    """Goals, not limits: the largest one counts, as far as days and minutes reach it."""
    goals = [row for row in asked if row.weekly is not None]
    setters = tuple(sorted({*spans["days"].high.by, *spans["minutes"].high.by}))
    reached = Attributed(reachable, setters)
    low = _extreme(goals, _weekly_low, max)
    high = _extreme(goals, lambda row: row.weekly.high if row.weekly else 0.0, max)
    return Span(
        low if low.value <= reachable else reached,
        high if high.value <= reachable else reached,
    )


def _weekly_low(row: Bounds) -> float:
    return row.weekly.low if row.weekly else 0.0


def _sub_therapeutic(
    asked: Rows, spans: Mapping[str, Span], resistance: Resistance
) -> tuple[SubTherapeutic, ...]:
    """Every intensity that a profile asks for and another profile's upper bound bars."""
    free = [row for row in asked if not row.blocks_resistance]
    checks = [(name, spans[name], asked) for name in ("hrr_percent", "rpe_6_20")]
    return _unmet([*checks, ("rt_percent", resistance.percent, free)])


def _short_of(
    asked: Rows, spans: Mapping[str, Span], resistance: Resistance
) -> tuple[SubTherapeutic, ...]:
    """The same of days, minutes and sets, which make up the volume."""
    free = [row for row in asked if not row.blocks_resistance]
    checks = [(name, spans[name], asked) for name in ("days", "minutes")]
    own = (("rt_days", resistance.days), ("rt_sets", resistance.sets))
    return _unmet([*checks, *((name, span, free) for name, span in own)])


def _unmet(checks: Iterable[tuple[str, Span, Rows]]) -> tuple[SubTherapeutic, ...]:
    return tuple(
        SubTherapeutic(row.profile, name, _bound(row, name).low, span.high.value, span.high.by)
        for name, span, rows in checks
        for row in rows
        if _bound(row, name).low > span.high.value
    )


def _union(every: Rows) -> tuple[Attributed[str], ...]:
    tags = sorted({tag for row in every for tag in row.avoid_tags})
    return tuple(
        Attributed(tag, tuple(row.profile for row in every if tag in row.avoid_tags))
        for tag in tags
    )


def _lowest(rows: Rows, order: Sequence[str], key: Callable[[Bounds], str]) -> Attributed[str]:
    rank = _extreme(rows, lambda row: order.index(key(row)), min)
    return Attributed(order[int(rank.value)], rank.by)


def _usable(rows: Rows) -> Attributed[bool]:
    worst = _extreme(rows, lambda row: row.heart_rate_usable, min)
    return Attributed(bool(worst.value), worst.by)


def _supervision(rows: Rows) -> Attributed[int]:
    highest = _extreme(rows, lambda row: row.supervision, max)
    return Attributed(int(highest.value), highest.by)


def _extreme(
    rows: Iterable[Bounds],
    key: Callable[[Bounds], float],
    pick: Callable[[Iterable[float]], float],
) -> Attributed[float]:
    """The smallest or largest value, with every profile that has it."""
    values = {row.profile: key(row) for row in rows}
    value = pick(values.values())
    setters = tuple(sorted(name for name, own in values.items() if own == value))
    return Attributed(value, setters)
