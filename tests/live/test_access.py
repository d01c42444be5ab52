"""The real service: open on its own machine only, and with keys alike in every worker."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import cds
from tests.live.process import Server, free_port, running, start, wait_until

pytestmark = pytest.mark.slow


def test_an_open_service_does_not_start_where_others_reach_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    address = f"0.0.0.0:{free_port()}"
    process = start(tmp_path / "data", 1, log=log, CDS_BIND=address)
    said, _ = process.communicate(timeout=60)
    told = log.read_text()
    assert (process.returncode, said, told.count("\n")) == (2, "", 1)
    assert told.startswith(f"CDS_BIND is {address}, which others can reach")
    assert "python -m cds keys create" in told


def test_an_open_service_says_so(shared: Server) -> None:
    assert shared.get("/health/ready").json()["access"] == "open"
    (log,) = shared.data.parent.glob("log-*")
    events = [json.loads(line) for line in log.read_text().splitlines()]
    (told,) = (event for event in events if event["event"] == "open_mode")
    assert told["check"].startswith("Nobody is asked who they are")


def test_keys_open_and_close_every_worker_and_refusals_are_kept_at_the_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = keys(data, "create", "--role", "prescriber", "--name", "ward 3").strip()
    mine = {"Authorization": f"Bearer {key}"}
    port = free_port()
    with running(data, CDS_BIND=f"0.0.0.0:{port}") as server:
        there = replace(server, port=port)
        assert [there.decide(headers=mine).status for _ in range(8)] == [201] * 8
        assert [there.decide().status for _ in range(8)] == [401] * 8
        keys(data, "revoke", key[4:16])
        wait_until(lambda: there.decide(headers=mine).status == 401, 2)
        assert [there.decide(headers=mine).status for _ in range(8)] == [401] * 8
        assert server.stop() == 0
    verified = command(data, "verify")
    assert "records hold" in verified
    exported = command(data, "export", "--sealed").splitlines()
    records = [json.loads(line).get("record", {}) for line in exported]
    refusals = [json.loads(r["body"]) for r in records if r.get("kind") == "refusal"]
    assert sum(refusal["count"] for refusal in refusals) >= 17


def keys(data: Path, *arguments: str) -> str:
    """What a command for keys prints."""
    return command(data, "keys", *arguments)


def command(data: Path, *arguments: str) -> str:
    """What a command prints."""
    made = subprocess.run(
        [sys.executable, "-m", "cds", *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={
            **os.environ,
            "CDS_DATA_DIR": str(data),
            "PYTHONPATH": str(Path(cds.__path__[0]).parent),
        },
    )
    return made.stdout
