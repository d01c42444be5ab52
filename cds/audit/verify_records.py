#!/usr/bin/env python3
"""Checks a record of decisions without the service that wrote it.

    python verify_records.py RECORDS [--checkpoints FILE]... [--public-key HEX] [--key-file FILE]

RECORDS is the SQLite database or an export (`python -m cds export --sealed`). A FILE of checkpoints
holds one signed checkpoint a line; those that were carried away from the service show also that
the end is not missing. With the public key, which must come another way than the records, the
signature of every record is checked: without it somebody could have written all of them anew.
When the service's secret was rotated, give the newest public key: what it signed vouches for all
that came before, and each key names the next in a record that it signed.
A database that is encrypted as a whole needs the FILE of its key; an export needs none.
Needs Python 3.11 and the packages cryptography, for signatures, and sqlcipher3, for an encrypted
database; this one file is all of it. Exit status: 0 all holds, 1 a fault was found, 2 something
cannot be read.
"""

import argparse
import hashlib
import json
import sqlite3
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

GENESIS = "0" * 64
CONTEXT = b"exercise-cds checkpoint v1\n"
COLUMNS = (
    *("seq", "id", "created", "kind", "body", "body_sha256", "knowledge_sha256"),
    *("request_sha256", "idempotency_key", "prev_hash", "hash", "key_id", "signature"),
)
UNHASHED = ("body", "hash", "signature")
DESTROYING = ("erasure", "retention")
KEY_ROTATED = "key_rotated"
Row = dict[str, Any]


class CannotReadError(Exception):
    """What was given is not what it should be."""


class FaultError(Exception):
    """The first record that is not what was written."""


def canonical(value: Row) -> bytes:
    """RFC 8785 for a flat object of text, whole numbers and null with ASCII names."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def check_chain(
    rows: Iterable[Row], keys: set[str] | None, signers: "Signers"
) -> tuple[dict[int, str], int]:
    """The hash of each record by its number, and how many there are.

    `keys` are the data keys there are, where that is known; `signers` are who must have signed.

    Raises: FaultError naming the first record that does not fit.
    """
    hashes = {0: GENESIS}
    sealed: dict[str, int] = {}
    destroyed: set[str] = set()
    expected = 0
    for row in rows:
        expected += 1
        check_row(row, expected, hashes[expected - 1])
        signers.check(row)
        hashes[expected] = row["hash"]
        if row["key_id"] is not None:
            sealed.setdefault(row["key_id"], expected)
        elif row["kind"] in DESTROYING:
            destroyed |= set(json.loads(row["body"])["keys"])
    lost = [] if keys is None else [seq for id, seq in sealed.items() if id not in keys | destroyed]
    if lost:
        raise FaultError(f"record {min(lost)}: its key is gone and no erasure is recorded")
    signers.end()
    return hashes, expected


class Signers:
    """Who must have signed each record, from the public key that is trusted; without one, nobody.

    A key that came into use by a rotation vouches by its first signature for all that came before:
    each hash is over the one before it. Until it comes, signatures are of keys that are not known.
    """

    def __init__(self, trusted: str | None) -> None:
        self.trusted, self.now = trusted, trusted or ""
        self.known: set[str] = {trusted} if trusted else set()
        self.foreign: int | None = None
        self.announced = self.vouched = False

    def check(self, row: Row) -> None:
        """One record, in order.

        Raises: FaultError when whoever must have signed it did not.
        """
        if self.trusted is None or not (self.vouched or row["signature"]):
            return
        signed = is_signed(row, self.now)
        self.foreign = self.foreign or (None if signed else row["seq"])
        if (self.vouched or self.announced) and not signed:
            raise FaultError(f"record {row['seq']}: the service did not sign it")
        if signed:
            self.end()
        self.vouched = self.vouched or signed
        if row["kind"] == KEY_ROTATED:
            told = json.loads(row["body"])
            self.known |= {told["public_key_before"], told["public_key"]}
            self.announced = self.announced or told["public_key"] == self.trusted
            self.now = told["public_key"] if signed else self.now

    def end(self) -> None:
        """After the last record.

        Raises: FaultError when others signed and nobody named the trusted key.
        """
        if self.foreign and not self.announced:
            raise FaultError(f"record {self.foreign}: the service did not sign it")

    def conclude(self, whole: Collection[str]) -> None:
        """After the checkpoints; `whole` are the keys that signed one of all records.

        Raises: FaultError when the trusted key was named and signed nothing.
        """
        if self.foreign and not self.vouched and self.trusted not in whole:
            raise FaultError(f"record {self.foreign}: the service did not sign it")


def check_row(row: Row, expected: int, before: str) -> None:
    """One record against its place, its own hashes and the record before it."""
    covered = {name: row[name] for name in COLUMNS if name not in UNHASHED}
    if row["key_id"] is None:
        del covered["key_id"]  # hashed as before there were keys
    if row["seq"] != expected:
        raise FaultError(f"record {expected}: missing or out of order")
    if row["prev_hash"] != before:
        raise FaultError(f"record {expected}: does not follow the record before it")
    if hashlib.sha256(row["body"].encode("utf-8")).hexdigest() != row["body_sha256"]:
        raise FaultError(f"record {expected}: its body was changed")
    if hashlib.sha256(canonical(covered)).hexdigest() != row["hash"]:
        raise FaultError(f"record {expected}: it was changed")


def check_checkpoints(checkpoints: list[Row], hashes: dict[int, str], count: int) -> None:
    """What was signed against what is there.

    Raises: FaultError.
    """
    held = 0
    for signed in sorted(checkpoints, key=lambda found: int(found["size"])):
        size = signed["size"]
        if size > count:
            raise FaultError(f"record {count + 1}: missing, as {size} records were signed")
        if hashes[size] != signed["hash"]:
            raise FaultError(f"record {held + 1}: it or one up to {size} is not what was signed")
        held = size


def is_signed(row: Row, public_key: str) -> bool:
    """Whether the owner of the public key signed this record."""
    signed = {"hash": row["hash"], "size": row["seq"], "time": row["created"]}
    return holds(signed, row["signature"], public_key)


def check_signature(checkpoint: Row, known: Collection[str]) -> str:
    """The public key that signed the checkpoint; where any are `known`, one of them.

    Raises: CannotReadError when the signature does not hold, or another key made it.
    """
    made_by: str = checkpoint["public_key"]
    signed = {name: checkpoint[name] for name in ("hash", "size", "time")}
    if not holds(signed, checkpoint["signature"], made_by) or (known and made_by not in known):
        raise CannotReadError("a checkpoint is damaged, or was signed with another key")
    return made_by


def holds(signed: Row, signature: str | None, public_key: str) -> bool:
    """Whether the signature is one of the public key over these members."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature or ""), CONTEXT + canonical(signed))
    except (InvalidSignature, ValueError):
        return False
    return True


