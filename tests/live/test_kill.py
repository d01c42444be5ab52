"""The serving process killed under load, again and again: what was acknowledged is stored.

`CDS_KILL_ROUNDS` says how often, for each kind of database; CI asks for fifty on each.
"""

import json
import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import pytest

from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.opening import CONFIGURATION
from cds.audit.store import Store
from cds.http.pipeline import DECISION
from tests.live.process import BODY, Reply, Server, running
from tests.postgresql import Server as PostgreSQL
from tests.postgresql import cutting

ROUNDS = int(os.environ.get("CDS_KILL_ROUNDS", "3"))
CLIENTS = 4


@dataclass(slots=True)
class Told:
    """What clients were told: the ids of decisions by the key that each was asked for with."""

    ids: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    unanswered: int = 0

    def ask(self, server: Server, key: str) -> bool:
        """Asks once; whether it was answered."""
        self.asked += 1
        reply: Reply | None = None
        with suppress(OSError, HTTPException):
            reply = server.decide(BODY, {"Idempotency-Key": key})
        if reply is None or reply.status != 201:
            self.unanswered += 1
            assert reply is None or reply.status == 503, reply.body
            return False
        self.ids[key] = reply.json()["id"]
        return True


def opened(url: str, data: Path) -> Store:
    """The record as the service opens it, head and all."""
    keys = Keys((data / "secret").read_bytes())
    return Store(url, keys, Head(data, keys))


@pytest.mark.slow
def test_a_service_killed_under_load_loses_nothing_that_was_acknowledged(
    url: str, tmp_path: Path
) -> None:
    told, data, starts = Told(), tmp_path / "data", []
    for number in range(ROUNDS):
        began = time.monotonic()
        with running(data, CDS_DATABASE_URL=url) as server:
            starts.append(time.monotonic() - began)
            kill_under_load(server, told, number)
    with closing(opened(url, data)) as store:
        assert store.examine().fault is None
        stored = {key: store.get(id) for key, id in told.ids.items()}
        assert [key for key, entry in stored.items() if entry is None] == []
        by_key = keys_of(store)
        assert max(by_key.values()) == 1
        assert sum(by_key.values()) >= len(told.ids)
        # No start had to mend, adopt or give up anything: that would be recorded.
        assert {entry.kind for entry in store.entries()} == {DECISION, CONFIGURATION}
    assert len(told.ids) >= ROUNDS
    assert told.unanswered >= ROUNDS
    print(
        f"{ROUNDS} kills: {len(told.ids)} acknowledged, {sum(by_key.values())} stored, "
        f"longest start {max(starts):.1f} s"
    )


def kill_under_load(server: Server, told: Told, number: int) -> None:
    """Clients ask until the service, master and workers, is killed in the middle of it."""
    before, ended = len(told.ids), threading.Event()

    def go_on(client: int) -> None:
        count = 0
        while not ended.is_set():
            count += 1
            told.ask(server, f"round-{number}-{client}-{count}")

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(go_on, client) for client in range(CLIENTS)]
        # A little later each time, so that another moment is hit.
        while len(told.ids) < before + 4 + number % 7:
            time.sleep(0.003)
        for process in (server.process.pid, *server.workers()):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        server.process.wait(20)
        time.sleep(0.1)
        ended.set()
    for client in clients:
        client.result()


def keys_of(store: Store) -> Counter[str]:
    """How many records there are of each idempotency key; events have none."""
    return Counter(e.idempotency_key for e in store.entries() if e.idempotency_key is not None)


@pytest.mark.slow
def test_a_connection_lost_in_commits_leaves_one_record_for_each_key(
    postgresql: PostgreSQL, tmp_path: Path
) -> None:
    """Every third commit is cut, before it or before its answer; clients ask again by key."""
    data, told, cuts = tmp_path / "data", Told(), 3 * ROUNDS
    url = postgresql.empty()
    with (
        cutting(postgresql) as line,
        running(data, CDS_DATABASE_URL=line.url, CDS_WORKERS="1") as server,
    ):
        line.every = 3
        number = 0
        while line.cuts < cuts:
            number += 1
            while not told.ask(server, f"visit-{number}"):
                pass
        line.every = 0
        again = json.loads(server.decide(BODY, {"Idempotency-Key": "visit-1"}).body)
        assert again["id"] == told.ids["visit-1"]
    with closing(opened(url, data)) as store:
        assert store.examine().fault is None
        by_key = keys_of(store)
    assert set(by_key.values()) == {1}
    assert len(by_key) == number == len(told.ids)
    assert told.unanswered >= cuts // 2
