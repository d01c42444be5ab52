"""The real service as a process of its own: started, awaited, asked over sockets, stopped."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cds

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
BODY: Mapping[str, Any] = {
    "evaluation_date": "2026-11-22",
    "facts": {"age": 68, "sex": "female", "sx_dyspnea": False},
    "conditions": ["osteoporosis"],
    "conditions_reviewed": True,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers and body of one answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Server:
    """A running service."""

    process: subprocess.Popen[str]
    port: int
    data: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> set[int]:
        """The process ids of its workers."""
        master = self.process.pid
        listed = Path(f"/proc/{master}/task/{master}/children").read_text()
        return {int(child) for child in listed.split()}

    def get(self, path: str) -> Reply:
        """One answer to GET."""
        return self._ask("GET", path, None)

    def decide(self, body: Any = BODY, headers: Mapping[str, str] = NO_HEADERS) -> Reply:
        """One answer to POST /v1/decisions."""
        return self.post("/v1/decisions", body, headers)

    def post(self, path: str, body: Any, headers: Mapping[str, str] = NO_HEADERS) -> Reply:
        """One answer to POST."""
        return self._ask("POST", path, json.dumps(body).encode(), headers)

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def stop(self) -> int:
        """Ends it and gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=40)
        return self.process.returncode

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


def start(data: Path, port: int, *, log: Path, **settings: str) -> subprocess.Popen[str]:
    """The command as an operator gives it; it is not awaited."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CDS_")},
        "CDS_BIND": f"127.0.0.1:{port}",
        "CDS_DATA_DIR": str(data),
        "PYTHONPATH": str(Path(cds.__path__[0]).parent),
        **settings,
    }
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "cds", "serve"],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env=environment,
        )


@contextmanager
def running(data: Path, **settings: str) -> Iterator[Server]:
    """A service that said it is ready, ended afterwards."""
    port = free_port()
    log = data.parent / f"log-{port}"
    process = start(data, port, log=log, **settings)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready on "), (process.wait(20), log.read_text())
        yield Server(process, port, data)
    finally:
        if process.poll() is None:
            process.terminate()
        if process.stdout and not process.stdout.closed:
            process.communicate(timeout=40)


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Waits for something that is due; fails when it does not come."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
