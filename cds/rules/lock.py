"""The lock of the rules: which content stands behind which version of which id.

An answer names rules by id and version, so the same pair must mean the same for ever. The lock
remembers it: content that changes raises the version, and an id is retired but never dropped.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import asdict

from cds.errors import KnowledgeError, LoadError, Location, RuleCheckError
from cds.knowledge.documents import Problems
from cds.model.rule import Rule
from cds.rules.base import RuleBase
from cds.rules.loader import LOCK_NAME

_SHOWN = Location(f"rules/{LOCK_NAME}", 1)
_RUN = "Run 'python -m cds lock'."


class Locked(Struct, frozen=True):
    """What the lock remembers of one rule."""

    version: str
    sha256: str


Lock = Mapping[str, Locked]


class LockBehindError(RuleCheckError):
    """The rules went on soundly and the lock does not know it yet."""


def lockable(rules: RuleBase) -> tuple[Rule, ...]:
    """The rules that the lock holds, by id: all but drafts, which may change freely."""
    retired = (r for r in rules.inactive.values() if r.topic.status == "retired")
    return tuple(sorted((*rules, *retired), key=lambda rule: rule.id))


def read_lock(root: Path, problems: Problems) -> Lock | None:
    """The lock under `root`; None, with a problem noted, when it cannot be read."""
    try:
        text = (root / "rules" / LOCK_NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.add(
            f"The lock is missing, so a changed rule could pass as the old one. {_RUN}", _SHOWN
        )
        return None
    try:
        entries = {id_: Locked(**entry) for id_, entry in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        problems.add(
            "The lock is not a table of ids with 'version' and 'sha256', so no change could be "
            "noticed. Restore it from the history.",
            _SHOWN,
        )
        return None
    return MappingProxyType(entries)


def check_lock(rules: RuleBase, lock: Lock) -> list[KnowledgeError]:
    """Every difference between the rules and the lock."""
    found = list(_gone(rules, lock))
    for rule in lockable(rules):
        problem = _compare(rule, lock.get(rule.id))
        if problem is not None:
            found.append(problem)
    return found


def write_lock(root: Path, rules: RuleBase, lock: Lock) -> tuple[str, ...]:
    """Lock the rules as they are, and give the ids that are new or changed since `lock`.

    Raises: LoadError when a rule changed under its version or a locked one is gone.
    """
    refused = [p for p in check_lock(rules, lock) if not isinstance(p, LockBehindError)]
    if refused:
        raise LoadError(refused)
    entries = {rule.id: Locked(rule.version, rule.sha256) for rule in lockable(rules)}
    text = json.dumps({id_: asdict(entry) for id_, entry in entries.items()}, indent=1)
    (root / "rules" / LOCK_NAME).write_text(f"{text}\n", encoding="utf-8")
    return tuple(id_ for id_, entry in entries.items() if lock.get(id_) != entry)


def _gone(rules: RuleBase, lock: Lock) -> Iterator[KnowledgeError]:
    for id_ in sorted(lock.keys() - {rule.id for rule in lockable(rules)}):
        draft = rules.inactive.get(id_)
        if draft is not None:
            yield RuleCheckError(
                f"'{id_}' was in use and is a draft again, so old answers could not be explained. "
                "Set its topic's status to retired.",
                draft.location,
            )
        else:
            yield RuleCheckError(
                f"'{id_}' was in use and stands in no file, so old answers could not be explained. "
                "Bring it back, and set its topic's status to retired.",
                _SHOWN,
            )


def _compare(rule: Rule, locked: Locked | None) -> KnowledgeError | None:
    if locked is None:
        return LockBehindError(f"'{rule.id}' is not in the lock yet. {_RUN}", rule.location)
    same, now, then = rule.sha256 == locked.sha256, _number(rule.version), _number(locked.version)
    if same and now == then:
        return None
    if now < then:
        return RuleCheckError(
            f"The version {rule.version} of '{rule.id}' is below the locked {locked.version}. An "
            "answer of then could not be told from one of now. Raise 'version' of the topic.",
            rule.location,
        )
    if now == then:
        return RuleCheckError(
            f"'{rule.id}' changed but is still version {rule.version}. An answer of then could "
            "not be told from one of now. Raise 'version' of the topic.",
            rule.location,
        )
    return LockBehindError(
        f"'{rule.id}' is version {rule.version}, the lock holds {locked.version}. {_RUN}",
        rule.location,
    )


def _number(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else ()
