"""A capture killed anywhere, and one more: each file is in the depot exactly once, and the drop is empty."""

import gzip
import signal

import pytest

from include.sandbox.faults import DropFault
from tests.intake.test_packed import zipped

BUNDLE = zipped(("d.csv", b"fourth"), ("a.csv", b"fifth"))
PACKED = gzip.compress(b"sixth")
CONTENTS = (b"first", b"second", b"third", BUNDLE, b"fourth", b"fifth", b"sixth")
STATES = [
    ("a.csv", "waiting"),
    ("a.csv", "queued"),
    ("b.csv", "waiting"),
    ("bundle_.zip", "done"),
    ("d.csv", "bundled"),
    ("a.csv", "queued"),
    ("c.csv", "waiting"),
]


@pytest.fixture
def filled(world):
    """A drop with one file, two packed ones, and one that a capture left behind; two names in them wait already."""
    world.put("a.csv", CONTENTS[0])
    world.capture()
    world.put("a.csv", CONTENTS[1])
    world.drop.faults.add(DropFault(kind="fail", of="remove"))
    world.capture()
    world.drop.faults.clear()
    world.put("b.csv", CONTENTS[2])
    world.put("bundle_.zip", BUNDLE)
    world.put("c.csv.gz", PACKED)
    return world


def check(world, forker):
    world.drop.faults.clear()
    assert forker.run(world)["status"] == 0
    world.check_exactly_once(CONTENTS)
    assert [(version.name, version.state) for version in world.versions()] == STATES


def kill_at_request(world, forker, nth, when):
    ended = forker.run(
        world, before=lambda pid: world.drop.faults.add(DropFault(kind="kill", nth=nth, when=when, pid=pid))
    )
    check(world, forker)
    return ended["status"] == -signal.SIGKILL


def kill_at_effect(world, forker, nth):
    ended = forker.run(world, die_at=nth)
    check(world, forker)
    return ended["status"] == -signal.SIGKILL


def test_a_capture_left_alone_takes_everything(filled, forker):
    ended = forker.run(filled)
    assert (ended["status"], int(ended["said"]) >= 50) == (0, True)
    filled.check_exactly_once(CONTENTS)


@pytest.mark.parametrize("when", ["before", "after"])
# The fifth is the look for a lock of the ERP, which fails as there is none.
@pytest.mark.parametrize("nth", [1, 2, 3, 4, 6, 8, 11, 14, 17, 20, 23])
def test_a_capture_killed_at_a_request_is_made_good(filled, forker, nth, when):
    assert kill_at_request(filled, forker, nth, when)


@pytest.mark.parametrize("nth", [*range(1, 51, 4)])
def test_a_capture_killed_at_an_effect_of_its_own_is_made_good(filled, forker, nth):
    assert kill_at_effect(filled, forker, nth)


@pytest.mark.torture
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, 61))
def test_a_capture_killed_at_any_request_is_made_good(filled, forker, nth, when):
    kill_at_request(filled, forker, nth, when)


@pytest.mark.torture
@pytest.mark.parametrize("nth", range(1, 61))
def test_a_capture_killed_at_any_effect_of_its_own_is_made_good(filled, forker, nth):
    kill_at_effect(filled, forker, nth)
