"""Starts a server to measure, and stops it: the service or the hello floor, on either server.

python -m benchmarks.serving cds|hello gunicorn|granian PORT WORKERS
"""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import psutil
from flask import Flask, jsonify

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
THREADS = 8
WORKERS = 2
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: its master process, its port, and the seconds until it was ready."""

    process: psutil.Process
    port: int
    seconds: float
    data_dir: Path

    @property
    def workers(self) -> list[psutil.Process]:
        """The worker processes; the largest are taken, for a server may have a tracker beside."""
        children = self.process.children(recursive=True)
        return sorted(children, key=_memory, reverse=True)[:WORKERS]


def create_hello() -> WSGIApplication:
    """The floor: Flask answering a small JSON object to a body that it has read."""
    app = Flask("hello")

    @app.route("/hello", methods=["GET", "POST"])
    def hello() -> Any:
        from flask import request

        request.get_data(cache=False)
        return jsonify(hello="world")

    return app


def create_service() -> WSGIApplication:
    """The service with the settings of the environment, for a server that wants a factory."""
    from cds.server import load
    from cds.settings import read_settings

    return load(read_settings(os.environ)).app


@contextmanager
def running(what: str, server: str, environment: dict[str, str] | None = None) -> Iterator[Running]:
    """The server, from its first answer until the block ends; its records go with it."""
    with tempfile.TemporaryDirectory(prefix="cds-bench-") as folder:
        port = _free_port()
        start = time.perf_counter()
        process = subprocess.Popen(
            _command(what, server, port),
            cwd=ROOT,
            env={
                **_surroundings(),
                "CDS_BIND": f"{HOST}:{port}",
                "CDS_DATA_DIR": folder,
                "CDS_WORKERS": str(WORKERS),
                **(environment or {}),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(process, port, "/hello" if what == "hello" else "/health/live")
            took = time.perf_counter() - start
            yield Running(psutil.Process(process.pid), port, took, Path(folder))
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _surroundings() -> dict[str, str]:
    """As a service is started: compiled Python is kept for the next start."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _command(what: str, server: str, port: int) -> list[str]:
    if (what, server) == ("cds", "gunicorn"):
        return [sys.executable, "-m", "cds", "serve"]
    return [sys.executable, "-m", "benchmarks.serving", what, server, str(port), str(WORKERS)]


def _memory(process: psutil.Process) -> int:
    try:
        rss: int = process.memory_info().rss
    except psutil.Error:
        return 0
    return rss


def _free_port() -> int:
    import socket

    with socket.socket() as listening:
        listening.bind((HOST, 0))
        port: int = listening.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.perf_counter() + _PATIENCE
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"The server ended with code {process.returncode} before it answered.")
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.02)
    raise SystemExit("The server did not answer in time.")


def main() -> None:
    """Serves until it is told to stop."""
    what, server, port, workers = sys.argv[1:5]
    name = "create_hello" if what == "hello" else "create_service"
    if server == "granian":
        _serve_granian(f"benchmarks.serving:{name}", int(port), int(workers))
    else:
        _serve_gunicorn(create_hello(), int(port), int(workers))


def _serve_granian(target: str, port: int, workers: int) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        target,
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        factory=True,
        log_enabled=False,
    ).serve()


def _serve_gunicorn(app: WSGIApplication, port: int, workers: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Hello(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", f"{HOST}:{port}")
            self.cfg.set("workers", workers)
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", THREADS)
            self.cfg.set("keepalive", 5)
            self.cfg.set("preload_app", True)

        def load(self) -> WSGIApplication:
            return app

    Hello().run()


if __name__ == "__main__":
    main()
