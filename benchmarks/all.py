"""Every benchmark in one run, as one table against the targets.

python -m benchmarks.all [--quick]
"""

import argparse

from benchmarks import crash, decide, hooks, http, pages, population, record, replay, start
from benchmarks.figures import Figure, show

SERVERS = ("gunicorn", "granian")


def measure(quick: bool) -> list[Figure]:
    """Every figure; the servers in turn, so that both meet the same machine."""
    figures = decide.measure(requests=30 if quick else 200, rounds=1 if quick else 3)
    figures += record.measure(requests=20 if quick else 100, rounds=1 if quick else 3)
    figures += replay.measure(requests=20 if quick else 1_000)
    figures += population.measure(patients=20 if quick else 300, kilobytes=40)
    figures += start.measure(SERVERS[0], 1 if quick else 3, 200 if quick else 5_000)
    for server in SERVERS:
        found = http.measure(server, requests=40 if quick else 300, clients=32)
        found += hooks.measure(server, requests=20 if quick else 200)
        found += pages.measure(server, requests=40 if quick else 300)
        found += crash.measure(server, seconds=6.0 if quick else 9.0, clients=8)
        figures += [_on(server, figure) for figure in found]
    return figures


def _on(server: str, figure: Figure) -> Figure:
    return Figure(
        f"{server}: {figure.what}", figure.value, figure.unit, figure.at_most, figure.at_least
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small counts: does it run at all?")
    show("All figures", measure(parser.parse_args().quick))


if __name__ == "__main__":
    main()
