"""A process that is killed in the middle of a write leaves the former state; what it had committed stays."""

import signal
import subprocess
from collections.abc import Callable

import pytest

from sync_operators.ledger import Ledger, applied, events, files, operations
from sync_operators.ledger.operations import Operation, RowEntry

from .conftest import START

Child = Callable[[str], subprocess.Popen[str]]


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.fixture
def plan(ledger: Ledger, run: str) -> str:
    with ledger.write() as tx:
        operations.add_rows(tx, run, [RowEntry(row, row, row, None, str(row), row, 1) for row in (1, 2)])
        operations.add_operations(tx, run, [Operation(seq, seq, 0, None, "create", "user", str(seq)) for seq in (1, 2)])
    return run


MIDDLES = {
    "adding a file": (
        "files.add(tx, folder='', name='n', place='n', sha256='', size=1, origin='drop', at=NOW, state='waiting')"
    ),
    "marking sent": "operations.mark_sent(tx, {run!r}, [1, 2], NOW)",
    "settling": "operations.settle(tx, {run!r}, [Settled(1, 'created', 'ok', None, 7)], NOW)",
    "recording": "applied.record(tx, {site}, 'users', {run!r}, [(str(n), n, (('user', n),)) for n in range(1000)])",
    "planning": "operations.add_rows(tx, {run!r}, [RowEntry(n, n, n, None, str(n), n, 1) for n in range(3, 1000)])",
    "forgetting": "operations.forget_plan(tx, {run!r})",
}


@pytest.mark.parametrize("middle", MIDDLES)
def test_a_kill_before_the_commit_leaves_the_former_state(
    ledger: Ledger, child: Child, plan: str, site: int, middle: str
) -> None:
    before = _state(ledger, plan, site)
    line = MIDDLES[middle].format(run=plan, site=site)
    kill(child(f"with ledger.write() as tx: {line}; ready(); time.sleep(60)"))
    assert _state(ledger, plan, site) == before
    with ledger.write() as tx:
        events.add(tx, "captured", who="next", at=START)


@pytest.mark.parametrize("middle", ["settling", "recording"])
def test_a_kill_after_the_commit_leaves_the_new_state(
    ledger: Ledger, child: Child, plan: str, site: int, middle: str
) -> None:
    before = _state(ledger, plan, site)
    line = MIDDLES[middle].format(run=plan, site=site)
    kill(child(f"with ledger.write() as tx: {line}\nready(); time.sleep(60)"))
    assert _state(ledger, plan, site) != before


def test_a_batch_marked_sent_by_a_killed_process_waits_to_be_settled(ledger: Ledger, child: Child, plan: str) -> None:
    kill(child(f"with ledger.write() as tx: operations.mark_sent(tx, {plan!r}, [2], NOW)\nready(); time.sleep(60)"))
    with ledger.read() as tx:
        assert [op.seq for op in operations.sent(tx, plan)] == [2]
        assert [op.seq for op in operations.planned(tx, plan, 0)] == [1]


def _state(ledger: Ledger, run: str, site: int) -> object:
    with ledger.read() as tx:
        return (
            list(operations.rows(tx, run)),
            list(operations.planned(tx, run, 0)),
            operations.sent(tx, run),
            operations.count_open(tx, run),
            applied.known(tx, site, "user"),
            applied.unchanged(tx, site, "users", {"1": 1}),
            files.at_place(tx, "n"),
        )
