"""Other knowledge goes to work when a rule manager says so; else the service stays away."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from cds.audit.knowledge_store import put_knowledge
from cds.audit.opening import open_store
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.cli import main
from cds.errors import NotAllowedError, NotAuthenticatedError
from cds.http.core import CoreService
from cds.knowledge.files import content_hash
from cds.secret import read_secret
from cds.settings import Settings
from cds.trust.activation import NotInUseError, activate, take_up
from cds.trust.admission import Trust
from cds.trust.api_keys import ApiKeys
from cds.trust.opening import open_keys
from cds.trust.roles import Role
from tests.trust.issuing import NOW

BEFORE = "b" * 64


def kept(store: Store, folder: Path) -> str:
    """The hash of other knowledge that is kept, after some that decided."""
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "a.yaml").write_text("topic: a\n")
    sha256 = content_hash(folder)
    put_knowledge(store, folder, sha256)
    store.append(Draft("decision", {}, NOW, BEFORE))
    return sha256


def events(store: Store, kind: str = "knowledge_changed") -> list[dict[str, Any]]:
    """What the record says of changes."""
    return [json.loads(entry.body) for entry in store.entries() if entry.kind == kind]


def test_without_an_activation_a_service_with_roles_does_not_go_to_work(
    store: Store, keys: ApiKeys, tmp_path: Path
) -> None:
    sha256 = kept(store, tmp_path / "other")
    manager = keys.create("rule office", [Role.RULE_MANAGER], "tester", NOW)
    with pytest.raises(NotInUseError, match="cds activate"):
        take_up(store, Trust(keys), sha256, NOW)
    assert events(store) == []
    assert activate(store, keys, manager, sha256, NOW)
    take_up(store, Trust(keys), sha256, NOW)
    (told,) = events(store)
    assert (told["before"], told["after"]) == (BEFORE, sha256)
    assert (told["by"]["id"], told["by"]["roles"]) == (f"key:{manager[4:16]}", ["rule_manager"])
    # What was put out of use is as any other: going back needs a rule manager too.
    with pytest.raises(NotInUseError):
        take_up(store, Trust(keys), BEFORE, NOW)
    assert not activate(store, keys, manager, sha256, NOW)


def test_only_a_rule_manager_activates_and_refusals_are_recorded(
    store: Store, keys: ApiKeys, tmp_path: Path
) -> None:
    sha256 = kept(store, tmp_path / "other")
    for role in set(Role) - {Role.RULE_MANAGER}:
        with pytest.raises(NotAllowedError):
            activate(store, keys, keys.create("x", [role], "tester", NOW), sha256, NOW)
    with pytest.raises(NotAuthenticatedError):
        activate(store, keys, "cds_nobody", sha256, NOW)
    assert events(store) == []
    told = [(each["route"], each["status"]) for each in events(store, "refusal")]
    assert told == [("activate", 403)] * 3 + [("activate", 401)]


def test_the_first_knowledge_needs_nobody(store: Store, keys: ApiKeys) -> None:
    keys.create("rule office", [Role.RULE_MANAGER], "tester", NOW)
    take_up(store, Trust(keys), BEFORE, NOW)
    assert events(store) == []


def test_a_service_that_asks_nobody_records_that_nobody_was_asked(
    store: Store, keys: ApiKeys, tmp_path: Path
) -> None:
    sha256 = kept(store, tmp_path / "other")
    for _ in range(2):
        take_up(store, Trust(keys), sha256, NOW)
    (told,) = events(store)
    assert (told["by"]["id"], told["after"]) == ("open", sha256)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory that the commands are told of."""
    monkeypatch.setenv("CDS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_the_command_takes_a_key_and_puts_this_software_to_use(
    data: Path,
    core: CoreService,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Loading is what the server does and is tested there; the rest is real."""
    monkeypatch.setattr("cds.cli.activation.load_kept_core", lambda *_: core)
    main(["keys", "create", "--role", "rule_manager", "--name", "rule office"])
    key = capsys.readouterr().out
    store = open_store(Settings(data_dir=data), read_secret(data))
    kept(store, data / "other")
    states = []
    for given in (key, key, "wrong"):
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        states.append((main(["activate"]), capsys.readouterr().out[25:45]))
    assert [code for code, _ in states] == [0, 0, 2]
    (told,) = events(store)
    assert told["after"] == core.knowledge_sha256
    assert len(told["rules"]["activated"]) > 100
    take_up(store, Trust(open_keys(store, read_secret(data))), core.knowledge_sha256, NOW)
    store.close()
