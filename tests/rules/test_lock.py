"""The lock: one id and version mean one content for ever."""

import json
from dataclasses import replace as replace_dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from cds.errors import LoadError
from cds.knowledge.documents import Problems
from cds.model.rule import Rule
from cds.rules.base import RuleBase
from cds.rules.lock import Locked, check_lock, lockable, read_lock, write_lock

_HOLD = "contraindications.bones.hold"
_FLEXION = "contraindications.bones.no-flexion"


@pytest.fixture
def rules(small_rules: RuleBase) -> RuleBase:
    return small_rules


def _with(rules: RuleBase, id_: str, **changes: str) -> RuleBase:
    """The rules with one changed: its `sha256`, or the `version` or `status` of its topic."""
    rule = rules.rules[id_]
    topic = replace(rule.topic, **{k: v for k, v in changes.items() if k != "sha256"})
    changed = replace_dataclass(rule, topic=topic, sha256=changes.get("sha256", rule.sha256))
    others = {name: other for name, other in rules.rules.items() if name != id_}
    if topic.status == "active":
        return replace(rules, rules={**others, id_: changed})
    return replace(rules, rules=others, inactive={id_: changed})


def _lock_of(rules: RuleBase) -> dict[str, Locked]:
    return {rule.id: Locked(rule.version, rule.sha256) for rule in lockable(rules)}


def _reports(rules: RuleBase, lock: dict[str, Locked]) -> list[str]:
    return [str(problem) for problem in check_lock(rules, lock)]


def _place(rule: Rule) -> str:
    return str(rule.location)


def test_what_is_locked_as_it_is_has_no_problem(rules: RuleBase) -> None:
    assert _reports(rules, _lock_of(rules)) == []


def test_a_change_raises_the_version(rules: RuleBase) -> None:
    changed = _with(rules, _HOLD, sha256="0" * 64)
    assert _reports(changed, _lock_of(rules)) == [
        f"{_place(rules.rules[_HOLD])}: '{_HOLD}' changed but is still version 1.0.0. An answer "
        "of then could not be told from one of now. Raise 'version' of the topic."
    ]


def test_a_change_under_a_higher_version_only_wants_to_be_locked(rules: RuleBase) -> None:
    changed = _with(rules, _HOLD, sha256="0" * 64, version="1.0.10")
    before = {**_lock_of(rules), _HOLD: Locked("1.0.9", rules.rules[_HOLD].sha256)}
    assert _reports(changed, before) == [
        f"{_place(rules.rules[_HOLD])}: '{_HOLD}' is version 1.0.10, the lock holds 1.0.9. Run "
        "'python -m cds lock'."
    ]


def test_a_version_never_goes_back(rules: RuleBase) -> None:
    before = {**_lock_of(rules), _HOLD: Locked("1.1.0", rules.rules[_HOLD].sha256)}
    assert _reports(rules, before) == [
        f"{_place(rules.rules[_HOLD])}: The version 1.0.0 of '{_HOLD}' is below the locked 1.1.0. "
        "An answer of then could not be told from one of now. Raise 'version' of the topic."
    ]


def test_a_rule_that_is_not_locked_is_told(rules: RuleBase) -> None:
    before = {id_: entry for id_, entry in _lock_of(rules).items() if id_ != _HOLD}
    assert _reports(rules, before) == [
        f"{_place(rules.rules[_HOLD])}: '{_HOLD}' is not in the lock yet. Run 'python -m cds lock'."
    ]


def test_a_locked_rule_is_not_dropped(rules: RuleBase) -> None:
    before = {**_lock_of(rules), "cardiac.old.rule": Locked("1.0.0", "0" * 64)}
    assert _reports(rules, before) == [
        "rules/rules.lock.json:1: 'cardiac.old.rule' was in use and stands in no file, so old "
        "answers could not be explained. Bring it back, and set its topic's status to retired."
    ]


def test_a_retired_rule_keeps_its_place_in_the_lock(rules: RuleBase) -> None:
    assert _reports(_with(rules, _HOLD, status="retired"), _lock_of(rules)) == []


def test_a_locked_rule_does_not_become_a_draft_again(rules: RuleBase) -> None:
    assert _reports(_with(rules, _HOLD, status="draft"), _lock_of(rules)) == [
        f"{_place(rules.rules[_HOLD])}: '{_HOLD}' was in use and is a draft again, so old answers "
        "could not be explained. Set its topic's status to retired."
    ]


def test_a_draft_changes_freely(rules: RuleBase) -> None:
    draft = _with(rules, _HOLD, status="draft")
    assert _reports(_with(rules, _HOLD, status="draft", sha256="0" * 64), _lock_of(draft)) == []


def test_what_is_written_is_what_is_read(rules: RuleBase, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    assert write_lock(tmp_path, rules, {}) == tuple(sorted(rules.rules))
    problems = Problems()
    assert read_lock(tmp_path, problems) == _lock_of(rules)
    assert problems.found == []
    assert write_lock(tmp_path, rules, _lock_of(rules)) == ()


def test_locking_refuses_a_change_under_one_version(rules: RuleBase, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    with pytest.raises(LoadError, match="still version"):
        write_lock(tmp_path, _with(rules, _HOLD, sha256="0" * 64), _lock_of(rules))
    assert list((tmp_path / "rules").iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": 1}', '{"a": {"version": "1.0.0"}}', '{"a": {"x": 1}}']
)
def test_a_lock_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.lock.json").write_text(text, encoding="utf-8")
    problems = Problems()
    assert read_lock(tmp_path, problems) is None
    assert [str(problem) for problem in problems.found] == [
        "rules/rules.lock.json:1: The lock is not a table of ids with 'version' and 'sha256', so "
        "no change could be noticed. Restore it from the history."
    ]


def test_a_missing_lock_is_told(tmp_path: Path) -> None:
    problems = Problems()
    assert read_lock(tmp_path, problems) is None
    assert [str(problem) for problem in problems.found] == [
        "rules/rules.lock.json:1: The lock is missing, so a changed rule could pass as the old "
        "one. Run 'python -m cds lock'."
    ]


def test_the_file_lists_ids_in_order(rules: RuleBase, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    write_lock(tmp_path, rules, {})
    written = json.loads((tmp_path / "rules" / "rules.lock.json").read_text("utf-8"))
    assert list(written) == sorted(written)
    assert written[_FLEXION] == {"version": "1.0.0", "sha256": rules.rules[_FLEXION].sha256}
