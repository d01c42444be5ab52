"""The public keys of an issuer (RFC 7517), from a file or from one address, kept for a while."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cds.errors import IntakeError, KeysUnavailableError
from cds.observability import error_chain, log
from cds.strict_json import JsonLimits, read_json

# O: operational choices. A key that the issuer withdrew is believed no longer than the longest.
_FRESH = timedelta(minutes=10)
_LONGEST = timedelta(hours=1)
_BETWEEN_READS = timedelta(seconds=30)
MOST_BYTES = 256_000
_MOST_KEYS = 100
_LIMITS = JsonLimits(bytes=MOST_BYTES, items=_MOST_KEYS, text=20_000)

Keys = Mapping[str, Mapping[str, Any]]


class KeySet:
    """The keys at one address. Thread-safe; an unknown id has them read anew, seldom."""

    def __init__(self, address: str, read: Callable[[], bytes]) -> None:
        """`read` gives the key set as bytes, or raises OSError."""
        self._address, self._read = address, read
        self._keys: Keys = {}
        self._got: datetime | None = None
        self._tried: datetime | None = None
        self._one_reads = threading.Lock()

    @property
    def address(self) -> str:
        """Where the keys come from."""
        return self._address

    def find(self, kid: str, now: datetime) -> Mapping[str, Any] | None:
        """The key of that id.

        Raises: KeysUnavailableError when no keys are young enough to be believed.
        """
        if not self._is_younger(_FRESH, now) or kid not in self._keys:
            self._renew(now)
        if not self._is_younger(_LONGEST, now):
            raise KeysUnavailableError("The keys of the issuer cannot be had. Try again shortly.")
        return self._keys.get(kid)

    def _is_younger(self, age: timedelta, now: datetime) -> bool:
        return self._got is not None and now - self._got < age

    def _renew(self, now: datetime) -> None:
        """Whoever sends unknown ids must not make us ask the issuer each time."""
        with self._one_reads:
            if self._tried is not None and now - self._tried < _BETWEEN_READS:
                return
            self._tried = now
            try:
                self._keys, self._got = read_keys(self._read()), now
            except (OSError, IntakeError) as error:
                log().error("keys_not_read", error=error_chain(error))


def of_file(path: Path) -> KeySet:
    """The keys in a file."""
    return KeySet(str(path), path.read_bytes)


def read_keys(text: bytes) -> Keys:
    """The keys of a set by their ids. One that has none, or shares it, is never used.

    Raises: IntakeError when it is no key set.
    """
    found = read_json(text, _LIMITS)
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise IntakeError([])
    keys: dict[str, Mapping[str, Any]] = {}
    shared: set[str] = set()
    for key in listed:
        kid = key.get("kid") if isinstance(key, dict) else None
        if isinstance(kid, str):
            shared |= {kid} & keys.keys()
            keys[kid] = key
    return {kid: key for kid, key in keys.items() if kid not in shared}
