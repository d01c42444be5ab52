"""A population run against the same decisions one by one, in turn in one run.

    python -m benchmarks.population [--patients N] [--kilobytes N]

One by one: each Bundle is read and decided as behind a call, with and without its record. A run
reads an export by type, decides in processes, and writes all results; the service is loaded.
"""

import argparse
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.figures import Figure, say, show
from benchmarks.workload import TODAY, build_bundle
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.http.core import CoreService
from cds.http.loading import load_core
from cds.http.pipeline import Door, Pipeline, answer_text
from cds.population.progress import Progress
from cds.population.run import Asked, run_population
from cds.schemas.decision_request import DecisionRequest
from cds.settings import Settings

_SEED = 20
_ID = "synthetic"
_ALONE = "one by one, not recorded"
Json = dict[str, Any]


def measure(patients: int, kilobytes: int) -> list[Figure]:
    """Every figure of this benchmark."""
    core, cores = load_core(with_cases=False), len(os.sched_getaffinity(0))
    bundles = list(_bundles(patients, kilobytes * 1_000))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _export(folder / "in", bundles)
        ways: dict[str, Callable[[], object]] = {
            _ALONE: lambda: _decide_each(core, bundles),
            "one by one, recorded": lambda: _record_each(core, bundles, folder),
        }
        for workers in sorted({1, cores}):
            named = f"a run, {workers} {'process' if workers == 1 else 'processes'}"
            ways[named] = lambda workers=workers: _run(core, folder, workers)
        took = {name: _took(name, way) for name, way in ways.items()}
    return list(_figures(took, patients))


class Took(NamedTuple):
    """The seconds of all patients, and those of all processors."""

    seconds: float
    working: float


def _took(name: str, way: Callable[[], object]) -> Took:
    say(name)
    start, working = perf_counter(), sum(os.times()[:4])
    way()
    return Took(perf_counter() - start, sum(os.times()[:4]) - working)


def _figures(took: Mapping[str, Took], patients: int) -> Iterator[Figure]:
    alone = took[_ALONE]
    for name, found in took.items():
        yield Figure(name, patients / found.seconds, "patients/s")
        yield Figure("  processor time", 1_000 * found.working / patients, "ms each")
        if found is not alone:
            yield Figure(f"  rate of {name}", alone.seconds / found.seconds, "times")


def _bundles(count: int, size: int) -> Iterator[Json]:
    for number in range(count):
        text = json.dumps(build_bundle(_SEED + number, size))
        yield json.loads(text.replace(f'"{_ID}"', f'"p{number}"').replace(f"/{_ID}", f"/p{number}"))


def _export(folder: Path, bundles: Sequence[Json]) -> None:
    by_type: dict[str, list[str]] = defaultdict(list)
    for entry in (entry for bundle in bundles for entry in bundle["entry"]):
        by_type[entry["resource"]["resourceType"]].append(json.dumps(entry["resource"]))
    folder.mkdir()
    for name, lines in by_type.items():
        (folder / f"{name}.ndjson").write_text("\n".join(lines), encoding="utf-8")


def _decide_each(core: CoreService, bundles: Sequence[Json]) -> None:
    for bundle in bundles:
        answer_text(core.decide(core.read_bundle(bundle, TODAY), TODAY))


def _record_each(core: CoreService, bundles: Sequence[Json], folder: Path) -> None:
    keys = Keys(b"benchmark")
    with closing(Store(f"sqlite:///{folder / 'records.sqlite3'}", keys)) as store:
        pipeline = Pipeline(core, store, b"benchmark")
        for bundle in bundles:
            asked = DecisionRequest(core.read_bundle(bundle, TODAY), TODAY)
            _ = pipeline.decide(asked, Door(json.dumps(bundle).encode(), datetime.now(UTC))).text


def _run(core: CoreService, folder: Path, workers: int) -> None:
    asked = Asked(folder / "in", folder / f"out{workers}", TODAY, workers)
    silent, settings = Progress(StringIO(), shown=False), Settings(data_dir=folder / "data")
    summary = run_population(asked, settings, TODAY, silent, load=lambda *_: core)
    if summary["problems"]:
        raise RuntimeError("The run left something out.")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--kilobytes", type=int, default=40, help="the record of one patient")
    options = parser.parse_args()
    show("Population", measure(options.patients, options.kilobytes))


if __name__ == "__main__":
    main()
