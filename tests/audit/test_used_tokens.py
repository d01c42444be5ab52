"""A token that may be used once is taken once: by any process, on each database, after a start."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from cds.audit.used_tokens import UsedTokens
from tests.audit.databases import NOW, Database, sqlite_in

UNTIL = NOW + timedelta(minutes=5)


def test_a_token_is_taken_once_over_stores_and_restarts(database: Database) -> None:
    with closing(database.open()) as one, closing(database.open()) as other:
        assert UsedTokens(one).take("issuer\na", UNTIL, NOW)
        assert not UsedTokens(one).take("issuer\na", UNTIL, NOW)
        assert not UsedTokens(other).take("issuer\na", UNTIL, NOW)
        assert UsedTokens(other).take("issuer\nb", UNTIL, NOW)
    with closing(database.open()) as again:
        assert not UsedTokens(again).take("issuer\na", UNTIL, UNTIL)
        assert not UsedTokens(again).take("issuer\nb", UNTIL, UNTIL)


def test_of_many_at_once_one_wins(database: Database) -> None:
    with closing(database.open()) as one, closing(database.open()) as other:
        guards = [UsedTokens(one), UsedTokens(other)] * 8
        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(lambda guard: guard.take("issuer\na", UNTIL, NOW), guards))
        assert taken.count(True) == 1


def test_what_has_ended_is_forgotten_and_no_token_stands_in_the_database(
    database: Database,
) -> None:
    with closing(database.open()) as store:
        UsedTokens(store).take("issuer\na", UNTIL, NOW)
        UsedTokens(store).take("issuer\nb", UNTIL + timedelta(days=1), UNTIL + timedelta(hours=1))
        rows = database.rows("SELECT id FROM used_token")
        assert [len(id) for (id,) in rows] == [64]
        assert "issuer" not in rows[0][0]
        assert store.verify() is None


def taken_elsewhere(database: Database) -> bool:
    """What another process finds."""
    with closing(database.open()) as store:
        return UsedTokens(store).take("issuer\na", UNTIL, NOW)


@pytest.mark.slow
def test_of_many_processes_one_wins(tmp_path: Path) -> None:
    database = sqlite_in(tmp_path)
    database.open().close()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        taken = list(pool.map(taken_elsewhere, [database] * 6))
    assert taken.count(True) == 1
