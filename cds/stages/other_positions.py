"""What another position on a policy would change, kept by the tests of the rules that read it."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from cds.engine.evaluator import Reading
from cds.engine.switches import Switch, Switches
from cds.model.condition import Truth
from cds.stages.outcome import Outcome

Possible = Mapping[str, Mapping[Truth, Outcome]]
#: Each other option that changes something, and the rules that then hold or no longer do.
Changes = tuple[tuple[str, tuple[str, ...]], ...]
#: The rules that read a policy come out in few ways in most cases.
_MOST_KEPT = 4096


class OtherPositions:
    """What hangs on each policy; there is one for a service.

    `possible` is each rule with each truth it can have.
    """

    def __init__(self, switches: Switches, possible: Possible) -> None:
        self._switches, self._possible = switches, possible
        self._changes = lru_cache(_MOST_KEPT)(self._find_changes)

    def weigh(self, reading: Reading) -> Iterator[tuple[str, Changes]]:
        """The policies on which some rule hangs in this case, with what each option changes."""
        for switch in self._switches.undecided(reading):
            taken = str(reading.case.code(f"policy.{switch.policy}"))
            read = reading.true & switch.read, reading.possible & switch.read
            yield switch.policy, self._changes(switch.policy, taken, *read)

    def _find_changes(self, policy: str, taken: str, true: int, possible: int) -> Changes:
        """Each other option under which some rule holds that does not now, or the other way round,
        or under which something has to be known before anything is prescribed; and those rules.
        """
        switch, found = self._switches.by_policy[policy], []
        now = self._outcomes(switch, taken, true, possible)
        for option in [code for code in switch.options if code != taken]:
            then = self._outcomes(switch, option, true, possible)
            pairs = zip(now, then, strict=True)
            rules = tuple(a.rule.id for a, b in pairs if a.applies != b.applies)
            if rules or any(a.requires for a in now) != any(b.requires for b in then):
                found.append((option, rules))
        return tuple(found)

    def _outcomes(self, switch: Switch, option: str, true: int, possible: int) -> list[Outcome]:
        truths = switch.truths(option, true, possible)
        return [self._possible[id_][truth] for id_, truth in truths.items()]
