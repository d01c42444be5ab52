"""An empty database of either kind, and the hand of somebody who may do everything in it."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from cds.audit.head import Head
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.audit.turn import Draft
from tests.postgresql import Server

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEYS = Keys(b"a secret of the tests")
PROTECTED = ("record", "knowledge", "data_key")


@dataclass(frozen=True, slots=True)
class Database:
    """One empty database, and the hand of somebody who may do everything in it."""

    url: str
    data: Path
    server: Server | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.server is None

    @property
    def path(self) -> Path:
        """The file of an SQLite database."""
        return self.data / "records.sqlite3"

    def open(self, keys: Keys | None = KEYS, *, head: bool = True) -> Store:
        """The store, as the service opens it."""
        return Store(self.url, keys, Head(self.data, KEYS) if head else None)

    def execute(self, *statements: str) -> None:
        """Runs statements past the service."""
        if self.server:
            self.server.execute(*statements)
            return
        connection = sqlite3.connect(self.path, isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        connection.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        if self.server:
            with psycopg.connect(self.server.url()) as connection:
                return list(connection.execute(query.encode()).fetchall())
        with sqlite3.connect(self.path) as opened:
            found = opened.execute(query).fetchall()
        opened.close()
        return found

    def add_knowledge(self) -> None:
        """A row that the triggers can refuse to change."""
        self.execute("INSERT INTO knowledge VALUES ('a', 'b')")

    def tamper(self, *statements: str) -> None:
        """Runs statements as one who takes the protection away and puts it back."""
        if self.server:
            off = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in PROTECTED]
            on = [
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
                for table, name in self.rows(
                    "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON tgrelid = "
                    "pg_class.oid WHERE NOT tgisinternal"
                )
            ]
        else:
            triggers = self.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            off = [f"DROP TRIGGER {name}" for name, _ in triggers]
            on = [sql for _, sql in triggers]
        self.execute(*off, *statements, *on)


def sqlite_in(folder: Path) -> Database:
    """A database in a file."""
    return Database(f"sqlite:///{folder / 'records.sqlite3'}", folder)


def draft(number: int = 1, **changes: Any) -> Draft:
    """Something to record."""
    columns: dict[str, Any] = {
        "kind": "decision",
        "body": {"n": number, "text": "ü"},
        "created": NOW,
        "knowledge_sha256": "a" * 64,
        **changes,
    }
    return Draft(**columns)
