"""A plan in the ledger: written, counted, digested, handed out, forgotten."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from sync_operators.codes import Kind
from sync_operators.errors import LeaseLost
from sync_operators.ledger import Ledger, operations, runs
from sync_operators.ledger.operations import Operation, RowEntry, Settled

from .conftest import START, Clock

ROW = RowEntry(row=1, line=2, last_line=2, entry=None, key="ann", fingerprint=-(2**63), open_operations=1)
CREATE = Operation(seq=1, row=1, wave=0, needs=None, verb="create", entity="user", key="ann", after={"username": "ann"})
UPDATE = Operation(
    seq=2,
    row=2,
    wave=0,
    needs=None,
    verb="update",
    entity="user",
    key="bob",
    moodle_id=7,
    before={"city": "Rom"},
    after={"city": "Rome"},
    before_unknown=("phone1",),
)


def plan(ledger: Ledger, run: str, *ops: Operation) -> None:
    with ledger.write() as tx:
        for row in sorted({op.row for op in ops}):
            mine = [op for op in ops if op.row == row]
            operations.add_rows(tx, run, [ROW._replace(row=row, key=mine[0].key, open_operations=len(mine))])
        operations.add_operations(tx, run, ops)


def test_a_row_comes_back_as_it_was_written(ledger: Ledger, run: str) -> None:
    full = RowEntry(
        row=2,
        line=3,
        last_line=5,
        entry="bob.jpg",
        key="bob é ☃ 😀",
        fingerprint=2**63 - 1,
        open_operations=0,
        code="error_create",
        kind=Kind.ERROR,
        parts=({"code": "error_create", "kind": "error", "args": {"reason": "x"}},),
        warnings=("warn_duplicate_row",),
        args={"value": 'a "quoted"\n\0line'},
        refs=(("user", 7),),
        identifiers={"username": "Bob"},
        moodle_code="invalidparameter",
    )
    with ledger.write() as tx:
        operations.add_rows(tx, run, [full, ROW])
        assert list(operations.rows(tx, run)) == [ROW, full]
        assert list(operations.rows(tx, run, kind=Kind.ERROR)) == [full]
        assert operations.count_rows(tx, run)[1] == 1


@pytest.mark.parametrize("awkward", ["nul \0", "half \ud83d", "long " * 1_000_000], ids=["nul", "surrogate", "5 MB"])
def test_a_faulty_rows_key_never_stops_its_run(ledger: Ledger, run: str, awkward: str) -> None:
    with ledger.write() as tx:
        operations.add_rows(tx, run, [ROW._replace(row=row, key=awkward + str(row), entry=awkward) for row in (1, 2)])
        keys = [str(entry.key) for entry in operations.rows(tx, run)]
    assert len(set(keys)) == 2
    assert all(key[:4] == awkward[:4] for key in keys)


def test_an_operation_comes_back_as_it_was_written(ledger: Ledger, run: str) -> None:
    plan(ledger, run, UPDATE, CREATE)
    with ledger.read() as tx:
        assert list(operations.planned(tx, run, 0)) == [CREATE, UPDATE]
        assert list(operations.planned(tx, run, 0, "update")) == [UPDATE]
        assert list(operations.planned(tx, run, 0, after=1)) == [UPDATE]
        assert list(operations.planned(tx, run, 1)) == []


def test_operations_are_handed_out_in_order_over_many_chunks(ledger: Ledger, run: str) -> None:
    ops = [CREATE._replace(seq=seq, row=seq, wave=seq % 2) for seq in range(1, 2501)]
    plan(ledger, run, *ops)
    with ledger.write() as tx:
        assert [op.seq for op in operations.planned(tx, run, 1)] == list(range(1, 2501, 2))
        handed = []
        for op in islice(operations.planned(tx, run, 0), 1200):
            operations.mark_sent(tx, run, [op.seq], START)
            handed.append(op.seq)
        assert handed == list(range(2, 2402, 2))


def test_waves_and_verbs_are_those_with_something_to_be_done(ledger: Ledger, run: str) -> None:
    plan(ledger, run, CREATE._replace(wave=2), UPDATE._replace(wave=10), UPDATE._replace(seq=3, verb="delete", wave=10))
    with ledger.write() as tx:
        assert list(operations.waves(tx, run)) == [2, 10]
        assert operations.waves(tx, run)[10] == ["delete", "update"]
        operations.mark_sent(tx, run, [1, 3], START)
        assert list(operations.waves(tx, run)) == [2, 10]
        operations.settle(tx, run, [Settled(1, "created", Kind.OK), Settled(3, "deleted", Kind.OK)], START)
        assert list(operations.waves(tx, run)) == [10]
        assert operations.waves(tx, run)[10] == ["update"]
        assert operations.count_open(tx, run) == 1
        assert operations.count_verbs(tx, run) == {"create": 1, "update": 1, "delete": 1}
        assert operations.last_seq(tx, run) == 3


def test_what_is_sent_waits_to_be_settled(ledger: Ledger, run: str) -> None:
    plan(ledger, run, CREATE, UPDATE)
    with ledger.write() as tx:
        operations.mark_sent(tx, run, [2], START)
        assert operations.sent(tx, run) == [UPDATE._replace(state="sent", sent_at=START)]


def test_what_moodle_has_not_seen_may_be_sent_again_but_is_known_to_have_been_sent(ledger: Ledger, run: str) -> None:
    plan(ledger, run, CREATE, UPDATE)
    with ledger.write() as tx:
        operations.mark_sent(tx, run, [2], START)
        operations.mark_planned(tx, run, [2])
        assert operations.sent(tx, run) == []
        assert list(operations.planned(tx, run, 0)) == [CREATE, UPDATE._replace(sent_at=START)]
        operations.mark_sent(tx, run, [2], START)


def test_a_batch_another_has_been_at_is_not_sent(ledger: Ledger, run: str) -> None:
    plan(ledger, run, CREATE, UPDATE)
    with ledger.write() as tx:
        operations.mark_sent(tx, run, [2], START)
    with pytest.raises(LeaseLost) as caught, ledger.write() as tx:
        operations.mark_sent(tx, run, [1, 2], START)
    assert caught.value.message == (
        f"Of 2 operations of run {run} only 1 are still planned: another process works on it."
    )
    with ledger.read() as tx:
        assert [op.seq for op in operations.sent(tx, run)] == [2]


def test_the_riskiest_operations_come_first(ledger: Ledger, run: str) -> None:
    verbs = ["create", "update", "suspend", "delete", "unenrol", "delete"]
    plan(ledger, run, *[CREATE._replace(seq=seq, verb=verb) for seq, verb in enumerate(verbs, start=1)])
    with ledger.read() as tx:
        assert [(op.verb, op.seq) for op in operations.riskiest(tx, run, 5)] == [
            ("delete", 4),
            ("delete", 6),
            ("suspend", 3),
            ("unenrol", 5),
            ("update", 2),
        ]


def digest(ledger: Ledger, run: str) -> str:
    with ledger.read() as tx:
        return operations.digest(tx, run)


def test_a_digest_is_the_same_on_both_databases_and_for_ever(ledger: Ledger, run: str) -> None:
    """Written down, so that a change that would void every waiting approval is seen."""
    plan(ledger, run, CREATE, UPDATE)
    assert digest(ledger, run) == "5c55df13c01d019b462066db8ee1df330323b17f0375d27a55c4bd3d30f185f4"


def test_a_digest_is_of_the_plan_not_of_the_run(ledger: Ledger, begin: Callable[..., str]) -> None:
    one, other = begin(), begin()
    plan(ledger, one, CREATE, UPDATE)
    plan(ledger, other, UPDATE, CREATE)
    assert digest(ledger, one) == digest(ledger, other)


@pytest.mark.parametrize(
    "changed",
    [
        {"row": 3},
        {"wave": 1},
        {"needs": 1},
        {"verb": "suspend"},
        {"entity": "course"},
        {"key": "eve"},
        {"moodle_id": 8},
        {"before": {"city": "x"}},
        {"after": {"city": "x"}},
        {"seq": 9},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_digest_changes_with_anything_that_is_sent(
    ledger: Ledger, begin: Callable[..., str], changed: dict[str, Any]
) -> None:
    one, other = begin(), begin()
    plan(ledger, one, CREATE, UPDATE)
    plan(ledger, other, CREATE, UPDATE._replace(**changed))
    assert digest(ledger, one) != digest(ledger, other)


def test_carrying_a_plan_out_does_not_change_its_digest(ledger: Ledger, run: str) -> None:
    plan(ledger, run, CREATE, UPDATE)
    before = digest(ledger, run)
    with ledger.write() as tx:
        operations.mark_sent(tx, run, [1, 2], START)
        operations.settle(
            tx, run, [Settled(1, "created", Kind.OK, moodle_id=12), Settled(2, "updated", Kind.OK)], START
        )
    assert digest(ledger, run) == before


def test_ids_are_told_as_soon_as_they_are_known(ledger: Ledger, run: str) -> None:
    plan(ledger, run, CREATE, UPDATE)
    with ledger.write() as tx:
        assert operations.needed_ids(tx, run, [1, 2]) == {2: 7}
        operations.settle(tx, run, [Settled(1, "created", Kind.OK, moodle_id=12)], START)
        assert operations.needed_ids(tx, run, [1, 2, 3]) == {1: 12, 2: 7}


def test_a_plan_is_forgotten_but_for_what_is_done(ledger: Ledger, begin: Callable[..., str]) -> None:
    run, other = begin(), begin()
    half = [CREATE._replace(seq=3, row=3), CREATE._replace(seq=4, row=3)]
    plan(ledger, run, CREATE, UPDATE, *half)
    plan(ledger, other, CREATE)
    with ledger.write() as tx:
        operations.add_rows(tx, run, [ROW._replace(row=9, open_operations=0, code="unchanged", kind=Kind.OK)])
        operations.settle(tx, run, [Settled(1, "created", Kind.OK), Settled(3, "created", Kind.OK)], START)
        operations.forget_plan(tx, run)
        assert [entry.row for entry in operations.rows(tx, run)] == [1]
        assert operations.count_verbs(tx, run) == {"create": 2}
        assert operations.last_seq(tx, run) == 3
        assert operations.count_verbs(tx, other) == {"create": 1}


def test_what_was_sent_is_never_forgotten(ledger: Ledger, run: str) -> None:
    plan(ledger, run, CREATE)
    with ledger.write() as tx:
        operations.mark_sent(tx, run, [1], START)
    with pytest.raises(ValueError, match="settle them before"), ledger.write() as tx:
        operations.forget_plan(tx, run)


def test_another_run_that_wrote_to_the_site_is_seen(
    ledger: Ledger, begin: Callable[..., str], site: int, clock: Clock
) -> None:
    run, other = begin(), begin()
    plan(ledger, run, CREATE)
    plan(ledger, other, CREATE)
    with ledger.write() as tx:
        operations.mark_sent(tx, run, [1], START)
        assert not operations.others_wrote_since(tx, site, run, START)
        operations.mark_sent(tx, other, [1], START)
        clock.advance(60)
        runs.change(tx, other, state="done", ended=clock())
        assert operations.others_wrote_since(tx, site, run, START)
        assert not operations.others_wrote_since(tx, site, run, clock())
        assert not operations.others_wrote_since(tx, site + 1, run, START)
