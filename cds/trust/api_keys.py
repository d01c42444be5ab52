"""API keys: made once, shown once, and known afterwards by a code that the secret makes.

They stand in the record and nowhere else: a key is an event `api_key_created`, and is good until an
event `api_key_revoked` names it. So no key can appear or disappear unseen. A key is 256 random
bits, which nobody can guess: a slow hash would cost each request and protect nothing. The code is
made with a key outside of the database (HMAC-SHA-256) over the role too, so that whoever can
write the database can neither add a key nor raise a role.
"""

import hmac
import json
import re
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import func, select

from cds.audit.chain import KEY_ROTATED, Entry
from cds.audit.database import record
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.errors import CdsError, ErasedError
from cds.trust.roles import Principal, Role

CREATED = "api_key_created"
REVOKED = "api_key_revoked"
# Not a list: SQLAlchemy would write it anew at every request.
_EVENTS = (record.c.kind == CREATED) | (record.c.kind == REVOKED)
_AND_ROTATIONS = _EVENTS | (record.c.kind == KEY_ROTATED)
_NEWEST = select(func.max(record.c.seq)).where(_EVENTS)
_TOKEN = re.compile(r"cds_([0-9a-f]{12})_[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"[\w.,:/@() -]{1,80}")


class ApiKey(Struct, frozen=True):
    """A key as it is known here. `code` says nothing of it without the secret.

    It was made after so many `rotations` of the secret, so that one of then recognises it.
    """

    id: str
    name: str
    roles: frozenset[Role]
    created: str
    code: str
    rotations: int = 0
    revoked: str | None = None

    @property
    def principal(self) -> Principal:
        """Who asks with this key."""
        return Principal(f"key:{self.id}", self.roles)


class ApiKeys:
    """The keys of an installation. Thread-safe; other processes' changes count at once."""

    def __init__(self, store: Store, secret: bytes, retired: Sequence[bytes] = ()) -> None:
        """`secret` is a key of its own, kept outside of the database; `retired` came before it."""
        self._store, self._secrets = store, (*retired, secret)
        self._known: tuple[int | None, Mapping[str, ApiKey]] = (None, {})
        self._one_reads = threading.Lock()

    def create(self, name: str, roles: Iterable[Role], by: str, now: datetime) -> str:
        """Makes a key and returns it; it cannot be had again.

        Raises: CdsError when the name cannot be used; AuditError.
        """
        if not _NAME.fullmatch(name):
            raise CdsError(
                "The name of a key is 1 to 80 letters, digits, spaces and .,:/@()-_ characters. It "
                "is shown in lists and names a system or a post, not a person. Choose another."
            )
        id = secrets.token_hex(6)
        token = f"cds_{id}_{secrets.token_hex(32)}"
        held = frozenset(roles)
        body = {"id": id, "name": name, "roles": sorted(held), "by": by}
        code = _code(self._secrets[-1], token, held)
        self._store.append(Draft(CREATED, {**body, "code": code}, now, ""))
        return token

    def revoke(self, id: str, by: str, now: datetime) -> None:
        """Ends a key, and every session that was opened with it.

        Raises: CdsError when there is none; AuditError.
        """
        if self.find(id) is None:
            raise CdsError(f"No key '{id}' is in use. `python -m cds keys list` shows them.")
        self._store.append(Draft(REVOKED, {"id": id, "by": by}, now, "", sealed=False))

    def all(self) -> tuple[ApiKey, ...]:
        """Every key that was ever made, in order.

        Raises: AuditError.
        """
        return tuple(self._read().values())

    def were_made(self) -> bool:
        """Whether there ever was a key: the last one that is revoked opens nothing.

        Raises: AuditError.
        """
        if self._known[0] is None:
            self._read()
        return self._known[0] is not None

    def find(self, id: str) -> ApiKey | None:
        """The key of that id, unless it was revoked.

        Raises: AuditError.
        """
        found = self._read().get(id)
        return found if found is not None and found.revoked is None else None

    def recognise(self, token: str) -> ApiKey | None:
        """The key that this is.

        Raises: AuditError.
        """
        parts = _TOKEN.fullmatch(token)
        found = self.find(parts[1]) if parts else None
        if found is None or found.rotations >= len(self._secrets):
            return None
        code = _code(self._secrets[found.rotations], token, found.roles)
        return found if hmac.compare_digest(code, found.code) else None

    def _read(self) -> Mapping[str, ApiKey]:
        """The keys; read again when there is a newer event than those that are known."""
        with self._store.reading() as connection:
            newest: int | None = connection.execute(_NEWEST).scalar()
        known, keys = self._known
        if newest == known:
            return keys
        with self._one_reads:
            keys = self._replay()
            self._known = (newest, keys)
        return keys

    def _replay(self) -> Mapping[str, ApiKey]:
        keys: dict[str, ApiKey] = {}
        rotations = 0
        for entry in self._store.entries(_AND_ROTATIONS):
            if entry.kind == KEY_ROTATED:
                rotations += 1
                continue
            body = self._body(entry)
            if entry.kind == CREATED and body is not None:
                keys[body["id"]] = _key(body, entry.created, rotations)
            elif body is not None and body["id"] in keys:
                keys[body["id"]] = replace(keys[body["id"]], revoked=entry.created)
        return keys

    def _body(self, entry: Entry) -> Mapping[str, Any] | None:
        """None when it was kept longer than is allowed and destroyed: such a key is no more."""
        try:
            body: dict[str, Any] = json.loads(self._store.text_of(entry))
        except ErasedError:
            return None
        return body


def _code(secret: bytes, token: str, roles: frozenset[Role]) -> str:
    text = "\n".join((token, *sorted(roles)))
    return hmac.new(secret, text.encode(), "sha256").hexdigest()


def _key(body: Mapping[str, Any], created: str, rotations: int) -> ApiKey:
    roles = frozenset(Role(role) for role in body["roles"])
    return ApiKey(body["id"], body["name"], roles, created, body["code"], rotations)
