"""Start-up to the first answer, cold and warm; memory of a worker; drift over many decisions.

    python -m benchmarks.start [--server gunicorn|granian] [--starts N] [--decisions N]

Cold: no compiled Python and no kept knowledge. Warm: what a start left behind is there.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from itertools import cycle, islice

import psutil

from benchmarks.client import Answers, Client
from benchmarks.figures import Figure, say, show
from benchmarks.floor import SCALED, Floor, slowness, slowness_figure
from benchmarks.http import build_calls
from benchmarks.serving import Running, running
from benchmarks.workload import build_decision_requests
from cds.http.loading import load_core

_COLD_S, _WARM_S, _WORKER_MB = 5.0, 1.0, 150.0
_DRIFT_PERCENT = 2.0
_SEED = 22
_WARM_UP = 300
_FLOORS = 1_000
_MB = 1e6


def measure(server: str, starts: int, decisions: int) -> list[Figure]:
    """Every figure of this benchmark."""
    return [*start_up(server, starts), *memory(server), *drift(decisions)]


def start_up(server: str, starts: int) -> list[Figure]:
    """Seconds from the command to the first answer."""
    floor = Floor(_SEED)
    cold, warm = [], []
    below: list[float] = []
    for number in range(starts):
        say(f"start {number + 1} of {starts}, cold and warm")
        with tempfile.TemporaryDirectory(prefix="cds-bench-start-") as empty:
            places = {"PYTHONPYCACHEPREFIX": empty, "CDS_DATA_DIR": empty}
            with running("cds", server, places) as first:
                cold.append(first.seconds)
            with running("cds", server, places) as second:
                warm.append(second.seconds)
        below += floor.run(_FLOORS)
    return [
        *_starts("cold", statistics.median(cold), below, _COLD_S),
        *_starts("warm", statistics.median(warm), below, _WARM_S),
        slowness_figure(below),
    ]


def _starts(name: str, took: float, floor: Sequence[float], at_most: float) -> Iterator[Figure]:
    what = f"start to first answer, {name}"
    yield Figure(what, took, "s", at_most=at_most)
    yield Figure(f"{what}, {SCALED}", took / slowness(floor), "s", at_most=at_most)


def memory(server: str) -> list[Figure]:
    """Resident and unique memory of the largest worker after some hundred decisions."""
    calls = build_calls()["decision"]
    with running("cds", server) as service:
        say(f"memory after {_WARM_UP} decisions")
        client, answers = Client(service.port), Answers()
        for call in islice(cycle(calls), _WARM_UP):
            client.send(call, answers)
        client.close()
        return _of_workers(service)


def _of_workers(service: Running) -> list[Figure]:
    found = [worker.memory_full_info() for worker in service.workers]
    return [
        Figure("worker, resident", max(m.rss for m in found) / _MB, "MB", at_most=_WORKER_MB),
        Figure("worker, its own (unique)", max(m.uss for m in found) / _MB, "MB"),
    ]


def drift(decisions: int) -> list[Figure]:
    """Growth of the resident memory of one process over many decisions, after a warm-up."""
    core = load_core()
    people = build_decision_requests(_SEED, 200, core.terms)
    process = psutil.Process()
    seen = []
    for number, person in enumerate(islice(cycle(people), _WARM_UP + decisions)):
        core.decide(person.intake, person.evaluation_date)
        done = number + 1 - _WARM_UP
        if done >= 0 and done % max(1, decisions // 10) == 0:
            seen.append(process.memory_info().rss)
            say(f"{done} of {decisions} decisions, {seen[-1] / _MB:.1f} MB")
    grown = (seen[-1] - seen[0]) / seen[0] * 100
    what = f"growth over {decisions} decisions in process"
    return [Figure(what, grown, "%", at_most=_DRIFT_PERCENT)]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--decisions", type=int, default=5_000)
    options = parser.parse_args()
    show(
        f"Start and memory on {options.server}",
        measure(options.server, options.starts, options.decisions),
    )


if __name__ == "__main__":
    main()
