"""CDS Hooks of the real service: two workers on one database are one service."""

import json
import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cds.audit.keys import Keys
from cds.audit.store import Store
from tests.hooks.calls import ANSWERS, HEALTHY_ANSWERS, VIEW, body
from tests.live.process import Reply, Server, running, wait_until
from tests.trust.issuing import ISSUER, KEYS, claims, token

pytestmark = pytest.mark.slow
PUBLIC = "https://cds.example.org"
SERVICE = f"/cds-services/{VIEW}"


def bearer(path: str, jti: str | None = None) -> dict[str, str]:
    """A token for an address; a new one unless its id is given."""
    now = int(time.time())
    told = claims(aud=PUBLIC + path, iat=now, exp=now + 300, jti=jti or str(uuid.uuid4()))
    return {"Authorization": f"Bearer {token(told)}"}


@contextmanager
def only(server: Server, worker: int) -> Iterator[Server]:
    """The server while none but this worker answers."""
    others = server.workers() - {worker}
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        yield server
    finally:
        for other in others:
            os.kill(other, signal.SIGCONT)


def at_once(server: Server, call: Any, headers: list[dict[str, str]]) -> list[Reply]:
    """Answers to a call that is made several times at the same moment."""
    with ThreadPoolExecutor(len(headers)) as pool:
        return list(pool.map(lambda own: server.post(SERVICE, call, own), headers))


def test_both_workers_give_one_record_the_same_cards_and_take_a_token_once(
    url: str, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": KEYS}), encoding="utf-8")
    settings = {
        "CDS_DATABASE_URL": url,
        "CDS_PUBLIC_URL": PUBLIC,
        "CDS_HOOK_CLIENTS": f"{ISSUER}={keys}",
    }
    call = body(VIEW, extension={ANSWERS: HEALTHY_ANSWERS})
    with running(tmp_path / "data", **settings) as server:
        wait_until(lambda: len(server.workers()) == 2)
        one, other = sorted(server.workers())
        used = bearer(SERVICE)
        with only(server, one):
            first = server.post(SERVICE, call, used)
        with only(server, other):
            second = server.post(SERVICE, call, bearer(SERVICE))
            again = server.post(SERVICE, call, used)
        assert (first.status, second.status, again.status) == (200, 200, 401)
        assert second.json() == first.json()
        (card,) = first.json()["cards"]

        shown = at_once(server, {**call, "hookInstance": "x"}, [bearer(SERVICE) for _ in range(6)])
        assert {reply.status for reply in shown} == {200}
        assert len({reply.body for reply in shown}) == 1
        same = at_once(server, {**call, "hookInstance": "x"}, [bearer(SERVICE)] * 6)
        assert Counter(reply.status for reply in same) == {200: 1, 401: 5}

        report = {
            "card": card["uuid"],
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}],
            "outcomeTimestamp": "2026-11-22T09:00:00Z",
        }
        path = f"{SERVICE}/feedback"
        with only(server, other):
            told = server.post(path, {"feedback": [report]}, bearer(path))
        assert (told.status, told.json()) == (200, {"recorded": 1, "unknown": 0})
    store = Store(url, Keys((tmp_path / "data" / "secret").read_bytes()))
    kinds = Counter(entry.kind for entry in store.entries())
    fault = store.verify()
    store.close()
    assert (kinds["decision"], kinds["feedback"], fault) == (2, 1, None)
