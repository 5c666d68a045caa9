"""What lies in the drop and was not taken: by names that are bytes, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync_operators.ledger import Ledger, drop_names, files
from sync_operators.ledger.drop_names import DropName, Part
from sync_operators.ledger.whereabouts import where_is

from .conftest import START
from .test_files import add

NAMES = [b"a.csv", b"caf\xe9.csv", b"a\n.csv", b"in/a.csv", "é".encode(), b"'", b"%s"]


def one(name: bytes = b"a.csv") -> DropName:
    return DropName(name, 3, 0, START, "deferred_unstable", "why", Part(".queued/.tmp-1", 2**33, "0" * 64))


def test_names_come_back_as_they_were_remembered(ledger: Ledger) -> None:
    noted = {name: one(name) for name in NAMES}
    with ledger.write() as tx:
        drop_names.remember(tx, noted.values())
    with ledger.read() as tx:
        assert drop_names.known(tx) == noted
        assert drop_names.part_places(tx) == {".queued/.tmp-1"}


def test_what_is_remembered_again_takes_the_place_of_what_was(ledger: Ledger) -> None:
    with ledger.write() as tx:
        drop_names.remember(tx, [one(), one(b"b.csv")])
        drop_names.remember(tx, [replace(one(), part=None, code="error_transfer")])
        drop_names.keep_part(tx, replace(one(b"b.csv"), size=9))
    with ledger.read() as tx:
        known = drop_names.known(tx)
    assert (known[b"a.csv"].code, known[b"a.csv"].part, known[b"b.csv"].size) == ("error_transfer", None, 9)


def test_what_went_by_itself_is_kept_as_gone_and_what_was_taken_is_forgotten(ledger: Ledger) -> None:
    with ledger.write() as tx:
        drop_names.remember(tx, map(one, NAMES))
        drop_names.forget(tx, NAMES[1:])
        drop_names.miss(tx, NAMES[:1], START + timedelta(hours=1))
    with ledger.read() as tx:
        assert drop_names.known(tx) == {}
        assert drop_names.part_places(tx) == set()
        gone = drop_names.of_name(tx, b"a.csv")
        assert gone is not None
        assert (gone.gone, gone.part) == (START + timedelta(hours=1), None)
        assert drop_names.of_name(tx, NAMES[1]) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_found_by_the_bytes_of_its_name(ledger: Ledger, name: bytes) -> None:
    with ledger.write() as tx:
        drop_names.remember(tx, [one(name)])
        add(tx, "kept", origin_name=name)
    with ledger.read() as tx:
        assert [each.where for each in where_is(tx, name)] == ["depot", "drop"]
        assert where_is(tx, name + b"x") == []


def test_files_of_a_bundle_may_not_be_run_before_it_has_begun(ledger: Ledger) -> None:
    with ledger.write() as tx:
        bundle = add(tx, "bundle_1.zip", state="done")
        member = add(tx, "a.csv", state="bundled", bundle_id=bundle.id)
    with ledger.read() as tx:
        assert files.live(tx) == []
        assert files.bundled(tx) == [member]
        assert files.of_name(tx, "", "a.csv") == [member]
