"""Requests made from the description find no failure: a short run, the release has a long one."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.test_server import port, server

__all__ = ["port", "server"]
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_requests_made_from_the_description_find_no_failure(
    server: subprocess.Popen[str], port: int, tmp_path: Path
) -> None:
    assert server.stdout is not None
    assert server.stdout.readline().startswith("ready")
    tool = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(str(tool), "--config-file", str(ROOT / "schemathesis.toml"), "run"),
            *(f"http://127.0.0.1:{port}/openapi.json", "--max-examples", "10", "--seed", "7"),
            "--continue-on-failure",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
