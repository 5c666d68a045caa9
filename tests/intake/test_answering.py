"""The way back on the sandbox's server and on OpenSSH's: whole answers under their names, whatever breaks."""

import asyncio
import io
import os

import pytest

from include.sandbox.faults import DropFault
from sync_operators.intake.answering import AnsweredDrop, WayBack
from sync_operators.ledger import answers, events
from sync_operators.ledger.answers import Answer
from tests.intake.world import connected

# Longer than one request takes.
REPORT, TRYBACK = os.urandom(3 << 20), b"username\nann\n"
WRITTEN = {"_report_a.html": REPORT, "_tryback_a.csv": TRYBACK}


@pytest.fixture
def owed(either):
    """A world whose drop is owed two answers about a file."""
    either.put("a.csv", TRYBACK)
    either.capture()
    (version,) = either.versions()
    either.depot.put("reports/a.html", io.BytesIO(REPORT))
    wanted = [
        Answer("_report_a.html", "reports/a.html", version.id, None, either.now()),
        Answer("_tryback_a.csv", version.place, version.id, None, either.now()),
    ]
    with either.ledger.write() as tx:
        answers.owe(tx, wanted)
    return either


def answer(world, work=WayBack.write):
    back = WayBack(world.ledger, world.depot, "test", world.now)

    async def run():
        async with connected(world.server.port, world.server.login) as session:
            await work(back, AnsweredDrop(session, world.server.path, parallel=4, patience=30))

    asyncio.run(run())


def lying(world):
    return {path.name: path.read_bytes() for path in world.drop.folder.iterdir()}


def told(world, what):
    with world.ledger.read() as tx:
        return len(events.of_kind(tx, what))


def test_answers_are_written_whole_under_their_names_and_once(owed):
    answer(owed)
    assert lying(owed) == WRITTEN
    answer(owed)
    assert (lying(owed), told(owed, "answered")) == (WRITTEN, 2)


def test_what_an_attempt_before_has_left_is_written_over(owed):
    (owed.drop.folder / ".report_a.html.part").write_bytes(REPORT * 2)
    answer(owed)
    assert lying(owed) == WRITTEN


@pytest.mark.parametrize("kind", ["deny", "fail", "drop"])
@pytest.mark.parametrize("of", ["lstat", "open", "write", "close", "rename"])
def test_what_is_refused_or_cut_off_is_told_once_and_written_later(owed, kind, of):
    owed.drop.faults.add(DropFault(kind=kind, of=of, nth=1))
    answer(owed)
    left = lying(owed)
    assert {name: left[name] for name in left if name in WRITTEN}.items() <= WRITTEN.items()
    assert told(owed, "answer_put_off") == 1
    owed.drop.faults.clear()
    answer(owed)
    assert (lying(owed), told(owed, "answered"), told(owed, "answer_put_off")) == (WRITTEN, 2, 1)


@pytest.mark.parametrize("when", ["before", "after"])
# OpenSSH is asked for its limits first, while the session opens: not by us.
@pytest.mark.parametrize("nth", range(2, 14))
def test_a_line_cut_at_any_request_leaves_every_answer_once(owed, when, nth):
    owed.drop.faults.add(DropFault(kind="drop", when=when, nth=nth))
    answer(owed)
    left = lying(owed)
    assert {name: left[name] for name in left if name in WRITTEN}.items() <= WRITTEN.items()
    owed.drop.faults.clear()
    answer(owed)
    assert (lying(owed), told(owed, "answered")) == (WRITTEN, 2)


def test_a_drop_that_lets_nothing_go_keeps_its_answers_noted_until_it_does(owed):
    answer(owed)

    async def sweep(back, drop):
        try:
            await back.sweep(drop, back.over(owed.now()))
        except Exception as error:  # noqa: BLE001  (told to the test)
            refused.append(str(error))

    refused = []
    owed.drop.faults.add(DropFault(kind="deny", of="remove", times=2))
    answer(owed, sweep)
    assert ("was refused (Permission denied)" in refused[0], lying(owed)) == (True, WRITTEN)
    owed.drop.faults.clear()
    answer(owed, sweep)
    assert (lying(owed), len(refused)) == ({}, 1)
