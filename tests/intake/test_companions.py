"""Done files and checksum files: what they vouch for is taken without a wait, and what they do not is not taken."""

import hashlib
from datetime import timedelta

import pytest

from include.sandbox.faults import DropFault
from sync_operators.intake.errors import DropError
from sync_operators.ledger import drop_names, events
from tests.intake import world as module

DONE = {"done_suffix": ".done"}
CHECKSUM = {"checksum_suffix": ".sha256"}
CONTENT = b"username\nann\n"
GOOD = hashlib.sha256(CONTENT).hexdigest()
BAD = "0" * 64
REASON = f"it is {GOOD}, and should be {BAD}"


def later(monkeypatch, **past):
    """Let that much time pass."""
    now = module.now
    monkeypatch.setattr(module, "now", lambda: now() + timedelta(**past))


def test_without_its_done_file_a_file_waits_and_with_it_both_go(world):
    world.put("a.csv")
    world.put("b.csv")
    world.put("a.csv.done", b"", age=60)
    report = world.capture(rules=DONE)
    assert [(item.name, item.code, item.reason) for item in report.items] == [
        ("a.csv", "captured", ""),
        ("a.csv.done", "ignored_marker", ""),
        ("b.csv", "deferred_incomplete", "b.csv.done is missing"),
    ]
    assert (world.in_drop(), world.sleeps) == (["b.csv"], [])
    world.put("b.csv.done", b"", age=0)
    assert world.capture(rules=DONE).counts == {"captured": 1, "ignored_marker": 1}
    world.check_exactly_once([CONTENT, CONTENT])


def test_a_done_file_without_its_file_stays_and_vouches_for_no_half_file_that_comes_later(world):
    world.put("a.csv.done", b"", age=60)
    assert world.codes(rules=DONE) == [("a.csv.done", "ignored_marker")]
    world.put("a.csv", b"half", age=0)
    world.during_sleep = lambda: world.put("a.csv", b"half and more", age=0)
    assert ("a.csv", "deferred_unstable") in world.codes(rules=DONE)
    assert world.in_drop() == ["a.csv", "a.csv.done"]


@pytest.mark.parametrize("rules", [DONE, CHECKSUM])
def test_a_drop_from_which_nothing_can_be_deleted_keeps_both_and_gives_them_once(world, rules):
    (suffix,) = rules.values()
    world.put("a.csv")
    world.put(f"a.csv{suffix}", GOOD.encode(), age=60)
    world.drop.settings = world.drop.settings.model_copy(update={"read_only": True})
    for _ in range(2):
        assert world.capture(rules=rules).counts == {"captured_left_behind": 1, "ignored_marker": 1}
    world.drop.settings = world.drop.settings.model_copy(update={"read_only": False})
    world.capture(rules=rules)
    world.check_exactly_once([CONTENT])


def test_a_done_file_goes_before_its_file(world):
    """A done file left alone would vouch for the next file of that name while it is written."""
    world.put("a.csv")
    world.put("a.csv.done", b"", age=60)
    world.drop.faults.add(DropFault(kind="drop", of="remove", when="after"))
    with pytest.raises(DropError):
        world.capture(rules=DONE)
    assert {"a.csv", "a.csv.done"} & set(world.in_drop()) == {"a.csv"}
    assert world.capture(rules=DONE).counts == {}
    world.check_exactly_once([CONTENT])


def test_a_file_replaced_meanwhile_keeps_its_new_done_file(world, monkeypatch):
    keep = module.capture.__globals__["Placing"].keep

    def keep_slowly(self, batch):
        world.put("a.csv", b"the next one", age=0)
        world.put("a.csv.done", b"", age=0)
        return keep(self, batch)

    world.put("a.csv")
    world.put("a.csv.done", b"", age=60)
    with monkeypatch.context() as patch:
        patch.setattr(module.capture.__globals__["Placing"], "keep", keep_slowly)
        world.capture(rules=DONE)
    assert world.in_drop() == ["a.csv", "a.csv.done"]
    world.capture(rules=DONE)
    world.check_exactly_once([CONTENT, b"the next one"])


@pytest.mark.parametrize(
    "said",
    [
        GOOD.encode(),
        f"{GOOD}  a.csv\n".encode(),
        f"{GOOD.upper()} *a.csv\r\n".encode(),
        f"SHA256 (a.csv) = {GOOD}\n".encode(),
        GOOD.encode("utf-16"),
    ],
)
def test_a_file_with_the_checksum_its_checksum_file_says_is_taken_at_once(world, said):
    world.put("a.csv", age=0)
    world.put("a.csv.sha256", said)
    assert world.codes(rules=CHECKSUM)[0] == ("a.csv", "captured")
    assert world.sleeps == []
    world.check_exactly_once([CONTENT])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (BAD.encode(), REASON),
        (b"", "a.csv.sha256 holds no SHA-256"),
        (GOOD[:-1].encode(), "a.csv.sha256 holds no SHA-256"),
        (GOOD.encode() + b"0", "a.csv.sha256 holds no SHA-256"),
    ],
)
def test_a_wrong_checksum_keeps_the_file_in_the_drop(world, said, reason):
    world.put("a.csv")
    world.put("a.csv.sha256", said)
    item = world.capture(rules=CHECKSUM).items[0]
    assert (item.name, item.code, item.reason) == ("a.csv", "error_checksum", reason)
    assert (world.in_drop(), world.versions()) == (["a.csv", "a.csv.sha256"], [])
    assert world.tree() == {}


def test_a_file_known_to_be_wrong_is_not_read_again_until_something_changes(world):
    world.put("a.csv")
    world.put("a.csv.sha256", BAD.encode())
    world.capture(rules=CHECKSUM)
    world.drop.requests.clear()
    item = world.capture(rules=CHECKSUM).items[0]
    assert (item.code, item.reason) == ("error_checksum", REASON)
    assert world.drop.requests == ["scandir", "open", "read", "read", "close"], "the checksum file alone"
    world.put("a.csv.sha256", GOOD.encode())
    assert world.codes(rules=CHECKSUM)[0] == ("a.csv", "captured")


def test_a_checksum_wrong_for_too_long_puts_the_file_into_quarantine(world, monkeypatch):
    world.put("a.csv")
    world.put("a.csv.sha256", BAD.encode())
    world.capture(rules=CHECKSUM)
    later(monkeypatch, hours=23)
    assert world.codes(rules=CHECKSUM)[0] == ("a.csv", "error_checksum")
    assert world.versions() == []
    later(monkeypatch, hours=2)
    item = world.capture(rules=CHECKSUM).items[0]
    assert (item.name, item.code, item.reason) == ("a.csv", "error_checksum", REASON)
    (version,) = world.versions()
    assert (version.state, version.place, world.in_drop()) == ("quarantined", item.place, [])
    why = world.tree()[item.place.removesuffix(".csv") + ".why.txt"].decode()
    assert f"a.csv (13 bytes, sha256 {GOOD})\nIts checksum is not the one in its checksum file: {REASON}." in why
    with world.ledger.read() as tx:
        assert [event.what for event in events.of_file(tx, version.id)] == ["quarantined"]
        assert drop_names.known(tx) == {}


def test_how_long_a_checksum_is_wrong_counts_from_when_it_was_found_so(world, monkeypatch):
    world.put("a.csv")
    world.capture(rules=CHECKSUM)
    later(monkeypatch, days=2)
    world.put("a.csv.sha256", BAD.encode())
    assert world.codes(rules=CHECKSUM)[0] == ("a.csv", "error_checksum")
    assert world.versions() == []
