"""Opens the record of an installation: its database, with the keys and the head beside it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import select

from cds.audit.canonical import canonical
from cds.audit.data_keys import destroy, present
from cds.audit.database import failing_as, open_engine, record
from cds.audit.erasure import ERASURE
from cds.audit.examination import Examination, examine_engine
from cds.audit.file_key import file_key_of
from cds.audit.head import Checkpoint, Head, read_checkpoint
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.audit.succession import hand_over
from cds.audit.turn import Draft, hash_of, last_of
from cds.errors import AuditError
from cds.secret import Secret, read_secret, replace_secret
from cds.settings import Settings

CONFIGURATION = "configuration"
LOSS_ACCEPTED = "loss_accepted"
_LAST_CONFIGURATION = (
    select(record.c.body)
    .where(record.c.kind == CONFIGURATION)
    .order_by(record.c.seq.desc())
    .limit(1)
)


def open_secret(settings: Settings) -> Secret:
    """The secret of the installation; its data directory too is made when there is none.

    Raises: AuditError when nothing could be recorded there; SettingsError as `read_secret`.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return read_secret(settings.data_dir)
    except OSError as error:
        raise AuditError(
            f"The data directory {settings.data_dir} cannot be used: {error.strerror}. Nothing "
            "could be recorded. Set CDS_DATA_DIR to a directory that can be read and written."
        ) from None


def open_store(settings: Settings, secret: Secret) -> Store:
    """The record that the settings name.

    Raises: AuditError as `Store`; SettingsError when its file is encrypted and cannot be opened.
    """
    keys = Keys(*secret.parts)
    return Store(settings.database, keys, Head(settings.data_dir, keys), file_key_of(settings))


def examine_record(settings: Settings, secret: Secret, elsewhere: Iterable[str]) -> Examination:
    """Everything checked, whether or not the service would open it; nothing is changed.

    `elsewhere` are signed checkpoints, a line each, that were kept in another place.
    Raises: AuditError when something cannot be read.
    """
    keys = Keys(*secret.parts)
    checkpoints = [read_checkpoint(line, keys.publics) for line in elsewhere]
    with failing_as("The record cannot be read. Check CDS_DATA_DIR and CDS_DATABASE_URL."):
        checkpoints += Head(settings.data_dir, keys).kept()
        engine = open_engine(settings.database, file_key_of(settings))
        try:
            return examine_engine(engine, checkpoints, keys.publics)
        finally:
            engine.dispose()


def accept_loss(settings: Settings, secret: Secret, by: str, now: datetime) -> Checkpoint | None:
    """Goes on from what the database holds, although the head says that there was more.

    Keys that were destroyed and came back are destroyed again. Both are recorded. Returns the
    head that was given up; None when nothing is lost.
    Raises: AuditError as `Store`.
    """
    keys = Keys(*secret.parts)
    head = Head(settings.data_dir, keys)
    lost, store = head.read(), Store(settings.database, keys, None, file_key_of(settings))
    try:
        with store.turn() as turn:
            size, hash = last_of(turn.connection)
            if lost is None or hash_of(turn.connection, lost.size) == lost.hash:
                return None
            body = {"lost": asdict(lost), "found": {"size": size, "hash": hash}, "by": by}
            receipt = turn.append(Draft(LOSS_ACCEPTED, body, now, "", sealed=False))
            if back := present(turn.connection, head.destroyed()):
                draft = Draft(ERASURE, {"keys": sorted(back), "by": by}, now, "", sealed=False)
                receipt = turn.append(draft)
                destroy(turn.connection, back)
        store.forget(back)
    finally:
        store.close()
    head.reset(Checkpoint(receipt.sequence, receipt.hash, receipt.created))
    return lost


def rotate(settings: Settings, secret: Secret, by: str, now: datetime) -> Keys:
    """Puts a new secret to use; the others stay for what they sealed and signed.

    Whatever stops it: either nothing was changed, or whoever opens the record next ends it.
    Raises: AuditError.
    """
    store, made = open_store(settings, secret), secret.rotated()
    keys = Keys(*made.parts)
    try:
        with store.turn() as turn:
            turn.append(hand_over(keys.every[-2], keys, by, now))
            # Before the commit, so that no record is ever of a secret that may be lost.
            replace_secret(settings.data_dir, made)
    finally:
        store.close()
    return keys


def note_configuration(store: Store, told: Mapping[str, Any], now: datetime) -> None:
    """Records how the service is set up, when that is not what was recorded last.

    Raises: AuditError.
    """
    with store.reading() as connection:
        before = connection.execute(_LAST_CONFIGURATION).scalar()
    if before != canonical(told):
        store.append(Draft(CONFIGURATION, told, now, "", sealed=False))
