import io

import pytest

from sync_operators.command_files.reader import CommandFile
from sync_operators.ledger.fingerprints import Fingerprinter
from sync_operators.plans import changes
from sync_operators.plans.changes import RowKeys, find_changes

HEADER = "key;value"


def command_file(*rows):
    content = "\n".join([HEADER, *rows, ""]).encode()
    return CommandFile(lambda: io.BytesIO(content))


def keys_of(file):
    return RowKeys(lambda values: values[0], Fingerprinter(b"k" * 32, file.header, "s"))


def applied(*rows):
    """What the ledger says when these rows were applied: the fingerprint of each key."""
    file = command_file(*rows)
    keys = keys_of(file)
    names, prints = keys.of(list(file.records()))
    known = dict(zip(names, prints, strict=True))
    return lambda pairs: {key for key, value in pairs.items() if known.get(key) == value}


def found(file, unchanged):
    result = find_changes(file, keys_of(file), unchanged)
    return result.read, list(result.changed)


@pytest.fixture(params=[(4, 2), (3, 1), (2, 2), (1, 1), (16_000, 50)], ids=str)
def sizes(request, monkeypatch):
    monkeypatch.setattr(changes, "BATCH", request.param[0])
    monkeypatch.setattr(changes, "PIECE", request.param[1])


@pytest.mark.usefixtures("sizes")
@pytest.mark.parametrize(
    ("rows", "changed"),
    [
        (["a;1", "b;2", "c;3", "d;4", "e;5"], []),
        (["e;5", "c;3", "a;1", "d;4", "b;2"], []),
        (["a;1", "b;0", "c;3", "d;4", "e;0"], [2, 5]),
        (["a;1", "new;2", "c;3"], [2]),
        (["a;1", "too;many;values", "c;3", "d;0", "x;y;z"], [2, 4, 5]),
        (["x;y;z", "too;many;values"], [1, 2]),
    ],
    ids=["none", "none, in another order", "values", "a new key", "faulty rows", "only faulty rows"],
)
def test_changed_are_rows_of_other_values_new_keys_and_faults(rows, changed):
    assert found(command_file(*rows), applied("a;1", "b;2", "c;3", "d;4", "e;5")) == (len(rows), changed)


@pytest.mark.usefixtures("sizes")
def test_without_a_memory_every_row_is_planned():
    assert found(command_file("a;1", "b;2;3", "c;3"), None) == (3, [1, 2, 3])


@pytest.mark.usefixtures("sizes")
def test_rows_of_one_key_stand_or_fall_together():
    file = command_file("a;1", "b;2", "a;9", "c;3")
    keys = keys_of(file)
    both = changes.combined(keys, [(0, keys.fingerprints.of(("a", "1"))), (0, keys.fingerprints.of(("a", "9")))])
    single = applied("a;9", "b;2", "c;3")

    def known_together(pairs):
        return single(pairs) - {"a"} | {key for key, value in pairs.items() if (key, value) == ("a", both)}

    assert found(file, single) == (4, [1, 3])
    assert found(file, known_together) == (4, [])
