"""What was erased cannot be read by anybody, and the chain still holds."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest

from cds.audit.erasure import About, Actor, HeldError, erase, hold, release, retain
from cds.audit.keys import Keys
from cds.audit.store import Store
from cds.errors import AuditError, ErasedError
from tests.audit.databases import NOW, Database, draft

ACTOR = Actor("tester", NOW)
YEARS = 10


def readable(store: Store, id: str) -> bool:
    """Whether the body of a record can still be read."""
    entry = store.get(id)
    assert entry is not None
    try:
        store.text_of(entry)
    except ErasedError:
        return False
    return True


def in_year(year: int) -> datetime:
    """The last moment of a year."""
    return NOW.replace(year=year, month=12, day=31, hour=23)


def test_an_erased_subject_cannot_be_read_and_the_chain_holds(
    store: Store, database: Database
) -> None:
    old = store.append(draft(1, subject="one", created=in_year(2020)))
    new = store.append(draft(2, subject="one"))
    other = store.append(draft(3, subject="two"))
    wrapped = database.rows("SELECT wrapped FROM data_key WHERE subject = 'one'")
    assert erase(store, About(subject="one"), ACTOR) == 2
    assert [readable(store, r.id) for r in (old, new, other)] == [False, False, True]
    assert store.verify() is None
    if database.is_sqlite:
        left = b"".join(p.read_bytes() for p in database.data.glob("records.sqlite3*"))
        assert [key for (key,) in wrapped if key.encode() in left] == []
    assert database.rows("SELECT count(*) FROM data_key WHERE subject = 'one'") == [(0,)]


def test_an_erasure_is_recorded_without_the_subject(store: Store) -> None:
    store.append(draft(1, subject="one"))
    erase(store, About(subject="one"), ACTOR)
    (event,) = (entry for entry in store.entries() if entry.kind == "erasure")
    assert set(json.loads(event.body)) == {"by", "keys"}
    assert "one" not in event.body


def test_nothing_to_erase_is_not_recorded(store: Store) -> None:
    assert erase(store, About(subject="nobody"), ACTOR) == 0
    assert erase(store, About(record_id="0" * 32), ACTOR) == 0
    assert store.append(draft()).sequence == 1


def test_a_record_about_nobody_is_erased_alone(store: Store) -> None:
    one, two = store.append(draft(1)), store.append(draft(2))
    assert erase(store, About(record_id=one.id), ACTOR) == 1
    assert (readable(store, one.id), readable(store, two.id)) == (False, True)


def test_a_record_leads_to_all_records_of_its_person(store: Store) -> None:
    old = store.append(draft(1, subject="one", created=in_year(2020)))
    new = store.append(draft(2, subject="one"))
    assert erase(store, About(record_id=new.id), ACTOR) == 2
    assert (readable(store, old.id), readable(store, new.id)) == (False, False)


def test_somebody_who_comes_again_is_recorded_under_a_new_key(store: Store) -> None:
    before = store.append(draft(1, subject="one"))
    erase(store, About(subject="one"), ACTOR)
    after = store.append(draft(2, subject="one"))
    assert (readable(store, before.id), readable(store, after.id)) == (False, True)
    assert store.verify() is None


def test_the_hash_of_a_request_says_nothing_after_its_erasure(store: Store) -> None:
    """There are few enough short requests to try them all."""
    receipt = store.append(draft(1, subject="one", request_sha256="c" * 64))
    entry = store.get(receipt.id)
    assert entry is not None
    assert entry.request_sha256 != "c" * 64
    assert store.is_of_request(entry, "c" * 64)
    assert not store.is_of_request(entry, "d" * 64)
    erase(store, About(subject="one"), ACTOR)
    with pytest.raises(ErasedError):
        store.is_of_request(entry, "c" * 64)


def test_an_erasure_that_does_not_commit_destroys_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = store.append(draft(1, subject="one"))

    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("cds.audit.erasure.destroy", fail)
    with pytest.raises(AuditError):
        erase(store, About(subject="one"), ACTOR)
    assert readable(store, receipt.id)
    assert store.append(draft()).sequence == 2


@pytest.mark.parametrize(
    "erasing",
    [
        lambda store: erase(store, About(subject="one"), ACTOR),
        lambda store: erase(store, About(record_id=next(store.entries()).id), ACTOR),
    ],
)
def test_a_legal_hold_forbids_the_erasure_until_it_is_released(
    store: Store, erasing: Callable[[Store], int]
) -> None:
    receipt = store.append(draft(1, subject="one"))
    assert hold(store, About(subject="one"), ACTOR) == 1
    later = store.append(draft(2, subject="one", created=in_year(2030)))
    with pytest.raises(HeldError):
        erasing(store)
    assert (readable(store, receipt.id), readable(store, later.id)) == (True, True)
    release(store, About(subject="one"), ACTOR)
    assert erasing(store) == 2
    assert store.verify() is None


def test_what_was_kept_long_enough_is_destroyed_by_the_year_and_held_data_are_not(
    store: Store,
) -> None:
    years = {
        year: store.append(draft(year, subject="one", created=in_year(year))).id
        for year in (2014, 2015, 2016, 2017)
    }
    held = store.append(draft(1, subject="two", created=in_year(2014)))
    nobody = store.append(draft(2, created=in_year(2015)))
    hold(store, About(subject="two"), ACTOR)
    assert retain(store, YEARS, ACTOR, dry_run=True) == (3, 1)
    assert readable(store, years[2014])
    assert retain(store, YEARS, ACTOR, dry_run=False) == (3, 1)
    # In 2026 the year 2016 ended less than ten whole years ago.
    assert [year for year, id in years.items() if readable(store, id)] == [2016, 2017]
    assert (readable(store, held.id), readable(store, nobody.id)) == (True, False)
    assert store.verify() is None
    assert retain(store, YEARS, ACTOR, dry_run=False) == (0, 1)


def test_without_the_secret_nothing_is_read_or_recorded(store: Store, database: Database) -> None:
    receipt = store.append(draft(1, subject="one"))
    with pytest.raises(AuditError, match="another secret"):
        database.open(Keys(b"another secret"))
    without = database.open(None, head=False)
    entry = without.get(receipt.id)
    assert entry is not None
    assert "ü" not in entry.body
    with pytest.raises(AuditError, match="Without the keys"):
        without.text_of(entry)
    with pytest.raises(AuditError, match="Without the keys"):
        without.append(draft())
    assert without.verify() is None
    without.close()


def test_a_body_moved_to_another_record_is_not_read(store: Store, database: Database) -> None:
    """Both were sealed with the same key; each only for its own record."""
    one, two = store.append(draft(1, subject="one")), store.append(draft(2, subject="one"))
    first, second = store.get(one.id), store.get(two.id)
    assert first is not None
    assert second is not None
    moved = type(first)(
        *(getattr(second if n == "body" else first, n) for n in first.__struct_fields__)
    )
    with pytest.raises(AuditError, match="secret"):
        store.text_of(moved)
