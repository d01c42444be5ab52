"""The first page as a browser gets it: how fast it answers, and what it weighs with its assets.

python -m benchmarks.pages [--server gunicorn|granian] [--requests N]
"""

import argparse
import http.client
import re

from benchmarks.client import Call
from benchmarks.figures import Figure, median_ms, p99_ms, say, show
from benchmarks.http import unloaded
from benchmarks.serving import HOST, running

FIRST = "/"
_HELLO, _PAGE = "hello", "page"
_LOADED = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="((?!data:)[^"]+)"')
_P50_MS, _KILOBYTES = 100.0, 300.0


def measure(server: str, requests: int) -> list[Figure]:
    """Every figure of this benchmark."""
    say(f"starting hello and the service on {server}")
    with running("hello", server) as hello, running("cds", server) as service:
        weight, foreign = weigh(service.port)
        ports = {_HELLO: hello.port, _PAGE: service.port}
        found = unloaded(ports, {_HELLO: [Call("/hello")], _PAGE: [Call(FIRST)]}, requests)
    p50 = {kind: median_ms(answers.seconds) for kind, answers in found.items()}
    return [
        Figure("hello, p50, one client", p50[_HELLO], "ms"),
        Figure("first page, p50, one client", p50[_PAGE], "ms", at_most=_P50_MS),
        Figure("first page, p99, one client", p99_ms(found[_PAGE].seconds), "ms"),
        Figure("first page, p50", p50[_PAGE] / p50[_HELLO], "x hello"),
        Figure("first page with its assets, as sent", weight / 1000, "kB", at_most=_KILOBYTES),
        Figure("assets of other hosts", foreign, "", at_most=0),
    ]


def loaded_by(page: str) -> list[str]:
    """The addresses that a browser loads with a page."""
    return _LOADED.findall(page)


def weigh(port: int) -> tuple[int, int]:
    """The bytes of the first page and its assets, and how many assets come from elsewhere."""
    size, page = _fetch(port, FIRST)
    assets = loaded_by(page.decode())
    own = [asset for asset in assets if re.match(r"/(?!/)", asset)]
    return size + sum(_fetch(port, asset)[0] for asset in own), len(assets) - len(own)


def _fetch(port: int, path: str) -> tuple[int, bytes]:
    """The bytes as sent to a browser, and the content where it was not compressed."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status}")
    return len(content), content


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--requests", type=int, default=300)
    options = parser.parse_args()
    show(f"Pages on {options.server}", measure(options.server, options.requests))


if __name__ == "__main__":
    main()
