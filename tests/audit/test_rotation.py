"""The secret is rotated: what was there stays readable, persons are found again, nobody forges."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

import cds.audit.opening
import cds.audit.verify_records as verifier
from cds.audit.canonical import canonical
from cds.audit.chain import Entry, entry_hash, sha256
from cds.audit.erasure import About, Actor, HeldError, erase, hold
from cds.audit.export import sealed
from cds.audit.head import checkpoint_at
from cds.audit.keys import Keys
from cds.audit.opening import accept_loss, examine_record, open_store, rotate
from cds.audit.reading import first_names
from cds.audit.store import Store
from cds.audit.succession import hand_over
from cds.errors import AuditError, ErasedError
from cds.secret import SUBJECTS, Secret, pseudonym, read_secret, replace_secret
from cds.settings import Settings
from tests.audit.databases import NOW, Database, draft, sqlite_in

ACTOR = Actor("tester", NOW)


@pytest.fixture
def settings(database: Database) -> Settings:
    """An installation on the empty database."""
    return Settings(data_dir=database.data, database_url=database.url)


@pytest.fixture
def before(settings: Settings) -> Iterator[Store]:
    """Its record, opened before any rotation."""
    store = open_store(settings, read_secret(settings.data_dir))
    yield store
    store.close()


def rotated(settings: Settings) -> Store:
    """The record, opened after a rotation."""
    rotate(settings, read_secret(settings.data_dir), "tester", NOW)
    return open_store(settings, read_secret(settings.data_dir))


def names(secret: Secret, id: str) -> tuple[str, ...]:
    """The pseudonyms of a person, oldest first."""
    keys = (*secret.derive_retired(SUBJECTS), secret.derive(SUBJECTS))
    return tuple(pseudonym(key, id) for key in keys)


def record(store: Store, settings: Settings, id: str, number: int = 1) -> str:
    """The id of a new record about a person, as the service makes one."""
    *known_as, name = names(read_secret(settings.data_dir), id)
    return store.append(draft(number, subject=name, known_as=tuple(known_as))).id


def about(settings: Settings, id: str) -> About:
    """Whose records, as the command says it."""
    *known_as, name = names(read_secret(settings.data_dir), id)
    return About(name, known_as=known_as)


def readable(store: Store, *ids: str) -> list[bool]:
    """Which of the records can still be read."""
    found = []
    for id in ids:
        entry = store.get(id)
        assert entry is not None
        try:
            found.append(json.loads(store.text_of(entry))["text"] == "ü")
        except ErasedError:
            found.append(False)
    return found


def verify_offline(store: Store, settings: Settings, public: str) -> int:
    """The exit status of the verifier that knows nothing of the service."""
    path = settings.data_dir / "export.jsonl"
    keys = Keys(*read_secret(settings.data_dir).parts)
    path.write_text("".join(f"{line}\n" for line in sealed(store, keys, NOW)))
    return verifier.main([str(path), "--public-key", public])


def test_what_was_recorded_before_two_rotations_is_read_and_the_chain_holds(
    before: Store, settings: Settings
) -> None:
    ids = [record(before, settings, "one")]
    for _ in range(2):
        store = rotated(settings)
        ids.append(record(store, settings, "one"))
        store.close()
    with closing(open_store(settings, read_secret(settings.data_dir))) as store:
        assert readable(store, *ids) == [True, True, True]
        assert store.verify() is None
        told = [json.loads(e.body) for e in store.entries() if e.kind == "key_rotated"]
        made = Keys(*read_secret(settings.data_dir).parts)
        assert [each["by"] for each in told] == ["tester", "tester"]
        assert [(each["before"], each["after"]) for each in told] == [
            (made.every[0].id, made.every[1].id),
            (made.every[1].id, made.every[2].id),
        ]
        # Whichever key an auditor was given; a key of somebody else vouches for nothing.
        assert [verify_offline(store, settings, key) for key in made.publics] == [0, 0, 0]
        assert verify_offline(store, settings, Keys(b"of somebody else").public) == 1
        assert store.examine().checkpoints == 1


def test_a_rotation_alone_is_verified_with_either_key(before: Store, settings: Settings) -> None:
    """Nothing has been signed with the new key but the checkpoint of the export."""
    record(before, settings, "one")
    with closing(rotated(settings)) as store:
        publics = Keys(*read_secret(settings.data_dir).parts).publics
        assert [verify_offline(store, settings, key) for key in publics] == [0, 0]


def test_the_same_person_is_found_under_every_key(before: Store, settings: Settings) -> None:
    ids = [record(before, settings, id) for id in ("one", "gone", "other")]
    with closing(rotated(settings)) as store:
        ids += [record(store, settings, "one"), record(store, settings, "new")]
        old, new = names(read_secret(settings.data_dir), "one")
        assert first_names(store)[new] == old
        assert erase(store, about(settings, "one"), ACTOR) == 2
        assert readable(store, *ids) == [False, True, True, False, True]
        assert erase(store, about(settings, "gone"), ACTOR) == 1  # never came again
        assert readable(store, *ids) == [False, False, True, False, True]
        assert store.verify() is None


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_record_leads_to_all_of_its_person_over_rotations(
    before: Store, settings: Settings, which: int
) -> None:
    ids = [record(before, settings, "one"), record(before, settings, "two")]
    with closing(rotated(settings)) as store:
        ids.append(record(store, settings, "one"))
    with closing(rotated(settings)) as store:
        ids.append(record(store, settings, "one"))
        of_one = [ids[0], *ids[2:]]
        assert erase(store, About(record_id=of_one[which]), ACTOR) == 3
        assert readable(store, *ids) == [False, True, False, False]


def test_a_legal_hold_outlives_a_rotation(before: Store, settings: Settings) -> None:
    record(before, settings, "one")
    hold(before, about(settings, "one"), ACTOR)
    with closing(rotated(settings)) as store:
        later = record(store, settings, "one")
        for whose in (About(record_id=later), about(settings, "one")):
            with pytest.raises(HeldError):
                erase(store, whose, ACTOR)


def test_the_database_links_no_old_pseudonym_to_a_new_one(
    before: Store, settings: Settings, database: Database
) -> None:
    """Whoever took the old secret learns nothing of what is recorded after the rotation."""
    record(before, settings, "one")
    old_keys = Keys(*read_secret(settings.data_dir).parts)
    with closing(rotated(settings)) as store:
        record(store, settings, "one")
    rows = database.rows("SELECT subject, wrapped_by, known_as, id, wrapped FROM data_key")
    old, new = names(read_secret(settings.data_dir), "one")
    assert sorted(row[0] for row in rows) == sorted((old, new))
    (after,) = (row for row in rows if row[0] == new)
    assert (after[1] != old_keys.id, old in str(after)) == (True, False)
    with pytest.raises(AuditError, match="cannot be read with the secret"):
        old_keys.unwrap(after[3], after[4], after[1])


def test_a_process_that_holds_the_old_secret_records_nothing_more(
    before: Store, settings: Settings, database: Database
) -> None:
    """Also on another host, where the file was not copied yet."""
    old = read_secret(settings.data_dir)
    record(before, settings, "one")
    rotated(settings).close()
    for refused in (
        lambda: record(before, settings, "one"),
        lambda: before.check_writable(NOW),
        lambda: open_store(settings, old).close(),
    ):
        with pytest.raises(AuditError, match=r"rotated|signed by this installation"):
            refused()
    assert database.rows("SELECT count(*) FROM record") == [(2,)]


@pytest.mark.parametrize("forged", [1, 3])
def test_a_signature_of_another_time_is_none(
    before: Store, settings: Settings, database: Database, forged: int
) -> None:
    """The old secret was stolen: it signs nothing that came after, nor the new one what came."""
    for number in (1, 2, 3):
        record(before, settings, "one", number)
    with closing(rotated(settings)) as store:
        for number in (5, 6, 7):
            record(store, settings, "one", number)
        old, new = Keys(*read_secret(settings.data_dir).parts).every
        entry = list(store.entries())[forged + 3]
        signature = checkpoint_at(entry).signature(old)
        database.tamper(f"UPDATE record SET signature = '{signature}' WHERE seq = {entry.seq}")
        assert store.verify() == entry.seq
        assert [verify_offline(store, settings, key.public) for key in (old, new)] == [1, 1]
        with pytest.raises(AuditError, match=f"Record {entry.seq} was changed"):
            store.get(entry.id)


def test_a_rotation_that_cannot_write_the_secret_changes_nothing(
    before: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(before, settings, "one")
    secret = read_secret(settings.data_dir)

    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(cds.audit.opening, "replace_secret", fail)
    with pytest.raises(AuditError, match="could not be committed"):
        rotate(settings, secret, "tester", NOW)
    assert read_secret(settings.data_dir) == secret
    record(before, settings, "one", 2)
    assert [entry.kind for entry in before.entries()] == ["decision", "decision"]
    assert before.verify() is None


def test_a_rotation_that_was_killed_before_its_commit_is_ended_at_the_next_start(
    before: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new secret is there, the record knows nothing of it, and the service goes on."""
    kept = record(before, settings, "one")

    def write_and_die(folder: Path, secret: Secret) -> None:
        replace_secret(folder, secret)
        raise OSError

    monkeypatch.setattr(cds.audit.opening, "replace_secret", write_and_die)
    with pytest.raises(AuditError):
        rotate(settings, read_secret(settings.data_dir), "tester", NOW)
    before.append(draft(2))  # a process that was running signs as before
    for _ in range(2):
        with closing(open_store(settings, read_secret(settings.data_dir))) as store:
            later = record(store, settings, "one", 3)
            assert readable(store, kept, later) == [True, True]
            assert store.verify() is None
    told = [json.loads(e.body)["by"] for e in store.entries() if e.kind == "key_rotated"]
    assert told == [None]
    publics = Keys(*read_secret(settings.data_dir).parts).publics
    assert [verify_offline(store, settings, key) for key in publics] == [0, 0]
    with pytest.raises(AuditError, match="rotated"):
        before.append(draft(4))


