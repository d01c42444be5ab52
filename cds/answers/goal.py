"""The smallest set of changes that reaches a goal, found by deciding again and again.

Whatever stands in the way stays there until one of its tests turns, so every set that reaches the
goal changes one of the facts behind each barrier. The search branches on the barrier with the
fewest such changes; sets with fewer facts are tried first, of equal ones those that ask least.
A set is answered only after a decision on it has reached the goal.
"""

import heapq
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from cds.answers.barriers import find_barriers
from cds.answers.levers import REVIEWS, is_open, levers
from cds.answers.supposing import suppose
from cds.answers.view import View, look
from cds.knowledge.contradictions import contradictions_in
from cds.model.decision import Disposition
from cds.model.intake import Intake, SubmittedFact
from cds.model.question import Barrier, Step, Target

_ORDER = tuple(Disposition)
_ALLOWED = ("allow", "allow_with_limits")
_Set = tuple[Step, ...]


class Reached(Struct, frozen=True):
    """The set that was tried with success, and the decision on it."""

    steps: _Set
    view: View
    tried: int


class NotReached(Struct, frozen=True):
    """Why no set was found, and what could not be moved.

    `reason`: emergency, unchangeable, open_question (a value decides that nobody can guess) or
    not_found (within the bounds of the search).
    """

    reason: str
    barriers: tuple[Barrier, ...]
    tried: int


def verdict(view: View, target: Target) -> str:
    """The verdict on the target: allow, allow_with_limits, block or insufficient_data."""
    if target.type != "disposition":
        return view.decision.requested[0].verdict
    found = view.decision.disposition
    if _ORDER.index(found) >= _ORDER.index(Disposition(target.code)):
        return "allow"
    return "insufficient_data" if found is Disposition.INSUFFICIENT_DATA else "block"


def is_reached(view: View, target: Target) -> bool:
    """Whether the decision allows the target, with limits or without."""
    return verdict(view, target) in _ALLOWED


def reach(start: View, target: Target) -> Reached | NotReached:
    """The smallest set of changes that reaches the target from this decision.

    Raises: EngineError when the two evaluators disagree.
    """
    if start.decision.disposition is Disposition.EMERGENCY:
        return NotReached("emergency", find_barriers(start, target), 0)
    return _Search(start, target).run()


def apply(intake: Intake, steps: _Set) -> Intake:
    """The intake as it would be."""
    reviewed = {step.fact: True for step in steps if step.fact in REVIEWS}
    told = [
        SubmittedFact(step.fact, step.to, step.unit) for step in steps if step.fact not in reviewed
    ]
    return suppose(intake, told, reviewed)


class _Search(Struct):
    start: View
    target: Target
    stuck: tuple[Barrier, ...] = ()
    cut_short: bool = False
    open: bool = False
    heap: list[tuple[int, int, int, _Set]] = field(default_factory=list)
    seen: set[frozenset[tuple[str, object]]] = field(default_factory=set)

    def run(self) -> Reached | NotReached:
        most, tried = self.start.world.service.knowledge.changes.most_decisions, 0
        self._push(())
        while self.heap and tried < most:
            steps = heapq.heappop(self.heap)[-1]
            view, tried = self._look(steps), tried + 1
            if is_reached(view, self.target):
                return Reached(steps, view, tried)
            for step in self._branches(view):
                self._push(_with(steps, step))
        return NotReached(self._reason(), self.stuck, tried)

    def _reason(self) -> str:
        if self.heap or self.cut_short:
            return "not_found"
        return "open_question" if self.open else "unchangeable"

    def _look(self, steps: _Set) -> View:
        if not steps:
            return self.start
        day = self.start.decision.evaluation_date
        return look(self.start.world, apply(self.start.intake, steps), day)

    def _branches(self, view: View) -> Iterator[Step]:
        """The changes against the barrier that leaves the fewest; none where one leaves none."""
        barriers = find_barriers(view, self.target)
        options = [
            (levers(view, barrier, self.start.hearing.case), barrier) for barrier in barriers
        ]
        hopeless = tuple(barrier for steps, barrier in options if not steps)
        self.stuck = self.stuck or hopeless or barriers
        self.cut_short = self.cut_short or not options
        self.open = self.open or any(is_open(view, barrier) for barrier in hopeless)
        if hopeless or not options:
            return
        yield from min((steps for steps, _ in options), key=len)

    def _push(self, steps: _Set) -> None:
        changes = self.start.world.service.knowledge.changes
        key = frozenset((step.fact, step.to) for step in steps)
        if key in self.seen or self._contradicts(steps):
            return
        if len(steps) > changes.most_changes:
            self.cut_short = True
            return
        effort = sum(changes.effort(step.by) for step in steps)
        heapq.heappush(self.heap, (len(steps), effort, len(self.seen), steps))
        self.seen.add(key)

    def _contradicts(self, steps: _Set) -> bool:
        changed = apply(self.start.intake, steps)
        return bool(contradictions_in(changed, self.start.world.contradictions))


def _with(steps: _Set, step: Step) -> _Set:
    """The set with this change, in place of an earlier one of the same fact."""
    kept: Mapping[str, Step] = {known.fact: known for known in steps}
    return tuple({**kept, step.fact: step}.values())
