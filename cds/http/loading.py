"""The loaded service, from the files or from what an earlier start found sound."""

from collections.abc import Mapping
from types import MappingProxyType

from cds.engine.compiler import Networks
from cds.http.core import CoreService
from cds.kept import Kept
from cds.knowledge.base import Knowledge
from cds.knowledge.contradictions import Contradiction
from cds.rules.base import RuleBase
from cds.schemas.request_terms import terms_of
from cds.service import Service, build_service, compile_networks, load_service
from cds.units import read_units, take_units

_NO_CHOICE: Mapping[str, str] = MappingProxyType({})
_KEPT_CLASSES = (
    "cds.engine.compiler",
    "cds.engine.terms",
    "cds.errors",
    "cds.knowledge",
    "cds.model",
    "cds.rules",
)


def load_core(
    *, with_cases: bool = True, site_policies: Mapping[str, str] = _NO_CHOICE
) -> CoreService:
    """The service with everything the edges need; the arguments as in `load_service`.

    Raises: LoadError with every problem of every file; PolicyError when a choice is not known.
    """
    return core_of(load_service(with_cases=with_cases, site_policies=site_policies))


def load_kept_core(kept: Kept, site_policies: Mapping[str, str]) -> CoreService:
    """The same; files that were found sound once are not read and proved by cases again.

    Raises: as `load_core`.
    """
    units, knowledge, rules, networks, contradictions = kept.get("knowledge", _sound, _KEPT_CLASSES)
    take_units(units)
    service = build_service(knowledge, rules, site_policies=site_policies, networks=networks)
    return CoreService(service, terms_of(knowledge, contradictions))


def _sound() -> tuple[str, Knowledge, RuleBase, Networks, tuple[Contradiction, ...]]:
    from cds.loading import load_sound  # what reads and checks files takes long to import

    knowledge, rules, _ = load_sound()
    networks, contradictions = compile_networks(knowledge, rules), _contradictions(knowledge)
    return read_units(), knowledge, rules, networks, contradictions


def core_of(service: Service) -> CoreService:
    """The same for a service that is loaded.

    Raises: LoadError with every problem of the table of contradictions.
    """
    knowledge = service.knowledge
    return CoreService(service, terms_of(knowledge, _contradictions(knowledge)))


def _contradictions(knowledge: Knowledge) -> tuple[Contradiction, ...]:
    from cds.knowledge.contradictions_file import find_contradictions  # as above

    return find_contradictions(knowledge.vocabulary)