def test_a_backup_from_before_the_rotation_is_restored_with_the_present_secret(
    tmp_path: Path,
) -> None:
    """The loss is accepted; the rotation that went with it is recorded again."""
    database = sqlite_in(tmp_path)
    settings = Settings(data_dir=tmp_path)
    with closing(open_store(settings, read_secret(tmp_path))) as before:
        kept = record(before, settings, "one")
    backup = database.path.read_bytes()
    store = rotated(settings)
    lost = record(store, settings, "one", 2)
    store.close()
    for left in database.data.glob("records.sqlite3*"):
        left.unlink()
    database.path.write_bytes(backup)
    secret = read_secret(settings.data_dir)
    with pytest.raises(AuditError, match="accept-loss"):
        open_store(settings, secret)
    assert accept_loss(settings, secret, "tester", NOW) is not None
    with closing(open_store(settings, secret)) as store:
        assert readable(store, kept) == [True]
        assert store.get(lost) is None
        kinds = [entry.kind for entry in store.entries()]
        assert kinds == ["decision", "key_rotated", "loss_accepted"]
        assert store.verify() is None
        assert verify_offline(store, settings, Keys(*secret.parts).public) == 0


def test_a_rotation_that_no_secret_made_is_refused(
    before: Store, settings: Settings, database: Database
) -> None:
    """Somebody who can write the database says that another key signs from now on."""
    record(before, settings, "one")
    rotated(settings).close()
    secret, other = read_secret(settings.data_dir), Keys(b"of somebody else")
    body = hand_over(Keys(*secret.parts), other, "tester", NOW).body
    text = canonical(body)
    ((last,),) = database.rows("SELECT hash FROM record WHERE seq = 2")
    forged = Entry(
        *(3, "f" * 32, "2026-11-22T10:00:00.000000Z", "key_rotated", text, sha256(text)),
        *("", "", None, last, ""),
    )
    forged = replace(forged, hash=entry_hash(forged))
    forged = replace(forged, signature=checkpoint_at(forged).signature(other))
    values = ", ".join(
        "NULL" if value is None else f"'{value}'"
        for value in (getattr(forged, name) for name in Entry.__struct_fields__)
    )
    database.execute(f"INSERT INTO record VALUES ({values})")
    with pytest.raises(AuditError, match="rotated"):
        open_store(settings, secret)
    fault = examine_record(settings, secret, ()).fault
    assert fault is not None
    assert fault.seq == 3
