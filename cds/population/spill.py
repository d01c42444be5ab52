"""The resources of an input by patient, on disk: a SQLite file that lives as long as the run.

Whole files are added in one transaction, so that an interrupted run goes on after the last ones.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from cds.errors import CdsError
from cds.population.sorting import Kind, LeftOut, Sorted, Trouble
from cds.population.sources import Line

_SCHEMA = """
CREATE TABLE file (number INTEGER PRIMARY KEY, name TEXT, sha256 TEXT, lines INTEGER);
CREATE TABLE piece (seq INTEGER PRIMARY KEY, owner TEXT, kind TEXT, type TEXT, file INTEGER,
                    line INTEGER, text BLOB);
CREATE TABLE medication (id TEXT PRIMARY KEY, text BLOB) WITHOUT ROWID;
CREATE TABLE set_aside (kind TEXT, type TEXT, count INTEGER, PRIMARY KEY (kind, type));
CREATE TABLE trouble (seq INTEGER PRIMARY KEY, kind TEXT, file INTEGER, line INTEGER, what TEXT);
CREATE TABLE person (number INTEGER PRIMARY KEY, id TEXT, seq INTEGER, kind TEXT);
"""
# The order of the answers: by id, then by place. It does not depend on how many cores work.
_PEOPLE = """
INSERT INTO person (id, seq, kind)
SELECT owner, min(seq), kind FROM piece WHERE kind = 'patient' GROUP BY owner
UNION ALL SELECT owner, seq, kind FROM piece WHERE kind = 'bundle' ORDER BY 1, 2;
"""
_UNKNOWN = """
INSERT INTO trouble (kind, file, line, what)
SELECT ?, file, line, 'The ' || type || ' is about a patient who is not in this export.' FROM piece
WHERE kind = 'record'
AND owner NOT IN (SELECT id FROM person WHERE kind = 'patient') ORDER BY seq;
"""
_SEVERAL = """
INSERT INTO trouble (kind, file, line, what)
SELECT ?, file, line, 'This patient stands in several places; each was decided alone.'
FROM person JOIN piece USING (seq) WHERE person.id IN
(SELECT id FROM person GROUP BY id HAVING count(*) > 1) ORDER BY number;
"""
_ENTRY = re.compile(r"/entry/(\d+)(?:/resource)?")
_MEDICATION = re.compile(r"(?:.*/)?Medication/([^/?#]+)(?:/_history/[^/]+)?")


class Person(Struct, frozen=True):
    """One patient: the place of the Patient or the Bundle, and the Bundle as it would be posted.

    `places` are those of the entries, where the Bundle was put together here.
    """

    id: str | None
    place: str
    bundle: Mapping[str, Any]
    places: tuple[str, ...] = ()

    def locate(self, pointer: str) -> str:
        """The place in the input that a pointer into the Bundle means."""
        match = _ENTRY.match(pointer)
        if match is None or not self.places:
            return f"{self.place} {pointer}"
        return f"{self.places[int(match[1])]} {pointer[match.end() :]}"


class Spill:
    """The file; a process opens its own."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)

    @classmethod
    def create(cls, path: Path) -> "Spill":
        """The spill of a run, made when there is none."""
        spill = cls(path)
        with spill.turn():
            if not spill._all("SELECT 1 FROM sqlite_master LIMIT 1"):
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    spill._db.execute(statement)
        return spill

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A transaction: what is kept in it is kept as a whole or not at all.

        Raises: CdsError when the disk fails.
        """
        with _failing():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def done(self) -> set[int]:
        """The numbers of the files that are in."""
        return {number for (number,) in self._all("SELECT number FROM file")}

    def keep(self, file: int, line: Line, found: Sorted | LeftOut) -> None:
        """Adds a line of a file, or why it is left out."""
        execute = self._db.execute
        if isinstance(found, LeftOut):
            row = (found.trouble, file, line.number, found.what)
            execute("INSERT INTO trouble (kind, file, line, what) VALUES (?, ?, ?, ?)", row)
            return
        if found.kind in (Kind.PATIENT, Kind.RECORD, Kind.BUNDLE):
            execute(
                "INSERT INTO piece (owner, kind, type, file, line, text) VALUES (?, ?, ?, ?, ?, ?)",
                (found.owner, found.kind, found.type, file, line.number, line.text),
            )
            return
        if found.kind is Kind.MEDICATION:
            execute("INSERT OR REPLACE INTO medication VALUES (?, ?)", (found.owner, line.text))
        execute(
            "INSERT INTO set_aside VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (found.kind, found.type),
        )

    def end_file(self, number: int, name: str, sha256: str, lines: int) -> None:
        """Notes that all lines of a file are in."""
        self._db.execute("INSERT INTO file VALUES (?, ?, ?, ?)", (number, name, sha256, lines))

    def gather(self) -> int:
        """Gathers what is about one patient, once all files are in; returns how many there are.

        Raises: CdsError when a disk fails.
        """
        if not self._all("PRAGMA user_version")[0][0]:
            with self.turn():
                self._db.execute("CREATE INDEX of_owner ON piece (owner, seq)")
                self._db.execute(_PEOPLE)
                self._db.execute(_UNKNOWN, (Trouble.UNKNOWN_PATIENT,))
                self._db.execute(_SEVERAL, (Trouble.SEVERAL,))
                self._db.execute("PRAGMA user_version = 1")
        count: int = self._all("SELECT count(*) FROM person")[0][0]
        return count

    def persons(self, first: int, last: int) -> Iterator[Person]:
        """The patients of these numbers, which count from 1."""
        found = self._all(
            "SELECT id, person.kind, name, line, text FROM person JOIN piece USING (seq) "
            "JOIN file ON file.number = piece.file WHERE person.number BETWEEN ? AND ? "
            "ORDER BY person.number",
            first,
            last,
        )
        for id_, kind, name, line, text in found:
            place = f"{name}:{line}"
            if kind == Kind.BUNDLE:
                yield Person(id_, place, json.loads(text))
            else:
                yield self._put_together(id_, place)

    def troubles(self) -> Iterator[tuple[str, str, str]]:
        """What was left out while reading: its kind, its place, and what is the matter."""
        query = (
            "SELECT kind, name, line, what FROM trouble JOIN file ON file.number = file "
            "ORDER BY file, line, seq"
        )
        for kind, name, line, what in self._db.execute(query):
            yield kind, f"{name}:{line}", what

    def files(self) -> list[tuple[str, str, int]]:
        """Each file with the hash of its bytes and the number of its lines."""
        return self._all("SELECT name, sha256, lines FROM file ORDER BY number")

    def types(self) -> dict[str, int]:
        """How many resources there are of each type, those in Bundles aside."""
        query = (
            "SELECT type, sum(count) FROM (SELECT type, count(*) AS count FROM piece GROUP BY type "
            "UNION ALL SELECT type, count FROM set_aside) GROUP BY type ORDER BY type"
        )
        return dict(self._all(query))

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def _put_together(self, id_: str, place: str) -> Person:
        query = (
            "SELECT text, name || ':' || line FROM piece JOIN file ON file.number = piece.file "
            "WHERE owner = ? AND kind != 'bundle' ORDER BY seq"
        )
        found = self._all(query, id_)
        entries = [{"resource": json.loads(text)} for text, _ in found]
        entries += self._medications(entries)
        places = [where for _, where in found] + [place] * (len(entries) - len(found))
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        return Person(id_, place, bundle, tuple(places))

    def _medications(self, entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The Medications that the patient's own resources point to, under the written address."""
        named = (entry["resource"].get("medicationReference") for entry in entries)
        wanted = dict.fromkeys(
            reference
            for value in named
            if isinstance(value, dict) and isinstance(reference := value.get("reference"), str)
        )
        for reference in wanted:
            match = _MEDICATION.fullmatch(reference)
            if match is None:
                continue
            for (text,) in self._all("SELECT text FROM medication WHERE id = ?", match[1]):
                yield {"fullUrl": reference, "resource": json.loads(text)}

    def _all(self, query: str, *values: object) -> list[Any]:
        return self._db.execute(query, values).fetchall()


@contextmanager
def _failing() -> Iterator[None]:
    """A full disk is told as what it is."""
    try:
        yield
    except sqlite3.Error as error:
        raise CdsError(
            f"The working file of the run cannot be used: {error}. Look whether the disk of --out "
            "is full (it takes as much again as the input), and give the same command again."
        ) from None
