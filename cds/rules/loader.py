"""Loads every rule of a directory: all sound, or all problems at once."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cds.errors import Location, RuleCheckError
from cds.knowledge.documents import Problems
from cds.knowledge.schema import suggest
from cds.model.effect import Define
from cds.model.rule import Rule
from cds.rules.references import References
from cds.rules.topics import STAGES, check_unique, read_topic


@dataclass(frozen=True, slots=True)
class RuleBase:
    """Every active rule, by id in a fixed order, and the hash of all of them."""

    rules: Mapping[str, Rule]
    sha256: str

    def of_stage(self, stage: str) -> tuple[Rule, ...]:
        """The rules of one stage, ordered by id."""
        return tuple(rule for rule in self.rules.values() if rule.stage == stage)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())


def load_rules(root: Path, references: References, problems: Problems) -> RuleBase:
    """Every active rule of `root/rules/<stage>/<topic>.yaml`; problems are collected."""
    rules: list[Rule] = []
    for path in topic_files(root, problems):
        rules.extend(read_topic(path, root, references, problems))
    check_unique(rules, problems)
    _check_definitions(rules, problems)
    active = sorted((r for r in rules if r.topic.status == "active"), key=lambda r: r.id)
    return RuleBase(MappingProxyType({rule.id: rule for rule in active}), rules_hash(active))


def topic_files(root: Path, problems: Problems) -> list[Path]:
    """The topic files, cases left out; a file in no stage's folder is a problem."""
    found = []
    for path in sorted((root / "rules").rglob("*.yaml")):
        if path.name.endswith(".cases.yaml"):
            continue
        stage = path.parent.name
        if path.parent.parent != root / "rules" or stage not in STAGES:
            problems.add(
                f"'{stage}' is no stage, so the file would never run."
                f"{suggest(stage, STAGES)} Stages: {', '.join(STAGES)}.",
                Location(path.relative_to(root).as_posix(), 1),
                RuleCheckError,
            )
            continue
        found.append(path)
    return found


def rules_hash(rules: list[Rule]) -> str:
    """One hash over ids, versions and contents: equal hashes mean equal behaviour."""
    digest = hashlib.sha256()
    for rule in rules:
        digest.update(f"{rule.id}\n{rule.version}\n{rule.sha256}\n".encode())
    return digest.hexdigest()


def _check_definitions(rules: list[Rule], problems: Problems) -> None:
    defining: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for effect in rule.then:
            if isinstance(effect, Define):
                defining[effect.fact].append(rule)
    for fact, found in defining.items():
        for extra in found[1:]:
            problems.add(
                f"'{fact}' is already defined by {found[0].id}. Two definitions could "
                "disagree. Join them with any.",
                extra.location,
                RuleCheckError,
            )
