"""Who puts knowledge to use: a rule manager by name, or a service that asks nobody by itself."""

import getpass
from datetime import datetime

from cds.audit.knowledge_store import knowledge_in_use, put_to_use
from cds.audit.store import Store
from cds.errors import AccessError, CdsError, NotAllowedError, NotAuthenticatedError
from cds.trust.admission import Trust
from cds.trust.api_keys import ApiKeys
from cds.trust.refusals import Refusals, Refused
from cds.trust.roles import ANYBODY, Role

_COMMAND = "activate"


class NotInUseError(CdsError):
    """The knowledge of this software is not what a rule manager put to use last."""


def take_up(store: Store, trust: Trust, sha256: str, now: datetime) -> None:
    """Goes to work with kept knowledge; where nobody is asked who they are, a change is recorded.

    Raises: NotInUseError when a rule manager has to put it to use first; AuditError.
    """
    if trust.is_open():
        put_to_use(store, sha256, _by(ANYBODY.id, ()), now)
        return
    before = knowledge_in_use(store)
    if before not in (None, sha256):
        raise NotInUseError(
            f"The knowledge {sha256[:12]} of this software is not what was put to use last "
            f"({before[:12]}). Nothing was decided with it. A rule manager puts it to use with "
            "`python -m cds activate`, or start the software of before."
        )


def activate(store: Store, keys: ApiKeys, token: str, sha256: str, now: datetime) -> bool:
    """Puts kept knowledge to use on behalf of whoever has the key; False when it is already.

    Raises: NotAuthenticatedError, NotAllowedError, both recorded; AuditError.
    """
    key = keys.recognise(token)
    try:
        if key is None:
            raise NotAuthenticatedError
        if Role.RULE_MANAGER not in key.roles:
            raise NotAllowedError
    except AccessError as error:
        status, who = (401, None) if key is None else (403, key.principal.id)
        refused = Refused(_COMMAND, status, type(error).__name__, who, "command line")
        Refusals(store).note(refused, now)
        raise
    return put_to_use(store, sha256, _by(key.principal.id, sorted(key.roles)), now)


def _by(id: str, roles: object) -> dict[str, object]:
    return {"id": id, "roles": roles, "account": getpass.getuser()}
