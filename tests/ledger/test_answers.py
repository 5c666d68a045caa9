"""What the drop is owed, in which order it is tried, and until when it lies there: on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from sync_operators.ledger import Ledger, answers, files
from sync_operators.ledger.answers import Answer

from .conftest import START
from .test_files import add

DAY = timedelta(days=1)


@pytest.fixture
def file_id(ledger: Ledger) -> int:
    with ledger.write() as tx:
        return add(tx, "a.csv").id


def names(found: list[Answer]) -> list[str]:
    return [answer.name for answer in found]


def owe(ledger: Ledger, *wanted: Answer) -> None:
    with ledger.write() as tx:
        answers.owe(tx, wanted)


def test_what_is_owed_comes_back_as_it_was_noted_and_is_noted_once(ledger: Ledger, file_id: int) -> None:
    first = Answer("in/_report_é.html", "reports/a", file_id, "run", START)
    owe(ledger, first)
    owe(ledger, Answer("in/_report_é.html", "reports/b", file_id, None, START + DAY))
    with ledger.read() as tx:
        assert answers.owed(tx, 10) == [first]


def test_what_was_never_tried_goes_first_then_what_was_refused_the_longest_time_ago(
    ledger: Ledger, file_id: int
) -> None:
    owe(ledger, *(Answer(name, "p", file_id, "run", START) for name in ("a", "b", "c", "d")))
    with ledger.write() as tx:
        answers.note_tried(tx, ["a"], START + 2 * DAY)
        answers.note_tried(tx, ["b"], START + DAY)
        answers.note_written(tx, ["c"], START)
        assert names(answers.owed(tx, 10)) == ["d", "b", "a"]
        assert names(answers.owed(tx, 2)) == ["d", "b"]


def test_what_was_written_and_what_is_owed_in_vain_is_over_after_its_time(ledger: Ledger, file_id: int) -> None:
    owe(ledger, *(Answer(name, "p", file_id, "run", START) for name in ("owed", "old", "new")))
    with ledger.write() as tx:
        answers.note_written(tx, ["old"], START + DAY)
        answers.note_written(tx, ["new"], START + 3 * DAY)
        assert names(answers.before(tx, START)) == []
        assert names(answers.before(tx, START + DAY)) == ["owed"]
        assert names(answers.before(tx, START + 2 * DAY)) == ["old", "owed"]
        answers.forget(tx, ["old", "owed"])
        assert names(answers.before(tx, START + 4 * DAY)) == ["new"]


def test_a_file_in_quarantine_is_unanswered_until_a_run_or_an_answer_tells_of_it(
    ledger: Ledger, begin: Callable[..., str]
) -> None:
    with ledger.write() as tx:
        made = [add(tx, f"{name}.csv") for name in ("told", "run", "left", "late", "waiting")]
        for version in made[:4]:
            files.set_state(tx, version.id, "quarantined", START + (DAY if version.name == "late.csv" else -DAY))
    begin(made[1].id)
    owe(ledger, Answer("_why", "p", made[0].id, None, START))
    with ledger.read() as tx:
        assert [version.name for version in answers.unanswered(tx, START - DAY)] == ["left.csv", "late.csv"]
        assert [version.name for version in answers.unanswered(tx, START)] == ["late.csv"]
