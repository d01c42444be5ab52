"""The one family of errors, with file and line where they have one."""

from collections.abc import Sequence

from msgspec import Struct


class Location(Struct, frozen=True, order=True):
    """A place in a knowledge or rule file: path relative to its root, 1-based line."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class CdsError(Exception):
    """Root of every error this service raises on purpose."""

    def __init__(self, message: str, location: Location | None = None) -> None:
        super().__init__(f"{location}: {message}" if location else message)
        self.message = message
        self.location = location


class KnowledgeError(CdsError):
    """A knowledge file says something impossible, unknown or incomplete."""


class RuleSyntaxError(KnowledgeError):
    """A rule file is not written in the rule language."""


class RuleCheckError(KnowledgeError):
    """A rule is well formed but refers to something that does not exist or cannot be."""


def _place(problem: CdsError) -> tuple[str, int, str]:
    """By file, then by line as a number, then by message."""
    where = problem.location or Location("", 0)
    return where.path, where.line, problem.message


class LoadError(CdsError):
    """Every problem found in one load of the knowledge and the rules."""

    def __init__(self, problems: Sequence[KnowledgeError]) -> None:
        self.problems = tuple(sorted(problems, key=_place))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class EngineError(CdsError):
    """The rule engine surprised us, or the two evaluators disagree: no answer may leave."""


class Refusal(Struct, frozen=True):
    """One refused part of an input: a JSON pointer and what to do, never the value."""

    pointer: str
    detail: str


class IntakeError(CdsError):
    """The input can be read but not accepted; `refusals` name each place and the mend."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("; ".join(f"{r.pointer}: {r.detail}" for r in self.refusals))


class PolicyError(CdsError):
    """The site follows a policy or an option that the knowledge does not hold."""


class SettingsError(CdsError):
    """A CDS_* variable holds something that cannot be used."""


class LackingDataError(IntakeError):
    """Data that an answer needs were not sent and cannot be had; `refusals` name each."""


class NoSuchDecisionError(IntakeError):
    """The input names a decision that was never recorded."""


class KnowledgeChangedError(CdsError):
    """The recorded decision would not come out the same today, so nothing is said about it."""


class UnitError(CdsError):
    """The unit is missing, unknown, or does not fit the quantity."""


class ImplausibleValueError(CdsError):
    """The number lies outside what the quantity can be."""


class UnknownCodeError(CdsError):
    """A name or code that the vocabulary does not hold."""


class AuditError(CdsError):
    """The record could not be committed or read back: no answer may leave."""


class ErasedError(CdsError):
    """What was recorded was erased: its key is destroyed and nothing brings it back."""


class AccessError(CdsError):
    """Whoever asks does not get in."""


class NotAuthenticatedError(AccessError):
    """Nobody is known to ask; why not is told to nobody."""

    def __init__(self) -> None:
        super().__init__("Nobody is known to ask.")


class NotAllowedError(AccessError):
    """Whoever asks has no role that may do this."""

    def __init__(self) -> None:
        super().__init__("No role of whoever asks may do this.")


class TooManyRequestsError(AccessError):
    """A client asks more than it may; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("This client asks more than it may.")
        self.retry_after = retry_after


class KeysUnavailableError(AccessError):
    """The keys of an issuer cannot be had, so that nobody can tell whether a token is true."""
