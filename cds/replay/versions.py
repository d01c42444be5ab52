"""Services of the knowledge that decided earlier, made of the files that the record keeps."""

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

from cds.audit.knowledge_store import get_knowledge, unpack
from cds.audit.store import Store
from cds.engine.compiler import Networks
from cds.errors import AuditError, LoadError
from cds.garbage import collecting_nothing
from cds.http.core import CoreService
from cds.knowledge.base import Knowledge
from cds.knowledge.files import ROOT, content_hash
from cds.rules.base import RuleBase
from cds.schemas.request_terms import terms_of
from cds.service import build_service, compile_networks

K = TypeVar("K")
V = TypeVar("V")
Sound = tuple[Knowledge, RuleBase, Networks]
#: A loaded knowledge takes about 100 MB.
_MOST_LOADED, _MOST_SERVICES = 2, 4


class Versions:
    """Loads each knowledge once; the ones that were asked for last stay loaded."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._loaded: OrderedDict[str, Sound | LoadError] = OrderedDict()
        self._services: OrderedDict[tuple[str, ...], CoreService] = OrderedDict()

    def find(
        self, store: Store, sha256: str, site_policies: Mapping[str, str]
    ) -> CoreService | None:
        """The service of that knowledge and site; None when its files are not kept.

        Raises: AuditError when they were changed since; LoadError, PolicyError when this software
        does not read them.
        """
        key = (sha256, *(f"{name}={site_policies[name]}" for name in sorted(site_policies)))
        with self._one_at_a_time:
            if key not in self._services:
                sound = self._sound(store, sha256)
                if sound is None:
                    return None
                _keep(self._services, key, serve(sound, site_policies), _MOST_SERVICES)
            self._services.move_to_end(key)
            return self._services[key]

    def load(self, store: Store, sha256: str) -> None:
        """Loads the knowledge ahead of processes that are forked; what is wrong `find` says."""
        with suppress(LoadError, AuditError):
            self._sound(store, sha256)

    def _sound(self, store: Store, sha256: str) -> Sound | None:
        if sha256 not in self._loaded:
            try:
                found: Sound | LoadError | None = _load(store, sha256)
            except LoadError as error:
                found = error
            if found is None:
                return None
            _keep(self._loaded, sha256, found, _MOST_LOADED)
        sound = self._loaded[sha256]
        if isinstance(sound, LoadError):
            raise sound
        return sound


def _load(store: Store, sha256: str) -> Sound | None:
    files = get_knowledge(store, sha256)
    if files is None:
        return load_tree(ROOT) if sha256 == _shipped() else None
    with tempfile.TemporaryDirectory(prefix="cds-knowledge-") as folder:
        unpack(files, Path(folder))
        return load_tree(Path(folder))


@cache
def _shipped() -> str:
    return content_hash(ROOT)


def load_tree(root: Path) -> Sound:
    """The knowledge and rules under `root`, and the rules as the Rete engine takes them.

    Raises: LoadError with every problem of every file.
    """
    from cds.loading import load_sound  # what reads and checks files takes long to import

    with collecting_nothing():
        knowledge, rules, _ = load_sound(root, with_cases=False)
        return knowledge, rules, compile_networks(knowledge, rules)


def serve(sound: Sound, site_policies: Mapping[str, str]) -> CoreService:
    """The service of that knowledge for a site.

    Raises: PolicyError when the knowledge does not hold a policy or its option.
    """
    knowledge, rules, networks = sound
    service = build_service(knowledge, rules, site_policies=site_policies, networks=networks)
    # Contradictions are refused when a request is read, which is not done again.
    return CoreService(service, terms_of(service.knowledge, ()))


def _keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)
