"""The one place that touches durable-rules.

Its C core is driven directly: no host, no timer threads, one flat fact with one fixed sid,
asserted, read and retracted under one lock of the whole process. Any surprise ends the use of
the engine in this process, because what the core does next is then not known.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from threading import Lock
from typing import NoReturn, Protocol

import durable_rules_engine
from msgspec import Struct

from cds.engine.compiler import CompiledRuleset, Networks
from cds.engine.limits import LIVENESS, MAX_ENGINE_RULES
from cds.engine.projection import MESSAGE_ID, SID, Slots, plan_messages, project
from cds.errors import EngineError
from cds.model.case import Case

_LOCK = Lock()
# A child forked while another thread is inside the core would inherit a locked lock and a
# network in the middle of a change; so a fork waits for its turn like a decision does.
os.register_at_fork(
    before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release
)

_OK = 0
_RETRACTION = f'{{"id":"{MESSAGE_ID}","sid":"{SID}"}}'
_UNTOUCHED_STATE = f'{{ "sid":"{SID}", "id":"sid-{SID}", "$s":1}}'
_NO_FACTS = "[]"
#: What fires in a network that has nothing to say, like most.
_NOTHING_ELSE = [LIVENESS]


class Core(Protocol):
    """What is used of the C module `durable_rules_engine`."""

    def create_ruleset(self, name: str, rules: str, /) -> int:
        """The handle of a new network."""

    def assert_fact(self, handle: int, fact: str, /) -> tuple[int, int]:
        """The return code and the place of the state."""

    def retract_fact(self, handle: int, fact: str, /) -> tuple[int, int]:
        """The return code and the place of the state."""

    def start_action_for_state(self, handle: int, state: int, /) -> tuple[str, str] | None:
        """The state and the first firing."""

    def complete_and_start_action(self, handle: int, state: int, /) -> str | None:
        """The next firing."""

    def get_facts(self, handle: int, sid: str, /) -> str:
        """The facts that the network holds, a JSON list."""


class _Network(Struct, frozen=True):
    handle: int
    ruleset: CompiledRuleset


class _Turn(Struct, frozen=True):
    networks: tuple[_Network, ...]
    slots: Slots


class ReteEngine:
    """The Rete networks of every turn. Build it once in a process, before any fork.

    Raises: EngineError when a network cannot be built or does not pass its warm-up.
    """

    def __init__(self, networks: Networks, core: Core = durable_rules_engine) -> None:
        self._core = core
        self._healthy = True
        self._turns = {turn: self._load(rulesets) for turn, rulesets in networks.items()}
        nobody = Case(date.min)
        for turn in self._turns:
            self.fire(turn, nobody, asleep_too=True)

    @property
    def healthy(self) -> bool:
        """False for ever after the first surprise."""
        return self._healthy

    def fire(self, turn: str, case: Case, *, asleep_too: bool = False) -> frozenset[str]:
        """The ids of the rules of the turn that are true of the case.

        A network is asked when its message holds the key of a chain; `asleep_too` asks all.

        Raises: UnsendableCaseError when the case must not reach the core; EngineError on any
        surprise, after which the engine is unhealthy and raises on every call.
        """
        found = self._find(turn)
        networks = found.networks
        messages = project(case, found.slots, len(networks), asleep_too=asleep_too)
        fired: set[str] = set()
        with _LOCK, self._watch(turn):
            for number, message in messages:
                fired |= self._run(networks[number], message)
        return frozenset(fired)

    def _find(self, turn: str) -> _Turn:
        if turn not in self._turns:
            raise EngineError(f"the rule engine has no turn '{turn}'. Load its rules first.")
        return self._turns[turn]

    def _load(self, rulesets: Sequence[CompiledRuleset]) -> _Turn:
        networks = tuple(self._create(ruleset) for ruleset in rulesets)
        return _Turn(networks, plan_messages([ruleset.attributes for ruleset in rulesets]))

    def _create(self, ruleset: CompiledRuleset) -> _Network:
        with _LOCK, self._watch(ruleset.name):
            handle = self._core.create_ruleset(ruleset.name, ruleset.definition)
        return _Network(handle, ruleset)

    @contextmanager
    def _watch(self, where: str) -> Iterator[None]:
        """Unhealthy unless the work inside ends well; errors of the core become EngineError."""
        if not self._healthy:
            raise EngineError(
                f"{where}: the rule engine failed earlier in this process and is not used again. "
                "Restart the worker."
            )
        well = False
        try:
            yield
            well = True
        except (durable_rules_engine.error, MemoryError, ValueError, TypeError) as error:
            raise EngineError(f"{where}: the rule engine failed ({type(error).__name__})") from None
        finally:
            if not well:
                self._healthy = False

    def _run(self, network: _Network, message: str) -> set[str]:
        """Assert, read, retract, and check that nothing is left over."""
        name, handle, core = network.ruleset.name, network.handle, self._core
        code, state = core.assert_fact(handle, message)
        if code != _OK:
            _fail(name, "the case was not accepted")
        firings = self._read(network, state)
        code, _ = core.retract_fact(handle, _RETRACTION)
        if code != _OK:
            _fail(name, "the case could not be retracted")
        if core.get_facts(handle, SID) != _NO_FACTS:
            _fail(name, "the case was left behind")
        return set() if firings == _NOTHING_ELSE else _find_rules(network.ruleset, firings)

    def _read(self, network: _Network, state: int) -> list[str]:
        """The chains that fired: of each message the first key, as parsing all would cost more."""
        name, handle, core = network.ruleset.name, network.handle, self._core
        first = core.start_action_for_state(handle, state)
        if first is None:
            _fail(name, "nothing fired, not even the rule that is always true")
        content, message = first
        if content != _UNTOUCHED_STATE:
            _fail(name, "the state of the sid changed")
        messages, go_on = [message], core.complete_and_start_action
        while (following := go_on(handle, state)) is not None:
            if len(messages) >= MAX_ENGINE_RULES:
                _fail(name, "more fired than there are rules")
            messages.append(following)
        return [message[2 : message.index('"', 2)] for message in messages]


def _find_rules(ruleset: CompiledRuleset, firings: list[str]) -> set[str]:
    """Whose the chains are that fired."""
    name, rule_of, chains = ruleset.name, ruleset.rule_of, set(firings)
    if len(chains) != len(firings):
        _fail(name, "a rule fired twice")
    if LIVENESS not in chains:
        _fail(name, "the rule that is always true did not fire")
    chains.remove(LIVENESS)
    if not chains <= rule_of.keys():
        _fail(name, "an unknown rule fired")
    return {rule_of[chain] for chain in chains}


def _fail(where: str, what: str) -> NoReturn:
    raise EngineError(f"{where}: {what}. Restart the worker and report this.")
