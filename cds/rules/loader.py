"""Loads every rule of a directory: all sound, or all problems at once."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from cds.errors import Location, RuleCheckError
from cds.knowledge.documents import Problems
from cds.knowledge.schema import suggest
from cds.model.rule import Rule
from cds.rules.base import STAGES, RuleBase
from cds.rules.consistency import check_together, check_unique
from cds.rules.references import References
from cds.rules.topics import read_topic

LOCK_NAME = "rules.lock.json"


def load_rules(root: Path, references: References, problems: Problems) -> RuleBase:
    """Every rule of `root/rules/<stage>/<topic>.yaml`; problems are collected."""
    topics = [read_topic(path, root, references, problems) for path in topic_files(root, problems)]
    ids = [pair for topic in topics for pair in topic.ids]
    check_unique(ids, problems)
    rules = [rule for topic in topics for rule in topic.rules]
    active = _by_id(rule for rule in rules if rule.topic.status == "active")
    check_together(tuple(active.values()), problems)
    return RuleBase(
        active,
        rules_hash(active.values()),
        _by_id(rule for rule in rules if rule.topic.status != "active"),
        frozenset(id_ for id_, _ in ids),
        frozenset(topic.name for topic in topics if not topic.readable),
    )


def topic_files(root: Path, problems: Problems) -> list[Path]:
    """The topic files, cases left out; a file that nothing would read is a problem."""
    found = []
    for path in sorted((root / "rules").rglob("*")):
        reason = _misplaced(path.relative_to(root / "rules"))
        if reason:
            place = Location(path.relative_to(root).as_posix(), 1)
            problems.add(reason, place, RuleCheckError)
        elif path.suffix == ".yaml" and not path.name.endswith(".cases.yaml"):
            found.append(path)
    return found


def _misplaced(path: Path) -> str | None:
    """Why nothing would read this file, if it looks like one that somebody wrote to be read."""
    if path.suffix.lower() not in (".yaml", ".yml", ".json") or path.as_posix() == LOCK_NAME:
        return None
    if path.suffix != ".yaml":
        return "Only files that end in '.yaml' are read, so this one would say nothing. Rename it."
    stage = path.parent.as_posix()
    if stage in STAGES:
        return None
    return (
        f"'{stage}' is no stage, so the file would never run.{suggest(stage, STAGES)} "
        f"Stages: {', '.join(STAGES)}."
    )


def rules_hash(rules: Iterable[Rule]) -> str:
    """One hash over ids, versions and contents: equal hashes mean equal behaviour."""
    digest = hashlib.sha256()
    for rule in rules:
        digest.update(f"{rule.id}\n{rule.version}\n{rule.sha256}\n".encode())
    return digest.hexdigest()


def _by_id(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    return MappingProxyType({rule.id: rule for rule in sorted(rules, key=lambda r: r.id)})
