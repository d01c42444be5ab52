"""One worker is killed by SIGSEGV under load: what is lost, who goes on, when it is replaced.

python -m benchmarks.crash [--server gunicorn|granian] [--seconds N] [--clients N]
"""

import argparse
import signal
import threading
import time

import psutil

from benchmarks.client import Answers, Call, Client
from benchmarks.figures import Figure, say, show
from benchmarks.http import build_calls
from benchmarks.serving import WORKERS, Running, running

REPLACED_WITHIN = 60.0
_WORKER_BYTES = 60_000_000


def measure(server: str, seconds: float, clients: int) -> list[Figure]:
    """What the clients saw, and how soon there were as many workers as before."""
    calls = build_calls()["decision"]
    with running("cds", server) as service:
        say(f"{clients} clients on {server}; a worker is killed after {seconds / 3:.0f} s")
        stop = threading.Event()
        answers = [Answers() for _ in range(clients)]
        threads = [
            threading.Thread(target=_ask, args=(service.port, calls, found, stop))
            for found in answers
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds / 3)
        killed_at, replaced = _kill_one(service)
        time.sleep(max(0.0, seconds * 2 / 3 - replaced))
        stop.set()
        for thread in threads:
            thread.join()
    return _figures(answers, killed_at, replaced)


def _ask(port: int, calls: list[Call], answers: Answers, stop: threading.Event) -> None:
    client, number = Client(port), 0
    while not stop.is_set():
        client.send(calls[number % len(calls)], answers)
        number += 1
    client.close()


def _kill_one(service: Running) -> tuple[float, float]:
    """Kills the largest worker; the moment, and the seconds until another took its place."""
    before = {worker.pid for worker in service.workers}
    victim = service.workers[0]
    victim.send_signal(signal.SIGSEGV)
    start = time.perf_counter()
    while time.perf_counter() - start < REPLACED_WITHIN:
        alive = {w.pid for w in service.workers if _is_worker(w)}
        if len(alive) == WORKERS and alive != before and victim.pid not in alive:
            break
        time.sleep(0.02)
    return start, time.perf_counter() - start


def _is_worker(process: psutil.Process) -> bool:
    """A worker that has loaded the rules is larger than any process beside it."""
    try:
        return (
            process.status() != psutil.STATUS_ZOMBIE and process.memory_info().rss > _WORKER_BYTES
        )
    except psutil.Error:
        return False


def _figures(answers: list[Answers], killed_at: float, replaced: float) -> list[Figure]:
    moments = sorted(moment for found in answers for moment in found.moments)
    after = [moment for moment in moments if moment > killed_at]
    soon = [moment for moment in after if moment < killed_at + 1.0]
    gaps = [b - a for a, b in zip([killed_at, *after], after, strict=False)]
    return [
        Figure("answers in all", len(moments), ""),
        Figure("answers within a second after the crash", len(soon), "", at_least=1),
        Figure("longest gap without any answer after the crash", max(gaps, default=-1.0), "s"),
        Figure("connections that broke", sum(found.lost for found in answers), ""),
        Figure("answers that were errors", sum(found.refused for found in answers), "", at_most=0),
        Figure("worker replaced after", replaced, "s"),
    ]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--seconds", type=float, default=9.0)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    show(
        f"One of {WORKERS} workers killed on {options.server}",
        measure(options.server, options.seconds, options.clients),
    )


if __name__ == "__main__":
    main()
