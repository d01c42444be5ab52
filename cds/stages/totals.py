"""What a session and a week add up to."""

from collections.abc import Iterable, Sequence

from cds.model.plan import Component, Pair, Totals
from cds.stages.frame import times

_DAYS_PER_WEEK = 7
# Done in the place of aerobic sessions, so they are counted there.
INSTEAD = frozenset({"aquatic", "hiit"})


def add_up(components: Sequence[Component], most: int, days: float | None) -> Totals:
    """The totals of these components; each weekly total is its session's times its days."""
    own = [part for part in components if part.modality not in INSTEAD]
    for part in own:
        _check(part)
    sessions = _sum(part.frequency for part in own)
    frequencies = [part.frequency for part in own]
    return Totals(
        exercises=sum(len(part.exercises) for part in components),
        exercises_at_most=most,
        sets_per_session=_sum(part.volume.sets_per_session for part in own),
        sets_per_week=_sum(part.volume.sets_per_week for part in own),
        minutes_per_session=_sum(part.session_min for part in own),
        minutes_per_week=_sum(part.volume.minutes_per_week_with_warm_up for part in own),
        sessions_per_week=sessions,
        training_days=(
            max((low for low, _ in frequencies), default=0),
            min(sessions[1], _DAYS_PER_WEEK if days is None else days),
        ),
    )


def _check(part: Component) -> None:
    """The code's own arithmetic: what is said of a week is what is said of its sessions."""
    volume = part.volume
    if volume.minutes_per_week is not None:
        assert part.time_min is not None
        assert volume.minutes_per_week == times(part.frequency, part.time_min)
    if volume.sets_per_week is not None:
        assert volume.sets_per_session is not None
        assert volume.sets_per_week == times(part.frequency, volume.sets_per_session)


def _sum(pairs: Iterable[Pair | None]) -> Pair:
    known = [pair for pair in pairs if pair is not None]
    return sum([low for low, _ in known]), sum([high for _, high in known])
