"""The real server: ready on its address, and a crash costs one worker only."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cds
from cds.audit.store import Store
from tests.api.test_decisions import BODY

pytestmark = pytest.mark.slow


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
    return found


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "CDS_BIND": f"127.0.0.1:{port}",
        "CDS_DATA_DIR": str(tmp_path / "data"),
        "PYTHONPATH": str(Path(cds.__path__[0]).parent),
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cds", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    yield process
    process.terminate()
    process.communicate(timeout=40)


def send(port: int) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/decisions",
        json.dumps(BODY).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def workers(master: int) -> set[int]:
    listed = Path(f"/proc/{master}/task/{master}/children").read_text()
    return {int(child) for child in listed.split()}


def test_a_crashed_worker_is_replaced_and_no_record_is_lost(
    server: subprocess.Popen[str], port: int, tmp_path: Path
) -> None:
    assert server.stdout is not None
    line = server.stdout.readline()
    assert re.fullmatch(
        rf"ready on http://127\.0\.0\.1:{port} \(knowledge [0-9a-f]{{12}}, \d+ rules\)\n", line
    )
    kept = [send(port)["id"]]
    before = workers(server.pid)
    os.kill(min(before), signal.SIGSEGV)
    kept += [send(port)["id"] for _ in range(5)]
    deadline = time.monotonic() + 20
    while (now := workers(server.pid)) == before or len(now) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    kept.append(send(port)["id"])
    data = tmp_path / "data"
    store = Store(f"sqlite:///{data / 'records.sqlite3'}")
    assert store.verify() is None
    assert [id for id in kept if store.get(id) is None] == []
    store.close()
    assert stat.S_IMODE((data / "secret").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [data]  # gunicorn opens no socket to be steered by
