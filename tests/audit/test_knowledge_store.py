"""What decided is kept by its hash, so that it can decide again."""

import json
from pathlib import Path

import pytest

from cds.audit.knowledge_store import (
    get_knowledge,
    knowledge_in_use,
    put_knowledge,
    put_to_use,
    unpack,
)
from cds.audit.opening import note_configuration
from cds.audit.store import Store
from cds.errors import AuditError
from cds.knowledge.files import ROOT, content_hash
from cds.loading import load_sound
from cds.service import Service
from cds.settings import Settings
from tests.audit.databases import NOW, Database, draft


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two small files where knowledge lies."""
    for path, text in (("knowledge/a.yaml", "a: ü\n"), ("rules/b/c.yaml", "b: 1\n")):
        (tmp_path / "root" / path).parent.mkdir(parents=True)
        (tmp_path / "root" / path).write_text(text, encoding="utf-8")
    return tmp_path / "root"


def test_what_is_kept_is_what_was_there(store: Store, root: Path, tmp_path: Path) -> None:
    sha256 = content_hash(root)
    for _ in range(2):
        put_knowledge(store, root, sha256)
    files = get_knowledge(store, sha256)
    assert files == {"knowledge/a.yaml": "a: ü\n".encode(), "rules/b/c.yaml": b"b: 1\n"}
    unpack(files, tmp_path / "again")
    assert content_hash(tmp_path / "again") == sha256


def test_what_was_never_kept_is_none(store: Store) -> None:
    assert get_knowledge(store, "0" * 64) is None


def test_files_that_are_not_those_of_the_hash_are_not_kept(store: Store, root: Path) -> None:
    with pytest.raises(AuditError, match="changed while they were loaded"):
        put_knowledge(store, root, "0" * 64)


def test_kept_knowledge_that_was_changed_is_not_used(
    store: Store, root: Path, database: Database
) -> None:
    sha256 = content_hash(root)
    put_knowledge(store, root, sha256)
    changed = "X'00'" if database.is_sqlite else "'\\x00'"
    database.tamper(f"UPDATE knowledge SET content = {changed}")
    with pytest.raises(AuditError, match="changed afterwards"):
        get_knowledge(store, sha256)


@pytest.mark.slow
def test_the_shipped_knowledge_loads_from_what_is_kept(
    store: Store, service: Service, tmp_path: Path
) -> None:
    sha256 = service.knowledge.sha256
    put_knowledge(store, ROOT, sha256)
    files = get_knowledge(store, sha256)
    assert files is not None
    unpack(files, tmp_path / "kept")
    knowledge, _, _ = load_sound(tmp_path / "kept", with_cases=False)
    assert knowledge.sha256 == sha256


TOPIC = "topic: a\nversion: {}\nstatus: {}\nrules:\n- id: a.one\n{}"


def test_a_change_of_knowledge_names_who_made_it_both_hashes_and_the_rules(
    store: Store, tmp_path: Path
) -> None:
    hashes = []
    for number, (topic, other) in enumerate(
        (
            (TOPIC.format("1.0.0", "active", ""), TOPIC.format("1.0.0", "active", "- id: a.two\n")),
            (TOPIC.format("1.0.1", "active", "- id: a.new\n"), "topic: b\nstatus: retired\n"),
        )
    ):
        rules = tmp_path / str(number) / "rules"
        rules.mkdir(parents=True)
        (rules / "a.yaml").write_text(topic)
        (rules / "b.yaml").write_text(other.replace("a.", "b."))
        hashes.append(content_hash(rules.parent))
        put_knowledge(store, rules.parent, hashes[-1])
    before, after = hashes
    assert not put_to_use(store, before, {"id": "key:1"}, NOW)
    assert knowledge_in_use(store) is None
    store.append(draft(knowledge_sha256=before))
    assert [put_to_use(store, after, {"id": "key:1"}, NOW) for _ in range(2)] == [True, False]
    # A process that was not started again goes on with the knowledge of before: no change.
    store.append(draft(2, knowledge_sha256=before))
    assert knowledge_in_use(store) == after
    (told,) = (json.loads(e.body) for e in store.entries() if e.kind == "knowledge_changed")
    assert told == {
        "before": before,
        "after": after,
        "by": {"id": "key:1"},
        "rules": {
            "activated": ["a.new"],
            "changed": ["a.one"],
            "retired": ["b.one", "b.two"],
        },
    }


def test_a_change_of_the_configuration_is_recorded_once_and_a_first_one_too(store: Store) -> None:
    kept = Settings(keep_text=True, policies={"icd_margin": "20"})
    for settings in (Settings(), Settings(port=9), Settings(workers=3), kept, kept, Settings()):
        note_configuration(store, settings.recorded, NOW)
    told = [json.loads(entry.body) for entry in store.entries() if entry.kind == "configuration"]
    assert [each["keep_text"] for each in told] == [False, True, False]
    assert told[1]["policies"] == {"icd_margin": "20"}


def test_what_is_recorded_of_the_configuration_holds_no_secret() -> None:
    settings = Settings(database_url="postgresql://user:Zebulon@host/name")
    assert "Zebulon" not in str(settings.recorded)
