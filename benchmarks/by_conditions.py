"""How the cost of a decision with a plan grows with the number of conditions."""

from collections.abc import Sequence
from random import Random
from time import thread_time

from msgspec.structs import replace

from benchmarks.figures import Figure, median_ms, say
from benchmarks.workload import TODAY, build_decision_requests
from cds.decide import decide
from cds.model.intake import Intake, SubmittedCondition
from cds.schemas.request_terms import RequestTerms
from cds.service import Service

_COUNTS = (0, 1, 2, 4, 8)
_SEED = 21
#: The target for a decision with its plan, at the median, in milliseconds.
PLANNED_MS = 5.0
_TRIES = 20


def by_conditions(service: Service, terms: RequestTerms, people: int, rounds: int) -> list[Figure]:
    """The median for each number of conditions, and how many of all stay under the target."""
    without = _without_conditions(service, terms, people)
    allowing = [
        id_ for id_ in sorted(terms.conditions) if _has_plan(service, _having(without[0], [id_]))
    ]
    figures, every = [], []
    for count in _COUNTS:
        say(f"people with a plan and {count} conditions")
        best = _best(service, _with_plan(service, without, allowing, count), rounds)
        every += best
        figures.append(
            Figure(f"with a plan, {count} conditions", median_ms(best), "ms", at_most=PLANNED_MS)
        )
    under = sum(seconds * 1000 < PLANNED_MS for seconds in every) / len(every)
    return [*figures, Figure(f"of them under {PLANNED_MS:g} ms", under * 100, "%")]


def _without_conditions(service: Service, terms: RequestTerms, count: int) -> list[Intake]:
    """People of the workload who get a plan once nothing is on their lists."""
    found = [
        replace(
            request.intake,
            conditions=(),
            medications=(),
            procedures=(),
            conditions_reviewed=True,
            medications_reviewed=True,
        )
        for request in build_decision_requests(_SEED, 4 * count, terms)
    ]
    return [intake for intake in found if _has_plan(service, intake)][:count]


def _with_plan(
    service: Service, people: Sequence[Intake], allowing: Sequence[str], count: int
) -> list[Intake]:
    """These people, each with as many random conditions with which there still is a plan."""
    random, found = Random(_SEED), []
    for person in people:
        tries = (_having(person, random.sample(allowing, count)) for _ in range(_TRIES))
        found += [intake for intake in tries if _has_plan(service, intake)][:1]
    return found


def _having(person: Intake, ids: Sequence[str]) -> Intake:
    return replace(person, conditions=tuple(SubmittedCondition(id_) for id_ in ids))


def _has_plan(service: Service, intake: Intake) -> bool:
    return decide(service, intake, TODAY).plan is not None


def _best(service: Service, people: Sequence[Intake], rounds: int) -> list[float]:
    """The seconds of each decision, the best of the rounds."""
    found = [float("inf")] * len(people)
    for _ in range(rounds):
        for number, intake in enumerate(people):
            start = thread_time()
            decide(service, intake, TODAY)
            found[number] = min(found[number], thread_time() - start)
    return found
