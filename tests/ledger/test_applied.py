"""What was applied: recorded, compared, dropped, and forgotten with what it stands on."""

import random
from typing import Any

import pytest
from sqlalchemy import text

from sync_operators.ledger import Ledger, applied, by_key, sites
from sync_operators.ledger.applied import Comparer, LastFile

AWKWARD = ["", "a", "A", "é", "e\u0301", "ß", "z", "😀", "\uffff", "a\x1fb", "%_'\"\\", "x" * 2000]


def record(ledger: Ledger, site: int, *rows: Any, command: str = "users") -> None:
    with ledger.write() as tx:
        applied.record(tx, site, command, "run", [(*row, ()) if len(row) == 2 else row for row in rows])


def unchanged(ledger: Ledger, site: int, pairs: dict[str, int], command: str = "users") -> set[str]:
    with ledger.read() as tx:
        return applied.unchanged(tx, site, command, pairs)


def known(ledger: Ledger, site: int, kind: str = "user") -> int:
    with ledger.read() as tx:
        return applied.known(tx, site, kind)


def test_a_row_is_unchanged_with_the_same_fingerprint_only(ledger: Ledger, site: int) -> None:
    record(ledger, site, ("ann", 1), ("bob", -(2**63)), ("eve", 2**63 - 1))
    assert unchanged(ledger, site, {"ann": 1, "bob": -(2**63), "eve": 2**63 - 1, "new": 1}) == {"ann", "bob", "eve"}
    assert unchanged(ledger, site, {"ann": 2, "bob": 1}) == set()
    assert unchanged(ledger, site, {}) == set()


def test_rows_of_other_sites_and_commands_are_none_of_ours(ledger: Ledger, site: int) -> None:
    with ledger.write() as tx:
        staging = sites.site_id(tx, "https://staging.example.org")
    record(ledger, site, ("ann", 1))
    assert unchanged(ledger, staging, {"ann": 1}) == set()
    assert unchanged(ledger, site, {"ann": 1}, command="users_delete") == set()


def test_recording_again_takes_the_place_of_what_was(ledger: Ledger, site: int) -> None:
    record(ledger, site, ("ann", 1, (("user", 7), ("course", 3))))
    record(ledger, site, ("ann", 2, (("user", 8), ("user", 8))))
    assert unchanged(ledger, site, {"ann": 1}) == set()
    assert unchanged(ledger, site, {"ann": 2}) == {"ann"}
    assert (known(ledger, site), known(ledger, site, "course")) == (1, 0)


def test_of_a_key_given_twice_at_once_the_last_holds(ledger: Ledger, site: int) -> None:
    record(ledger, site, ("ann", 1, (("user", 7),)), ("ann", 2, (("user", 8),)))
    assert unchanged(ledger, site, {"ann": 2}) == {"ann"}
    assert known(ledger, site) == 1


@pytest.mark.parametrize("key", AWKWARD, ids=[repr(key[:5]) for key in AWKWARD])
def test_keys_are_compared_bytewise(ledger: Ledger, site: int, key: str) -> None:
    record(ledger, site, *[(other, 1) for other in AWKWARD if other != key])
    assert unchanged(ledger, site, {key: 1}) == set()
    record(ledger, site, (key, 1))
    assert unchanged(ledger, site, {key: 1}) == {key}


def test_the_databases_order_of_keys_is_pythons(ledger: Ledger, site: int) -> None:
    record(ledger, site, *[(key, 1) for key in AWKWARD])
    with ledger.read() as tx:
        found = list(tx.execute(text("SELECT key FROM applied_rows ORDER BY key")).scalars())
    assert found == sorted(AWKWARD)


def test_keys_no_database_takes_find_nothing_and_are_not_recorded(ledger: Ledger, site: int) -> None:
    faulty = ["nul\0", "half \ud83d", "y" * 2001]
    record(ledger, site, ("ann", 1), *[(key, 1) for key in faulty])
    assert unchanged(ledger, site, dict.fromkeys(["ann", *faulty], 1)) == {"ann"}
    with ledger.write() as tx:
        applied.drop(tx, site, "users", [*faulty, "ann"])
    assert unchanged(ledger, site, {"ann": 1}) == set()


@pytest.mark.parametrize("order", ["in order", "shuffled", "backwards"])
@pytest.mark.parametrize("within", ["ledger", "transaction"])
def test_a_comparer_finds_the_same_in_any_order(ledger: Ledger, site: int, order: str, within: str) -> None:
    keys = [f"E{number:05d}" for number in range(10_000)]
    for start in range(0, len(keys), 1000):
        record(ledger, site, *[(key, hash(key)) for key in keys[start : start + 1000]])
    if order == "shuffled":
        random.Random(3).shuffle(keys)
    if order == "backwards":
        keys.reverse()
    changed = set(keys[::7])
    found: set[str] = set()
    with ledger.read() as tx:
        comparer = Comparer(ledger if within == "ledger" else tx, site, "users")
        for start in range(0, len(keys), 300):
            batch = keys[start : start + 300]
            found |= comparer.unchanged({key: hash(key) + (key in changed) for key in batch} | {batch[0] + "x": 1})
    assert found == set(keys) - changed


