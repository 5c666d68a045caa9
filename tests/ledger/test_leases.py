"""Leases: one holder at a time, taken over from the dead and the silent, never from the living."""

import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from sync_operators.errors import Busy, LeaseLost
from sync_operators.ledger import Ledger, events, leases, open_ledger
from sync_operators.ledger.leases import Held, hold
from sync_operators.ledger.processes import this_process
from sync_operators.ledger.tables import leases as table

from .conftest import KEY, START, Clock

Child = Callable[[str], subprocess.Popen[str]]


def take(ledger: Ledger, holder: str = "next", name: str = "site:1") -> AbstractContextManager[Held]:
    return hold(ledger, name, holder=holder, wait=0, sleep=lambda _: None)


def lease(ledger: Ledger, name: str = "site:1") -> leases.Lease:
    with ledger.read() as tx:
        found = leases.get(tx, name)
    assert found is not None
    return found


def takeovers(ledger: Ledger) -> list[tuple[str, str | None, object, object]]:
    with ledger.read() as tx:
        told = events.of_kind(tx, "lease_taken_over")
    return [(each.who, each.run_id, (each.detail or {})["from"], (each.detail or {})["why"]) for each in told]


def send(ledger: Ledger, held: Held) -> None:
    """Do what apply does before each call: the check and the mark in one transaction."""
    with ledger.write() as tx:
        events.add(tx, "sent", who=held.holder, at=START)
        held.check(tx)


def disguise(ledger: Ledger, **columns: object) -> None:
    """Make the holder of the lease look like another process."""
    with ledger.write() as tx:
        tx.execute(update(table).values(columns))


def test_a_lease_is_held_for_the_block_and_free_after_it(ledger: Ledger) -> None:
    with take(ledger, "me") as held:
        me = this_process()
        assert lease(ledger) == leases.Lease(
            "site:1", "me", me.host, me.pid, me.started, START, START + timedelta(seconds=60), held.fence
        )
        with ledger.write() as tx:
            held.check(tx)
    assert lease(ledger).holder is None
    with take(ledger) as later:
        assert later.fence == held.fence + 1
    assert takeovers(ledger) == []


def test_a_lease_is_free_after_a_block_that_failed(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), take(ledger):
        _ = 1 / 0
    assert lease(ledger).holder is None


def test_a_second_is_told_who_holds_it_after_waiting(ledger: Ledger) -> None:
    pauses: list[float] = []
    with take(ledger, "run 1 (sync_users)"):
        with pytest.raises(Busy) as caught, hold(ledger, "site:1", holder="me", wait=2.5, sleep=pauses.append):
            pass
        me = this_process()
    assert caught.value.message == (
        f"run 1 (sync_users) holds the lease `site:1` (host {me.host}, process {me.pid}, last heard of "
        "2026-11-22 04:00:01 UTC); waited 2 s."
    )
    assert caught.value.code == "error_busy"
    assert pauses == [1.0, 1.0, 0.5]


def test_who_waits_gets_it_as_soon_as_it_is_let_go(ledger: Ledger) -> None:
    first = ExitStack()
    first.enter_context(take(ledger, "first"))
    with hold(ledger, "site:1", holder="second", wait=5, sleep=lambda _: first.close()):
        assert lease(ledger).holder == "second"
    assert takeovers(ledger) == []


def test_leases_of_other_names_do_not_matter(ledger: Ledger) -> None:
    with take(ledger, name="site:1"), take(ledger, name="run:x"), take(ledger, name="drop:sync_drop"):
        assert lease(ledger, "run:x").holder == "next"


def test_a_living_process_of_this_host_keeps_its_lease(ledger: Ledger, child: Child) -> None:
    process = child("with leases.hold(ledger, 'site:1', holder='child', wait=0): ready(); time.sleep(60)")
    with pytest.raises(Busy, match=f"child holds the lease `site:1` .* process {process.pid}"), take(ledger):
        pass


@pytest.mark.parametrize("reaped", [True, False], ids=["gone", "zombie"])
def test_a_dead_process_of_this_host_loses_its_lease_at_once(ledger: Ledger, child: Child, reaped: bool) -> None:
    process = child("with leases.hold(ledger, 'run:r1', holder='child', wait=0): ready(); time.sleep(60)")
    process.kill()
    if reaped:
        process.wait()
    else:
        time.sleep(0.3)
    with take(ledger, "next", name="run:r1") as held:
        assert held.fence == 2
    assert takeovers(ledger) == [("next", "r1", "child", "process_dead")]


