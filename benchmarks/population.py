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
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.figures import Figure, say, show
from benchmarks.workload import TODAY, build_bundle
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.http.core import CoreService, load_core
from cds.http.pipeline import Door, Pipeline, decision_text
from cds.population.progress import Progress
from cds.population.run import Asked, run_population
from cds.schemas.decision_request import DecisionRequest
from cds.settings import Settings

_SEED = 20
_ID = "synthetic"
Json = dict[str, Any]


def measure(patients: int, kilobytes: int) -> list[Figure]:
    """Every figure of this benchmark."""
    core, cores = load_core(with_cases=False), len(os.sched_getaffinity(0))
    bundles = list(_bundles(patients, kilobytes * 1_000))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _export(folder / "in", bundles)
        alone = _rate(patients, lambda: _decide_each(core, bundles))
        recorded = _rate(patients, lambda: _record_each(core, bundles, folder))
        figures = [
            Figure("one by one, not recorded", alone, "patients/s"),
            Figure("one by one, recorded", recorded, "patients/s"),
        ]
        for workers in sorted({1, cores}):
            say(f"{patients} patients of {kilobytes} kB in {workers} processes")
            rate = _rate(patients, lambda workers=workers: _run(core, folder, workers))
            named = f"a run, {workers} {'process' if workers == 1 else 'processes'}"
            figures.append(Figure(named, rate, "patients/s"))
            figures.append(Figure(f"  {named}, to one by one", rate / alone, "times"))
    return figures


def _rate(patients: int, work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return patients / (perf_counter() - start)


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
        decision_text(core.decide(core.read_bundle(bundle, TODAY), TODAY))


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
