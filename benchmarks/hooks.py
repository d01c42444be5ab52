"""Cards of patient-view with 90 kB of prefetch, as ratios to hello JSON that reads as much.

python -m benchmarks.hooks [--server gunicorn|granian] [--requests N]
"""

import argparse
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from benchmarks.client import Answers, Call
from benchmarks.figures import Figure, median_ms, p99_ms, say, show
from benchmarks.http import crowded
from benchmarks.serving import running
from benchmarks.workload import build_bundle
from cds.http.loading import load_core
from cds.model.hooks import PrefetchKey

CLIENTS = (1, 8, 32)
_SERVICE = "/cds-services/exercise-patient-view"
_SEED = 22
_BYTES = 90_000
_PATIENTS = 10
_WARM_UP = 30
_MOST_MS = 500.0  # CDS Hooks 2.0.1 asks services for answers within this


def measure(server: str, requests: int) -> list[Figure]:
    """The figures at every number of clients; each call is a decision of its own, recorded."""
    bodies = build_bodies()
    say(f"starting hello and the service on {server}")
    with running("hello", server) as hello, running("cds", server) as service:
        _ask(service.port, _SERVICE, bodies, _WARM_UP, 1)
        figures = []
        for clients in CLIENTS:
            count = max(requests, clients)
            floor = _ask(hello.port, "/hello", bodies, count, clients)
            cards = _ask(service.port, _SERVICE, bodies, count, clients)
            figures += _figures(floor, cards, clients)
    return figures


def build_bodies() -> Iterator[bytes]:
    """Calls of patient-view about ten people in turn, endlessly, each with its own instance."""
    keys = load_core(with_cases=False).hooks.prefetch
    parts = [_prefetch(build_bundle(seed, _BYTES), keys) for seed in range(_PATIENTS)]
    random = Random(_SEED)
    while True:
        for prefetch in parts:
            call = {
                "hook": "patient-view",
                "hookInstance": str(UUID(int=random.getrandbits(128), version=4)),
                "context": {"userId": "Practitioner/1", "patientId": prefetch["patient"]["id"]},
                "prefetch": prefetch,
            }
            yield json.dumps(call).encode()


def _prefetch(bundle: dict[str, Any], keys: Iterable[PrefetchKey]) -> dict[str, Any]:
    """The record of one person as the parts that discovery asks for."""
    held: dict[str, list[Any]] = {}
    for entry in bundle["entry"]:
        held.setdefault(entry["resource"]["resourceType"], []).append(entry)
    found: dict[str, Any] = {}
    for key in keys:
        entries = held.get(key.type, [])
        searched = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
        found[key.name] = searched if key.is_search else entries[0]["resource"]
    return found


def _ask(port: int, path: str, bodies: Iterator[bytes], count: int, clients: int) -> Answers:
    calls = [Call(path, body) for body in islice(bodies, count)]
    answers, _ = crowded(port, calls, count, clients)
    if answers.lost or answers.refused:
        raise SystemExit(f"{path}: {answers.lost} lost, {answers.refused} refused")
    return answers


def _figures(floor: Answers, cards: Answers, clients: int) -> Iterator[Figure]:
    at = f"{clients} client{'' if clients == 1 else 's'}"
    for name, of in (("p50", median_ms), ("p99", p99_ms)):
        hello, own = of(floor.seconds), of(cards.seconds)
        most = _MOST_MS if name == "p99" else None
        yield Figure(f"hello reading 90 kB, {name}, {at}", hello, "ms")
        yield Figure(f"cards of 90 kB, {name}, {at}", own, "ms", at_most=most)
        yield Figure(f"cards of 90 kB, {name}, {at}, ratio", own / hello, "x hello")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    figures = measure(options.server, options.requests)
    show(f"CDS Hooks on {options.server}, two workers", figures)


if __name__ == "__main__":
    main()
