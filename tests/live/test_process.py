"""The process under load, signals and faults of its surroundings: nothing that was told is lost."""

import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from cds.audit.store import Store
from tests.live.process import Reply, Server, free_port, running, start, wait_until

pytestmark = pytest.mark.slow


def ask(server: Server) -> Reply | None:
    """One decision; None when the connection broke."""
    try:
        return server.decide()
    except (OSError, HTTPException):
        return None


@contextmanager
def load(server: Server, clients: int) -> Iterator[list[Reply | None]]:
    """Clients that ask again and again, and what they were told."""
    told: list[Reply | None] = []
    ended = threading.Event()

    def go_on() -> None:
        while not ended.is_set():
            told.append(ask(server))

    with ThreadPoolExecutor(clients) as pool:
        for _ in range(clients):
            pool.submit(go_on)
        try:
            yield told
        finally:
            ended.set()


def assert_kept(data: Path, told: list[Reply | None]) -> None:
    """Everything that was answered with 201 stands in a chain that holds."""
    ids = [reply.json()["id"] for reply in told if reply and reply.status == 201]
    assert len(ids) == len(set(ids))
    assert len(ids) > 0
    store = Store(f"sqlite:///{data / 'records.sqlite3'}")
    lost = [id_ for id_ in ids if store.get(id_) is None]
    fault = store.verify()
    store.close()
    assert (lost, fault) == ([], None)


def test_a_worker_killed_under_load_is_replaced_and_the_others_go_on(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        wait_until(lambda: len(server.workers()) == 2)
        before = server.workers()
        with load(server, 4) as told:
            wait_until(lambda: len(told) > 10)
            os.kill(min(before), signal.SIGKILL)
            wait_until(lambda: len(server.workers() - before) == 1)
            seen = len(told)
            wait_until(lambda: len(told) > seen + 20)
        broken = [reply for reply in told if reply is None or reply.status != 201]
        # Only what the killed worker had in hand may be lost: at most one for each client.
        assert len(broken) <= 4
        assert server.get("/health/ready").status == 200
    assert_kept(tmp_path / "data", told)


def test_told_to_stop_it_answers_what_it_has_begun(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        with load(server, 6) as told:
            wait_until(lambda: len(told) > 12)
            began = time.monotonic()
            status = server.stop()
            took = time.monotonic() - began
        assert status == 0
        assert took < 10
        statuses = {reply.status for reply in told if reply}
        assert statuses == {201}
    assert_kept(tmp_path / "data", told)


def test_a_full_disk_is_told_and_what_follows_is_kept(tmp_path: Path) -> None:
    with running(tmp_path / "data", CDS_WORKERS="1") as server:
        kept = [server.decide()]
        (worker,) = server.workers()
        unlimited = resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        full = server.decide()
        assert (full.status, full.headers["Retry-After"]) == (503, "5")
        assert full.headers["Content-Type"] == "application/problem+json"
        assert server.get("/health/ready").status == 503
        resource.prlimit(worker, resource.RLIMIT_FSIZE, unlimited)
        kept.append(server.decide())
        assert server.get("/health/ready").status == 200
    assert [reply.status for reply in kept] == [201, 201]
    assert_kept(tmp_path / "data", list(kept))


def test_a_database_that_is_gone_is_told_and_used_again_when_it_is_back(tmp_path: Path) -> None:
    """Never made anew: that would answer, and hide that all before is lost."""
    data = tmp_path / "data"
    with running(data, CDS_WORKERS="1") as server:
        kept = [server.decide()]
        aside = {path: path.with_name(f"aside-{path.name}") for path in data.glob("records.*")}
        for path, place in aside.items():
            path.rename(place)
        gone = server.decide()
        assert (gone.status, gone.headers["Retry-After"]) == (503, "5")
        assert server.get("/health/ready").json()["checks"]["store"] == "failed"
        assert not (data / "records.sqlite3").exists()
        for path, place in aside.items():
            place.rename(path)
        kept.append(server.decide())
        assert server.get("/health/ready").status == 200
    assert [reply.status for reply in kept] == [201, 201]
    assert_kept(data, list(kept))


def test_two_servers_write_one_chain(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, CDS_WORKERS="1") as one, running(data, CDS_WORKERS="1") as other:
        with load(one, 2) as first, load(other, 2) as second:
            wait_until(lambda: min(len(first), len(second)) > 10)
        told = first + second
        assert {reply.status for reply in told if reply} == {201}
        id_ = next(reply for reply in first if reply).json()["id"]
        assert other.get(f"/v1/decisions/{id_}").json()["id"] == id_
    assert_kept(data, told)


def test_a_decision_is_there_after_a_new_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, CDS_WORKERS="1") as server:
        made = server.decide().json()
        assert server.stop() == 0
    with running(data, CDS_WORKERS="1") as server:
        assert server.get(f"/v1/decisions/{made['id']}").json() == made
        # The configuration, once, and two decisions.
        assert server.decide().json()["receipt"]["sequence"] == 3


@pytest.mark.parametrize("place", ["/proc", "/proc/self/status/data"])
def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    status, told = start_in_vain(tmp_path, Path(place), free_port())
    assert (status, told.count("\n")) == (2, 1)
    assert told.startswith(f"The data directory {place} cannot be ")
    assert "CDS_DATA_DIR" in told


def test_an_address_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, told = start_in_vain(tmp_path, tmp_path / "data", port)
    assert (status, told.count("\n")) == (2, 1)
    assert told.startswith(f"Nothing can listen on 127.0.0.1:{port}: Address already in use.")
    assert "CDS_BIND" in told


def start_in_vain(tmp_path: Path, data: Path, port: int) -> tuple[int, str]:
    """The exit status of a server that cannot start, and what it said."""
    process = start(data, port, log=tmp_path / "log")
    out, _ = process.communicate(timeout=60)
    assert out == ""
    return process.returncode, (tmp_path / "log").read_text()