def test_a_process_id_that_is_used_again_is_not_taken_for_the_holder(ledger: Ledger) -> None:
    with take(ledger, "former"):
        disguise(ledger, pid_started="1")
        with take(ledger):
            assert takeovers(ledger) == [("next", None, "former", "process_dead")]


def test_another_hosts_process_is_believed_until_it_falls_silent(ledger: Ledger, clock: Clock) -> None:
    with take(ledger, "far away"):
        disguise(ledger, host="elsewhere", pid=1, pid_started="1")
        clock.advance(59.9)
        with pytest.raises(Busy), take(ledger):
            pass
        clock.advance(0.1)
        with take(ledger):
            assert takeovers(ledger) == [("next", None, "far away", "expired")]


def test_who_lost_a_lease_writes_nothing_more(ledger: Ledger, clock: Clock) -> None:
    with take(ledger, "orphan") as orphan:
        clock.advance(61)
        with take(ledger, "retry") as retry:
            with pytest.raises(LeaseLost) as caught:
                send(ledger, orphan)
            assert caught.value.message == (
                "orphan has lost the lease `site:1`: it fell silent, and another took over."
            )
            assert orphan.lost.is_set()
            send(ledger, retry)
    with ledger.read() as tx:
        assert [event.who for event in events.of_kind(tx, "sent")] == ["retry"]


def test_who_lost_a_lease_does_not_free_it_for_others(ledger: Ledger, clock: Clock) -> None:
    orphan = ExitStack()
    orphan.enter_context(take(ledger, "orphan"))
    clock.advance(61)
    with take(ledger, "retry"):
        orphan.close()
        assert lease(ledger).holder == "retry"


def test_a_lease_that_was_lost_and_let_go_since_is_still_lost(ledger: Ledger, clock: Clock) -> None:
    with take(ledger, "orphan") as orphan:
        clock.advance(61)
        with take(ledger, "retry"):
            pass
        with pytest.raises(LeaseLost), ledger.write() as tx:
            orphan.check(tx)


def test_nobody_takes_over_between_the_check_and_the_commit(ledger: Ledger, url: str, clock: Clock) -> None:
    """The fence is worth nothing if another can step in between."""
    taken = threading.Event()

    def take_over() -> None:
        with open_ledger(url, fingerprint_key=KEY, clock=clock) as other, take(other, "retry"):
            taken.set()

    with take(ledger, "orphan") as orphan:
        clock.advance(61)
        thread = threading.Thread(target=take_over)
        with ledger.write() as tx:
            orphan.check(tx)
            thread.start()
            assert not taken.wait(0.7)
            events.add(tx, "sent", who="orphan", at=START)
        assert taken.wait(10)
        thread.join()
    with ledger.read() as tx:
        assert [event.what for event in events.of_kind(tx, "sent")] == ["sent"]


def test_a_heart_beats_while_its_holder_works(ledger: Ledger, clock: Clock) -> None:
    with hold(ledger, "site:1", holder="me", wait=0, beat=0.02):
        clock.advance(45)
        for _ in range(200):
            if lease(ledger).heartbeat == clock():
                break
            time.sleep(0.02)
        assert replace(lease(ledger), fence=1).expires == clock() + timedelta(seconds=60)
        clock.advance(45)
        with pytest.raises(Busy), take(ledger):
            pass


def test_a_heart_that_finds_the_lease_lost_says_so(ledger: Ledger) -> None:
    with hold(ledger, "site:1", holder="me", wait=0, beat=0.02) as held:
        disguise(ledger, holder="other", fence=99)
        assert held.lost.wait(10)
    assert lease(ledger).holder == "other"


def test_of_many_that_ask_at_once_one_holds(ledger: Ledger, url: str, clock: Clock) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with (
            open_ledger(url, fingerprint_key=KEY, clock=clock) as own,
            hold(own, "site:1", holder="one of many", wait=60, sleep=lambda _: time.sleep(0.01)),
        ):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.05)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1, 1]
    assert lease(ledger).fence == 5