def test_a_file_in_order_is_read_in_ranges_and_another_key_by_key(
    ledger: Ledger, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes a million rows take seconds. A range is given up once its answer is too long, and for good."""
    asked: list[str] = []
    for name in ("between", "among"):
        monkeypatch.setattr(by_key, name, _watched(asked, name))
    keys = [f"E{number:04d}" for number in range(1000)]
    record(ledger, site, *[(key, 1) for key in keys])
    with ledger.read() as tx:
        comparer = Comparer(tx, site, "users")
        for batch in (keys[:100], keys[100:200], [keys[0], keys[999]], keys[:100]):
            assert comparer.unchanged(dict.fromkeys(batch, 1)) == set(batch)
    assert asked == ["between", "between", "between", "among", "among"]


def _watched(asked: list[str], name: str) -> Any:
    real = getattr(by_key, name)

    def ask(*args: Any, **kwargs: Any) -> Any:
        asked.append(name)
        return real(*args, **kwargs)

    return ask


def test_dropped_rows_come_again(ledger: Ledger, site: int) -> None:
    record(ledger, site, ("ann", 1, (("user", 7),)), ("bob", 1, (("user", 8),)))
    with ledger.write() as tx:
        applied.drop(tx, site, "users", iter(["ann", "nobody"]))
    assert unchanged(ledger, site, {"ann": 1, "bob": 1}) == {"bob"}
    assert known(ledger, site) == 1


def test_what_stood_on_something_gone_is_forgotten_for_other_commands(ledger: Ledger, site: int) -> None:
    record(ledger, site, ("ann", 1, (("user", 7),)), ("bob", 1, (("user", 8),)))
    record(
        ledger, site, ("ann|c1", 1, (("user", 7), ("course", 3))), ("bob|c1", 1, (("course", 3),)), command="enrolments"
    )
    record(ledger, site, ("staff|ann", 1, (("user", 7),)), command="cohorts")
    with ledger.write() as tx:
        assert applied.forget(tx, site, "user", [7, 99], but_command="users") == 2
    assert unchanged(ledger, site, {"ann": 1, "bob": 1}) == {"ann", "bob"}
    assert unchanged(ledger, site, {"ann|c1": 1, "bob|c1": 1}, "enrolments") == {"bob|c1"}
    assert unchanged(ledger, site, {"staff|ann": 1}, "cohorts") == set()
    assert known(ledger, site, "course") == 1
    with ledger.write() as tx:
        assert applied.forget(tx, site, "user", [7], but_command=None) == 1
    assert unchanged(ledger, site, {"ann": 1, "bob": 1}) == {"bob"}


def test_forgetting_minds_kind_and_site(ledger: Ledger, site: int) -> None:
    record(ledger, site, ("ann|c1", 1, (("user", 7),)), command="enrolments")
    with ledger.write() as tx:
        assert applied.forget(tx, site, "course", [7], but_command="courses_delete") == 0
        assert applied.forget(tx, site + 1, "user", [7], but_command="users") == 0


def test_thousands_are_forgotten_at_once(ledger: Ledger, site: int) -> None:
    for start in range(0, 3000, 1000):
        rows = [(f"k{number}", 1, (("user", number),)) for number in range(start, start + 1000)]
        record(ledger, site, *rows, command="enrolments")
    with ledger.write() as tx:
        assert applied.forget(tx, site, "user", range(500, 3000), but_command="users") == 2500
    assert known(ledger, site) == 500


def test_known_entities_are_counted_once_over_all_commands(ledger: Ledger, site: int) -> None:
    record(ledger, site, ("ann", 1, (("user", 7),)), ("bob", 1, (("user", 8),)))
    record(ledger, site, ("ann|c1", 1, (("user", 7), ("course", 3))), command="enrolments")
    assert (known(ledger, site), known(ledger, site, "course"), known(ledger, site + 1)) == (2, 1, 0)


def test_nobody_counts_farther_than_is_asked(ledger: Ledger, site: int) -> None:
    record(ledger, site, *[(f"row{number}", 1, (("user", number),)) for number in range(5)])
    with ledger.read() as tx:
        assert [applied.known(tx, site, "user", far) for far in (0, 3, 9)] == [0, 3, 5]
        assert [applied.count(tx, site, "users", far) for far in (0, 3, 9)] == [0, 3, 5]


FILE = LastFile("a" * 64, "settings", "run")


@pytest.mark.parametrize(
    ("news", "stays"),
    [
        (lambda tx, site: applied.record(tx, site, "users", "run2", [("bob", 1, ())]), False),
        (lambda tx, site: applied.drop(tx, site, "users", ["nobody"]), False),
        (lambda tx, site: applied.forget(tx, site, "user", [7], but_command="cohorts"), False),
        (lambda tx, site: applied.clear_last_file(tx, site, "users"), False),
        (lambda tx, site: applied.forget(tx, site, "user", [7], but_command="users"), True),
        (lambda tx, site: applied.forget(tx, site, "user", [8], but_command="cohorts"), True),
        (lambda tx, site: applied.record(tx, site, "cohorts", "run2", [("ann", 1, ())]), True),
        (lambda tx, site: applied.clear_last_file(tx, site, "cohorts"), True),
    ],
    ids=["recorded", "dropped", "forgotten", "cleared", "own", "other id", "other command", "other cleared"],
)
def test_the_whole_file_short_cut_ends_with_any_news_of_the_commands_rows(
    ledger: Ledger, site: int, news: Any, stays: bool
) -> None:
    record(ledger, site, ("ann", 1, (("user", 7),)))
    with ledger.write() as tx:
        assert applied.last_file(tx, site, "users") is None
        applied.set_last_file(tx, site, "users", "old", "old", "old")
        applied.set_last_file(tx, site, "users", FILE.sha256, FILE.settings_digest, FILE.run_id)
        assert applied.last_file(tx, site, "users") == FILE
        news(tx, site)
        assert applied.last_file(tx, site, "users") == (FILE if stays else None)
