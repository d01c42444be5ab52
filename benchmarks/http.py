"""Decisions over HTTP, recorded, as ratios to hello JSON on the same server in the same run.

python -m benchmarks.http [--server gunicorn|granian] [--requests N] [--clients N]
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import cycle, islice

from benchmarks.client import Answers, Call, Client, send_at_once
from benchmarks.figures import Figure, median_ms, p99_ms, say, show
from benchmarks.serving import running
from benchmarks.workload import TODAY, build_bundle, build_requests
from cds.http.loading import load_core

_SEED = 21
_BUNDLE_BYTES = 90_000
_HELLO, _DECISION, _BUNDLE = "hello", "decision", "bundle"
_WARM_UP = 30
_P50_RATIO, _P99_RATIO, _BUNDLE_RATIO, _BUNDLE_P99_MS = 4.0, 5.0, 8.0, 100.0


def measure(server: str, requests: int, clients: int) -> list[Figure]:
    """Every figure of this benchmark."""
    calls = build_calls()
    say(f"starting hello and the service on {server}")
    with running("hello", server) as hello, running("cds", server) as service:
        ports = {_HELLO: hello.port, _DECISION: service.port, _BUNDLE: service.port}
        quiet = unloaded(ports, calls, requests)
        crowd = {kind: crowded(ports[kind], calls[kind], requests, clients) for kind in calls}
    return [*_of_one_client(quiet), *_of_many(crowd, clients)]


def build_calls() -> Mapping[str, Sequence[Call]]:
    """What is sent of each kind."""
    bodies = build_requests(_SEED, 100, load_core().terms)
    bundles = [build_bundle(seed, _BUNDLE_BYTES) for seed in range(10)]
    to_bundles = f"/v1/fhir/decisions?evaluation_date={TODAY.isoformat()}"
    return {
        _HELLO: [Call("/hello", json.dumps(bodies[0]).encode())],
        _DECISION: [Call("/v1/decisions", json.dumps(body).encode()) for body in bodies],
        _BUNDLE: [
            Call(to_bundles, json.dumps(bundle).encode(), "application/fhir+json")
            for bundle in bundles
        ],
    }


def unloaded(
    ports: Mapping[str, int], calls: Mapping[str, Sequence[Call]], requests: int
) -> dict[str, Answers]:
    """One client that asks for each kind in turn, so that all kinds meet the same machine."""
    say(f"one client, {requests} requests of each kind")
    found = {}
    for count in (_WARM_UP, requests):
        found = {kind: Answers() for kind in calls}
        clients = {kind: Client(port) for kind, port in ports.items()}
        for number in range(count):
            for kind, client in clients.items():
                client.send(calls[kind][number % len(calls[kind])], found[kind])
        for client in clients.values():
            client.close()
    return _complete(found)


def crowded(port: int, calls: Sequence[Call], requests: int, clients: int) -> tuple[Answers, float]:
    """Many clients at once, each waiting for its answer before it asks again."""
    say(f"{clients} clients, {requests} requests to {calls[0].path}")
    return send_at_once(port, list(islice(cycle(calls), requests)), clients)


def _complete(found: dict[str, Answers]) -> dict[str, Answers]:
    for kind, answers in found.items():
        if answers.lost or answers.refused:
            raise SystemExit(f"{kind}: {answers.lost} lost, {answers.refused} refused")
    return found


def _of_one_client(found: Mapping[str, Answers]) -> list[Figure]:
    p50 = {kind: median_ms(answers.seconds) for kind, answers in found.items()}
    p99 = {kind: p99_ms(answers.seconds) for kind, answers in found.items()}
    return [
        Figure("hello, p50, one client", p50[_HELLO], "ms"),
        Figure("hello, p99, one client", p99[_HELLO], "ms"),
        Figure("decision, p50, one client", p50[_DECISION], "ms"),
        Figure("decision, p99, one client", p99[_DECISION], "ms"),
        Figure("decision, p50", p50[_DECISION] / p50[_HELLO], "x hello", at_most=_P50_RATIO),
        Figure("decision, p99", p99[_DECISION] / p99[_HELLO], "x hello", at_most=_P99_RATIO),
        Figure("90 kB bundle, p50, one client", p50[_BUNDLE], "ms"),
        Figure("90 kB bundle, p50", p50[_BUNDLE] / p50[_HELLO], "x hello", at_most=_BUNDLE_RATIO),
    ]


def _of_many(found: Mapping[str, tuple[Answers, float]], clients: int) -> list[Figure]:
    figures = []
    for kind, (answers, took) in found.items():
        figures += [
            Figure(f"{kind}, {clients} clients", len(answers.seconds) / took, "/s"),
            Figure(f"{kind}, p50, {clients} clients", median_ms(answers.seconds), "ms"),
            Figure(
                f"{kind}, p99, {clients} clients",
                p99_ms(answers.seconds),
                "ms",
                at_most=_BUNDLE_P99_MS if kind == _BUNDLE else None,
            ),
        ]
    lost = sum(answers.lost + answers.refused for answers, _ in found.values())
    rates = {kind: len(answers.seconds) / took for kind, (answers, took) in found.items()}
    return [
        *figures,
        Figure("hello requests for one decision, saturated", rates[_HELLO] / rates[_DECISION], "x"),
        Figure("requests lost or refused", lost, "", at_most=0),
    ]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--clients", type=int, default=32)
    options = parser.parse_args()
    figures = measure(options.server, options.requests, options.clients)
    show(f"Over HTTP on {options.server}, two workers", figures)


if __name__ == "__main__":
    main()
