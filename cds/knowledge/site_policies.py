"""Which position the site follows where guidelines disagree, checked when the service starts."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from cds.errors import PolicyError
from cds.knowledge.policy import Policy
from cds.knowledge.schema import suggest

_WHY = "Decisions would follow a position that nobody chose."


def follow_site(policies: Mapping[str, Policy], chosen: Mapping[str, str]) -> Mapping[str, Policy]:
    """The policies with the options that the site follows.

    Raises: PolicyError with every name that is not known.
    """
    faults = list(_faults(policies, chosen))
    if faults:
        raise PolicyError("\n".join(faults))
    return MappingProxyType(
        {name: replace(policy, site=chosen.get(name)) for name, policy in policies.items()}
    )


def _faults(policies: Mapping[str, Policy], chosen: Mapping[str, str]) -> Iterator[str]:
    for name, code in chosen.items():
        if name not in policies:
            known = f" Use one of: {', '.join(sorted(policies))}."
            yield f"Site policy '{name}' is not known. {_WHY}{suggest(name, policies)}{known}"
        elif policies[name].option(code) is None:
            known = ", ".join(option.code for option in policies[name].options)
            yield f"Site policy '{name}' has no option '{code}'. {_WHY} Use one of: {known}."
