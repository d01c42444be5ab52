"""What the record costs: decisions per second with and without it, in turn in one run.

    python -m benchmarks.record [--requests N] [--rounds N]

Without it a decision is made and written as JSON, as for an answer. With it the same is sealed,
hashed, committed to disk and anchored by a signed head before it counts. One client, one process.
The processor's time is that of the service alone; the rest is waiting for the disk or the server.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, thread_time
from typing import NamedTuple

from benchmarks.figures import Figure, median_ms, say, show
from benchmarks.workload import build_decision_requests
from cds.audit.canonical import canonical
from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.loading import load_core
from cds.http.pipeline import Door, Pipeline
from cds.schemas.decision_request import DecisionRequest
from tests.postgresql import serving

_SEED = 22
_WITHOUT = "not recorded"
Way = Callable[[DecisionRequest], object]


class Took(NamedTuple):
    """The seconds of one decision, and those of the processor in it."""

    seconds: float
    working: float


def measure(requests: int, rounds: int) -> list[Figure]:
    """Every figure of this benchmark."""
    core = load_core(with_cases=False)
    people = build_decision_requests(_SEED, requests, core.terms)
    with ExitStack() as stack:
        ways: dict[str, Way] = {_WITHOUT: lambda asked: _answered(core, asked)}
        for name, open_store in (("SQLite", _on_sqlite), ("PostgreSQL", _on_postgresql)):
            pipeline = Pipeline(core, stack.enter_context(open_store()), b"benchmark")
            ways[f"recorded on {name}"] = lambda asked, pipeline=pipeline: _recorded(
                pipeline, asked
            )
        took = run(ways, people, rounds)
    return list(_figures(took))


def run(
    ways: Mapping[str, Way], people: Sequence[DecisionRequest], rounds: int
) -> dict[str, list[Took]]:
    """What each decision took by its way, after one round that is not counted."""
    took: dict[str, list[Took]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}, {len(people)} people")
        for person in people:
            for name, way in ways.items():
                start, working = perf_counter(), thread_time()
                way(person)
                if number:
                    took[name].append(Took(perf_counter() - start, thread_time() - working))
    return took


def _figures(took: Mapping[str, list[Took]]) -> Iterator[Figure]:
    base = took[_WITHOUT]
    for name, found in took.items():
        yield Figure(f"decisions, {name}", len(found) / _seconds(found), "/s")
        yield Figure("  median", median_ms([each.seconds for each in found]), "ms")
        yield Figure("  median of the processor", median_ms([e.working for e in found]), "ms")
        if found is not base:
            yield Figure(f"  share of the rate, {name}", _seconds(base) / _seconds(found), "times")


def _seconds(took: Sequence[Took]) -> float:
    return sum(each.seconds for each in took)


def _answered(core: CoreService, asked: DecisionRequest) -> str:
    return canonical(core.decide(asked.intake, asked.evaluation_date))


def _recorded(pipeline: Pipeline, asked: DecisionRequest) -> str:
    return pipeline.decide(asked, Door(b"{}", datetime.now(UTC))).text


@contextmanager
def _on_sqlite() -> Iterator[Store]:
    with (
        tempfile.TemporaryDirectory(prefix="cds-bench-") as folder,
        closing(_opened(f"sqlite:///{folder}/records.sqlite3", Path(folder))) as store,
    ):
        yield store


@contextmanager
def _on_postgresql() -> Iterator[Store]:
    with (
        tempfile.TemporaryDirectory(prefix="cds-bench-") as folder,
        serving() as server,
        closing(_opened(server.url(), Path(folder))) as store,
    ):
        yield store


def _opened(url: str, folder: Path) -> Store:
    keys = Keys(b"benchmark")
    return Store(url, keys, Head(folder, keys))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    show("The cost of the record", measure(options.requests, options.rounds))


if __name__ == "__main__":
    main()
