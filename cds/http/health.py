"""Liveness says that the process answers; readiness that an answer would be right and kept."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cds.audit.store import Store
from cds.errors import AuditError, CdsError
from cds.http.canary import Canary, check_canaries
from cds.http.service import DecisionService
from cds.model.decision import as_json
from cds.observability import error_chain, log
from cds.trust.admission import Trust

_ONE_EXAMINATION = threading.Lock()


def readiness(
    service: DecisionService, store: Store, canaries: tuple[Canary, ...], now: datetime
) -> Mapping[str, Any]:
    """Each check with `ok` or `failed`; ready only when none failed."""
    checks = {
        "engine": service.healthy,
        "store": _passes("store", lambda: store.check_writable(now)),
        "canary": _passes("canary", lambda: check_canaries(canaries, service)),
    }
    return {
        "status": "ready" if all(checks.values()) else "not ready",
        "checks": {name: "ok" if passed else "failed" for name, passed in checks.items()},
        "knowledge": {
            "version": service.knowledge_version,
            "sha256": service.knowledge_sha256,
        },
    }


def examination(store: Store) -> Mapping[str, Any]:
    """Whether all records are what was written, and the first that is not.

    Raises: AuditError when they cannot be read, or are being examined: it reads all of them.
    """
    if not _ONE_EXAMINATION.acquire(blocking=False):
        raise AuditError("The records are being examined already. Try again shortly.")
    try:
        found = store.examine()
    finally:
        _ONE_EXAMINATION.release()
    return {"holds": found.fault is None, **as_json(found)}


def access(trust: Trust) -> str:
    """Whether roles are asked for ("roles"), or nobody is asked who they are ("open")."""
    try:
        return "open" if trust.is_open() else "roles"
    except AuditError:
        return "unknown"


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except CdsError as error:
        log().error("not_ready", check=name, error=error_chain(error))
        return False
    return True
