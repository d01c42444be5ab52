"""Recorded decisions made again: how many a second, and what it costs beside deciding.

    python -m benchmarks.replay [--requests N] [--against]

One process first, then all cores; the records lie in SQLite, reading and unsealing included. With
`--against` each is decided twice more and compared, as `python -m cds impact` does.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.figures import Figure, say, show
from benchmarks.workload import build_decision_requests
from cds.audit.canonical import canonical
from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.knowledge_store import put_knowledge
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.loading import load_core
from cds.http.pipeline import Door, Pipeline
from cds.knowledge.files import ROOT
from cds.replay.bulk import Replaying, replay_all
from cds.replay.impact import compare_all
from cds.replay.replaying import Outcome
from cds.replay.versions import Versions
from cds.replay.workers import cores
from cds.schemas.decision_request import DecisionRequest

_SEED = 31
#: What the reference asks for, on a machine that it does not name.
_TARGET = 5_000


def measure(requests: int, *, impact: bool = False) -> list[Figure]:
    """Every figure of this benchmark."""
    core = load_core(with_cases=False)
    people = build_decision_requests(_SEED, requests, core.terms)
    with tempfile.TemporaryDirectory(prefix="cds-bench-") as folder:

        def opened() -> Store:
            keys = Keys(b"benchmark")
            return Store(f"sqlite:///{folder}/records.sqlite3", keys, Head(Path(folder), keys))

        say(f"recording {requests} decisions")
        _record(opened, core, people)
        return list(_figures(opened, core, people, impact))


def _figures(
    opened: Callable[[], Store], core: CoreService, people: Sequence[DecisionRequest], impact: bool
) -> Iterator[Figure]:
    deciding, seqs = _decide(core, people), range(1, len(people) + 1)
    versions = Versions()
    replaying, equal = _replay(opened, versions, core, seqs)
    yield Figure("decided, of the processor", deciding * 1000, "ms")
    yield Figure("replayed, of the processor", replaying * 1000, "ms")
    yield Figure("  times plain deciding", replaying / deciding, "times")
    say(f"replaying with {cores()} processes")
    began = perf_counter()
    parts = replay_all(opened, versions, seqs, core.knowledge_sha256, cores())
    equal = min(equal, sum(each.outcome is Outcome.EQUAL for part in parts for each in part))
    rate = len(people) / (perf_counter() - began)
    yield Figure("replays on all cores", rate, "/s", at_least=_TARGET)
    yield Figure("of them byte for byte equal", 100 * equal / len(people), "%", at_least=100)
    if impact:
        say("comparing two versions")
        began = perf_counter()
        count = sum(map(len, compare_all(opened, seqs, (core, core), cores())))
        yield Figure("decisions compared on all cores", count / (perf_counter() - began), "/s")


def _record(
    opened: Callable[[], Store], core: CoreService, people: Sequence[DecisionRequest]
) -> None:
    with closing(opened()) as store:
        put_knowledge(store, ROOT, core.knowledge_sha256)
        pipeline = Pipeline(core, store, b"benchmark")
        for asked in people:
            pipeline.decide(asked, Door(b"{}", datetime.now(UTC)))


def _decide(core: CoreService, people: Sequence[DecisionRequest]) -> float:
    """Seconds of the processor for a decision with its text."""
    began = process_time()
    for asked in people:
        canonical(core.decide(asked.intake, asked.evaluation_date))
    return (process_time() - began) / len(people)


def _replay(
    opened: Callable[[], Store], versions: Versions, core: CoreService, seqs: Sequence[int]
) -> tuple[float, int]:
    """Seconds of the processor for a replay in one process, and how many came out equal."""
    with closing(opened()) as store:
        versions.find(store, core.knowledge_sha256, core.site_policies)
        began = process_time()
        found = Replaying(store, versions)(seqs)
        took = (process_time() - began) / len(seqs)
    return took, sum(each.outcome is Outcome.EQUAL for each in found)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--against", action="store_true", help="measure an impact too")
    options = parser.parse_args()
    show("Replay", measure(options.requests, impact=options.against))


if __name__ == "__main__":
    main()