def read_database(path: Path, key_file: Path | None) -> tuple[Iterator[Row], set[str]]:
    """The records of an SQLite database, which is not written to, and the keys it holds.

    Raises: CannotReadError when it is encrypted and this is not its key, or it is damaged.
    """
    module = sqlcipher() if key_file else sqlite3
    connection = module.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    if key_file:
        key = bytes.fromhex(key_file.read_text(encoding="ascii")).hex()
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key}'\"")

    def select(columns: str) -> Iterator[Any]:
        try:
            yield from connection.execute(f"SELECT {columns}")
        except module.Error as error:
            raise CannotReadError(f"{error} (damaged, or another --key-file)") from None

    keys = {id for (id,) in select("id FROM data_key")}
    rows = select(f"{', '.join(COLUMNS)} FROM record ORDER BY seq")
    return (dict(zip(COLUMNS, row, strict=True)) for row in rows), keys


def sqlcipher() -> Any:
    """What reads an encrypted database.

    Raises: CannotReadError when it is not installed.
    """
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        raise CannotReadError("an encrypted database needs the package sqlcipher3") from None
    return dbapi2


def read_export(path: Path, checkpoints: list[Row]) -> Iterator[Row]:
    """The records of an export; its checkpoints are added to the list."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            if "record" in found:
                yield {name: found["record"][name] for name in COLUMNS}
            else:
                checkpoints.append(found["checkpoint"])


def verify(
    path: Path, files: Iterable[Path], public_key: str | None, key_file: Path | None = None
) -> str:
    """What to tell when all holds.

    Raises: FaultError, CannotReadError.
    """
    checkpoints: list[Row] = []
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        checkpoints += [json.loads(line) for line in lines if line.strip()]
    with path.open("rb") as opened:
        beginning = opened.read(15)
    if key_file or beginning == b"SQLite format 3":
        rows, keys = read_database(path, key_file)
    elif beginning[:1] in (b"{", b""):
        rows, keys = read_export(path, checkpoints), None
    else:
        raise CannotReadError("neither a database nor an export; is it encrypted (--key-file)?")
    signers = Signers(public_key)
    hashes, count = check_chain(rows, keys, signers)
    signed_by = {check_signature(checkpoint, signers.known) for checkpoint in checkpoints}
    check_checkpoints(checkpoints, hashes, count)
    signers.conclude({found["public_key"] for found in checkpoints if found["size"] == count})
    told = [f"All {count} records hold; the last has the hash {hashes[count]}."]
    if not checkpoints:
        told.append("No checkpoint was given: a missing end cannot be excluded.")
    if public_key is None:
        told.append("No public key was given: that all of it was written anew cannot be excluded.")
    if checkpoints and public_key is None:
        told.append(f"Signed with {', '.join(sorted(signed_by))}: compare it with the service's.")
    return "\n".join(told)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("records", type=Path)
    parser.add_argument("--checkpoints", type=Path, action="append", default=[])
    parser.add_argument("--key-file", type=Path, help="the key of an encrypted database")
    parser.add_argument("--public-key", help="the public key of the service, in hexadecimal")
    options = parser.parse_args(arguments)
    try:
        given = (options.checkpoints, options.public_key, options.key_file)
        print(verify(options.records, *given))
    except FaultError as fault:
        print(f"Not what was written: {fault}.", file=sys.stderr)
        return 1
    except (CannotReadError, OSError, ValueError, KeyError, TypeError) as error:
        print(f"Cannot be read: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
