"""The keys of an installation: they wrap data keys, sign heads, and never enter the database."""

import base64
import hashlib
import hmac
import secrets
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from cds.errors import AuditError
from cds.secret import derive_key

_NONCE = 12
_KEY_BITS = 256
_FASTEST = 1  # a fifth of the size; more effort saves little more
_OBJECT = b"{"
_NOT_OURS = (
    "What is stored cannot be read with the secret of this installation. Restore the file "
    "'secret' that belongs to the database."
)


class Small(bytes):
    """Text made small, as it is sealed."""

    @classmethod
    def of(cls, text: str) -> "Small":
        """The text, made small."""
        return cls(zlib.compress(text.encode("utf-8"), _FASTEST))


class DataKey(Struct, frozen=True):
    """The key that the records of one subject and year are sealed with, by its id."""

    id: str
    key: bytes

    def seal(self, text: str | Small, record_id: str) -> str:
        """The text, made small and encrypted for this record (AES-256-GCM), as base64."""
        small = text if isinstance(text, Small) else Small.of(text)
        return _encrypt(self.key, small, record_id)

    def unseal(self, sealed: str, record_id: str) -> str:
        """The text again.

        Raises: AuditError when it was not sealed with this key for this record.
        """
        found = _decrypt(self.key, sealed, record_id)
        is_small = not found.startswith(_OBJECT)  # the first records were sealed as they are
        return (zlib.decompress(found) if is_small else found).decode("utf-8")

    def keyed(self, digest: str) -> str:
        """A digest that says nothing once the key is gone, however few values it could be of."""
        return hmac.digest(self.key, digest.encode(), "sha256").hex()


class Keys:
    """What is derived from the secret of an installation for its records.

    Of several secrets, oldest first, the last is in use; what the others sealed and signed is read.
    """

    def __init__(self, *secrets: bytes) -> None:
        *retired, secret = secrets
        self._wrapping = derive_key(secret, "data keys")
        self.id = hashlib.sha256(derive_key(secret, "key id")).hexdigest()[:16]
        self.signing = Ed25519PrivateKey.from_private_bytes(derive_key(secret, "checkpoints"))
        #: The public half of the signing key, in hexadecimal.
        self.public = self.signing.public_key().public_bytes_raw().hex()
        #: Those of each secret, in the order in which they came into use.
        self.every: tuple[Keys, ...] = (*map(Keys, retired), self)

    @property
    def publics(self) -> tuple[str, ...]:
        """The public halves of all signing keys, in the order in which they came into use."""
        return tuple(keys.public for keys in self.every)

    def new_data_key(self) -> tuple[DataKey, str]:
        """A fresh data key, and the same as it is stored."""
        made = DataKey(secrets.token_hex(16), AESGCM.generate_key(_KEY_BITS))
        return made, self.conceal(made.key, made.id)

    def unwrap(self, id: str, wrapped: str, wrapped_by: str) -> DataKey:
        """The data key that was stored; `wrapped_by` is the id of the keys that wrapped it.

        Raises: AuditError when another installation wrapped it, or it was changed.
        """
        return DataKey(id, self.reveal(wrapped, id, wrapped_by))

    def conceal(self, data: bytes, about: str) -> str:
        """The data as only this installation can read it (AES-256-GCM), for this one purpose."""
        return _encrypt(self._wrapping, data, about)

    def reveal(self, concealed: str, about: str, by: str) -> bytes:
        """What the keys of the id `by` concealed.

        Raises: AuditError when they are not of this installation, or it was changed.
        """
        for keys in self.every:
            if keys.id == by:
                return _decrypt(keys._wrapping, concealed, about)
        raise AuditError(_NOT_OURS)


def _encrypt(key: bytes, data: bytes, about: str) -> str:
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, data, about.encode())
    return base64.b64encode(sealed).decode("ascii")


def _decrypt(key: bytes, text: str, about: str) -> bytes:
    try:
        sealed = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (ValueError, InvalidTag):
        raise AuditError(_NOT_OURS) from None
