"""Which secret signs when: the record of each rotation, signed by one key, names the next."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from cds.audit.chain import KEY_ROTATED
from cds.audit.database import record
from cds.audit.examination import IN_ORDER, entry_of, hands_over_to, is_signed_by
from cds.audit.keys import Keys
from cds.audit.turn import REWRITTEN, ROTATED, Draft, Turn
from cds.errors import AuditError


def hand_over(before: Keys, after: Keys, by: str | None, now: datetime) -> Draft:
    """The record of a rotation; `by` None where one that was interrupted is recorded later."""
    ids = {"before": before.id, "after": after.id, "by": by}
    body = {**ids, "public_key_before": before.public, "public_key": after.public}
    return Draft(KEY_ROTATED, body, now, "", sealed=False)


def recorded_rotations(connection: Connection, keys: Keys) -> int:
    """How many rotations the record holds, each checked.

    Raises: AuditError when there is one that these keys know nothing of, or that is none.
    """
    rows = connection.execute(IN_ORDER.where(record.c.kind == KEY_ROTATED)).all()
    if len(rows) >= len(keys.every):
        raise AuditError(ROTATED)
    for place, entry in enumerate(map(entry_of, rows)):
        ours = is_signed_by(entry, keys.publics[place])
        if not (ours and hands_over_to(entry, keys.publics[place + 1 :])):
            raise AuditError(REWRITTEN)
    return len(rows)


def end_rotations(
    turn: Callable[[], AbstractContextManager[Turn]], keys: Keys, recorded: int
) -> None:
    """Records the rotations that were interrupted after the new secret was there.

    `turn` begins a transaction that appends; `recorded` is how many rotations were recorded.
    Raises: AuditError.
    """
    for place in range(recorded, len(keys.every) - 1):
        with turn() as found:
            if found.rotations == place:  # else another process was first
                before, after = keys.every[place : place + 2]
                found.append(hand_over(before, after, None, datetime.now(UTC)))


def signer_of(connection: Connection, keys: Keys, seq: int) -> Keys:
    """The keys that signed the record of that number."""
    if len(keys.every) == 1:
        return keys
    before = (record.c.kind == KEY_ROTATED) & (record.c.seq < seq)
    place = connection.execute(select(func.count()).where(before)).scalar_one()
    return keys.every[min(place, len(keys.every) - 1)]
