"""The hash chain over the records: each row's hash covers all its columns and the row before.

Pure functions; the store reads and writes the rows.
"""

import hashlib
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import asdict

from cds.audit.canonical import canonical

GENESIS = "0" * 64
#: The kind of the last record that a secret signs: it names the public key of the next.
KEY_ROTATED = "key_rotated"


class Entry(Struct, frozen=True):
    """One row as it is hashed.

    Without `key_id`, `body` is canonical JSON text (RFC 8785); with it, that text sealed under
    the data key of this id, and `request_sha256` is keyed with the same. `signature` is that of
    the installation over the number, hash and time; the first records ever have none.
    """

    seq: int
    id: str
    created: str
    kind: str
    body: str
    body_sha256: str
    knowledge_sha256: str
    request_sha256: str
    idempotency_key: str | None
    prev_hash: str
    hash: str
    key_id: str | None = None
    signature: str | None = None


def sha256(content: str | bytes) -> str:
    """The SHA-256 of text (as UTF-8) or bytes, in hexadecimal."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def entry_hash(entry: Entry) -> str:
    """The hash that the entry must carry: over every column but the body's text and what follows.

    A record without a key is hashed as before there were any, so that old chains go on to hold.
    """
    columns = asdict(entry)
    del columns["body"], columns["hash"], columns["signature"]
    if entry.key_id is None:
        del columns["key_id"]
    return sha256(canonical(columns))


def is_sound(entry: Entry, seq: int, prev_hash: str) -> bool:
    """Whether the entry is the one that belongs at `seq`, unchanged."""
    return (
        entry.seq == seq
        and entry.prev_hash == prev_hash
        and entry.body_sha256 == sha256(entry.body)
        and entry.hash == entry_hash(entry)
    )


def first_fault(entries: Iterable[Entry], start: int = 1, prev_hash: str = GENESIS) -> int | None:
    """The first sequence number where the chain does not hold, or None when all of it holds."""
    expected = start
    for entry in entries:
        if not is_sound(entry, expected, prev_hash):
            return expected
        expected, prev_hash = expected + 1, entry.hash
    return None
